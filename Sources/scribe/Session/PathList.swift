import Bytes
import Glibc

/// A list of paths, a line each, which is read as it comes.
struct PathList {
  /// The system takes no longer ones.
  private static let longestPath = 4096

  private let name: String
  private let file: OpenFile
  private let separator: UInt8
  private var bytes: [UInt8] = []
  private var isAtEnd = false

  /// - Parameters:
  ///   - path: the list; `-` is standard input.
  ///   - isNullSeparated: whether a NUL ends each path, as `find -print0` writes it, and not a
  ///     newline.
  /// - Throws: an error where the list can't be opened.
  init(_ path: String, isNullSeparated: Bool) throws(ImageFileError) {
    (name, separator) = (path, isNullSeparated ? 0 : UInt8(ascii: "\n"))
    do {
      file = try path == "-" ? .standardInput : OpenFile(path)
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
  }

  /// The next path; nil behind the last, and where `isStopped` while it is waited for.
  ///
  /// - Throws: an error where this is no list of paths, or can't be read; it ends there.
  mutating func next(isStopped: () -> Bool) throws(ImageFileError) -> String? {
    while true {
      if let end = bytes.firstIndex(of: separator) {
        let line = bytes[..<end]
        bytes.removeFirst(line.count + 1)
        if let path = try path(line) { return path }
      } else if isAtEnd {
        defer { bytes = [] }
        return try path(bytes[...])
      } else {
        guard bytes.count <= Self.longestPath else { throw refused }
        guard try readOn(isStopped) else { return nil }
      }
    }
  }

  private func path(_ line: ArraySlice<UInt8>) throws(ImageFileError) -> String? {
    var line = line
    // Lists that are written on Windows end lines with two characters.
    if separator != 0, line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard !line.isEmpty else { return nil }
    guard line.count <= Self.longestPath, !line.contains(0) else { throw refused }
    let path = String(decoding: line, as: UTF8.self)
    // Standard input is what the command line names so.
    return path == "-" ? "./-" : path
  }

  private var refused: ImageFileError {
    let hint = separator == 0 ? "" : ", or one that needs --null"
    return .damaged(path: name, reason: "this is no list of paths, a line each\(hint)")
  }

  /// Waits for more of the list; false where that is no longer wanted.
  private mutating func readOn(_ isStopped: () -> Bool) throws(ImageFileError) -> Bool {
    var entry = pollfd(fd: file.descriptor, events: Int16(POLLIN), revents: 0)
    repeat {
      if isStopped() { return false }
    } while poll(&entry, 1, 100) == 0
    do {
      let part = try file.part(atMost: 1 << 16)
      isAtEnd = part.isEmpty
      bytes += part
    } catch {
      throw .unreadable(path: name, reason: "\(error)")
    }
    return true
  }
}
