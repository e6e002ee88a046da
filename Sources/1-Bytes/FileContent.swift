import FoundationEssentials
import Glibc

/// A failed call of the system with a file.
package struct FileFailure: Error, Equatable, CustomStringConvertible {
  package let code: CInt

  /// The system's words for it.
  package var description: String { systemMessage(code) }
}

/// An open file, which is closed with its last user.
package final class OpenFile: Sendable {
  package static let standardInput = OpenFile(descriptor: STDIN_FILENO)

  package let descriptor: CInt

  private init(descriptor: CInt) { self.descriptor = descriptor }

  /// Opens a file for reading.
  package init(_ path: String) throws(FileFailure) {
    descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw FileFailure(code: errno) }
  }

  deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

  /// The next bytes, at most `most`; empty at the end. Waits for some.
  package func part(atMost most: Int) throws(FileFailure) -> [UInt8] {
    var failure: CInt = 0
    let part = [UInt8](unsafeUninitializedCapacity: most) { buffer, filled in
      let count = retrying { read(descriptor, buffer.baseAddress, most) }
      if count < 0 { failure = errno }
      filled = max(count, 0)
    }
    guard failure == 0 else { throw FileFailure(code: failure) }
    return part
  }

  /// The bytes up to the end, at most `most`.
  package func content(atMost most: Int) throws(FileFailure) -> [UInt8] {
    var content: [UInt8] = []
    while content.count < most {
      let next = try part(atMost: min(most - content.count, 1 << 20))
      if next.isEmpty { break }
      if content.isEmpty { content = next } else { content += next }
    }
    return content
  }
}

/// Writes all of `bytes`.
package func writeAll(_ bytes: [UInt8], to descriptor: CInt) throws(FileFailure) {
  var start = 0
  while start < bytes.count {
    let count = bytes[start...].withUnsafeBytes { rest in
      retrying { write(descriptor, rest.baseAddress, rest.count) }
    }
    guard count >= 0 else { throw FileFailure(code: errno) }
    start += count
  }
}

/// The system's words for an error with a file, where Foundation tells it.
package func reasonText(_ error: any Error) -> String {
  if let cause = (error as? CocoaError)?.underlying as? POSIXError {
    return systemMessage(cause.code.rawValue)
  }
  return "\(error)"
}
