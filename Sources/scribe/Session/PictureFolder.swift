import ArgumentParser
import Bytes
import FoundationEssentials
import Glibc

/// A folder that pictures are saved in.
///
/// A picture is written under a temporary name and gets its own once it is whole, so that a program
/// that is killed leaves no half picture under its name. Files that are there are never replaced:
/// another picture of the same name gets a number behind it.
struct PictureFolder: Sendable {
  let path: String

  /// The most pictures with the same name.
  private static let mostAlike = 1_000

  /// Writes a file, and the folder where it is missing.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - name: its name without ending.
  ///   - ending: its ending.
  /// - Returns: its path. A file that is there already with the same content stays as it is.
  /// - Throws: `PictureError`.
  func save(_ bytes: [UInt8], name: String, ending: String) throws(PictureError) -> String {
    let temporary = "\(path)/.scribe-\(getpid()).part"
    try write(bytes, to: temporary)
    defer { unlink(temporary) }
    for number in 1...Self.mostAlike {
      let file = "\(path)/\(name)\(number == 1 ? "" : "-\(number)").\(ending)"
      if link(temporary, file) == 0 { return file }
      if errno != EEXIST {
        // File systems of memory cards have no links.
        if access(file, F_OK) != 0 {
          guard rename(temporary, file) == 0 else { throw .failed(file, reason: reason()) }
          return file
        }
      }
      if holds(file, bytes) { return file }
    }
    throw .failed("\(path)/\(name).\(ending)", reason: "there are \(Self.mostAlike) of that name")
  }

  private func write(_ bytes: [UInt8], to file: String) throws(PictureError) {
    unlink(file)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    var descriptor = open(file, flags, 0o666)
    if descriptor < 0, errno == ENOENT {
      // If it can't be made, the error of `open` is the better one to tell.
      try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      descriptor = open(file, flags, 0o666)
    }
    guard descriptor >= 0 else { throw .failed(path, reason: reason()) }
    do {
      try writeAll(bytes, to: descriptor)
    } catch {
      close(descriptor)
      unlink(file)
      throw .failed(path, reason: "\(error)")
    }
    // Some file systems tell only now that there is no room.
    guard close(descriptor) == 0 else {
      let reason = reason()
      unlink(file)
      throw .failed(path, reason: reason)
    }
  }

  /// Whether a regular file has exactly this content.
  private func holds(_ file: String, _ bytes: [UInt8]) -> Bool {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Int(status.st_size) == bytes.count
    else { return false }
    var content = [UInt8](repeating: 0, count: bytes.count)
    return read(descriptor, &content, content.count) == bytes.count && content == bytes
  }

  private func reason() -> String { systemMessage(errno) }
}

/// Reasons why a picture was not saved.
enum PictureError: Error, Equatable, CustomStringConvertible {
  case failed(String, reason: String)

  var description: String {
    switch self {
    case .failed(let path, let reason): "can't save pictures in \(path): \(reason)"
    }
  }

  var exitCode: ExitCode { ExitStatus.cannotCreate }
}
