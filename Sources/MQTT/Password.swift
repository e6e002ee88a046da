import Glibc

/// A password, which no description shows.
public struct Password: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  let text: String

  public init(_ text: String) { self.text = text }

  /// The password in a file: its only line. 4096 bytes at most.
  ///
  /// - Throws: `BrokerError`.
  public init(file path: String) throws(BrokerError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, code: errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4_097)
    var count = 0
    while count < bytes.count {
      let more = bytes[count...].withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress, $0.count)
      }
      if more < 0 { throw .unreadable(path: path, code: errno) }
      if more == 0 { break }
      count += more
    }
    var line = bytes[..<count]
    if line.last == UInt8(ascii: "\n") { line.removeLast() }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard count < bytes.count, !line.isEmpty, !line.contains(where: { $0 < 0x20 }),
      let text = String(validating: line, as: UTF8.self)
    else { throw .noPassword(path: path) }
    self.text = text
  }

  /// Whether every user of the machine may read a file.
  public static func isExposed(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & (S_IROTH | S_IWOTH) != 0
  }

  public var description: String { "(password)" }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
