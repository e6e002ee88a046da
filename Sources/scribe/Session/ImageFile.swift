import ArgumentParser
import Bytes
import Gray
import Images
import Sinks

/// Reasons why an image file can't be read.
enum ImageFileError: Error, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case damaged(path: String, reason: String)

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "can't open \(Terminal.escaped(path)): \(reason)"
    case .damaged(let path, let reason): "\(Terminal.escaped(path)): \(Terminal.escaped(reason))"
    }
  }

  var exitCode: ExitCode {
    switch self {
    case .unreadable: ExitStatus.noInput
    case .damaged: ExitStatus.dataError
    }
  }
}

extension CapturedImage {
  private static let mostFileBytes = 1 << 28

  /// An image file, `-` for one on standard input.
  init(path: String) throws(ImageFileError) {
    let bytes: [UInt8]
    do {
      // A whole image in memory must stay bounded, whatever file the user names.
      let file = try path == "-" ? .standardInput : OpenFile(path)
      bytes = try file.content(atMost: Self.mostFileBytes + 1)
    } catch {
      throw .unreadable(path: path, reason: "\(error)")
    }
    guard bytes.count <= Self.mostFileBytes else {
      throw .damaged(
        path: path, reason: "files of more than \(Self.mostFileBytes >> 20) MB aren't read")
    }
    do {
      try self.init(file: bytes)
    } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }
}
