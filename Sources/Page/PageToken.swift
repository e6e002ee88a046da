import Glibc

/// The secret that viewers on other machines need.
public struct PageToken: Sendable, Equatable {
  /// 43 characters of base64 for URLs: 256 bits.
  package let text: String

  private static let length = 43
  private static let characters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// A new token, by the system's generator.
  package init() {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<Self.length).map { _ in
      Self.characters[Int(generator.next(upperBound: UInt64(Self.characters.count)))]
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// Nil for anything but a token.
  init?(_ text: String) {
    guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.characters.contains) else {
      return nil
    }
    self.text = text
  }

  /// Reads the token of a file, and makes both where there is no file.
  ///
  /// - Throws: `PageError.token`, also where others may read the file.
  public static func load(path: String) throws(PageError) -> PageToken {
    let made = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if made >= 0 {
      defer { close(made) }
      let token = PageToken()
      let bytes = Array((token.text + "\n").utf8)
      guard write(made, bytes, bytes.count) == bytes.count, fsync(made) == 0 else {
        let reason = systemReason()
        unlink(path)
        throw .token(path: path, reason: reason)
      }
      return token
    }
    guard errno == EEXIST else { throw .token(path: path, reason: systemReason()) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .token(path: path, reason: systemReason()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .token(path: path, reason: "it is no regular file")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw .token(path: path, reason: "others may read it; chmod 600 helps")
    }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    guard let token = PageToken(text.filter { !$0.isWhitespace }) else {
      throw .token(path: path, reason: "it holds something else; remove it, and a new one is made")
    }
    return token
  }

  /// Whether `other` is this token, in a time that doesn't depend on where they differ.
  package func matches(_ other: String) -> Bool {
    let own = Array(text.utf8)
    // Bytes beyond the length say nothing about the token.
    var given = Array(other.utf8.prefix(own.count + 1))
    var difference = given.count ^ own.count
    given += [UInt8](repeating: 0, count: max(0, own.count - given.count))
    for index in own.indices { difference |= Int(own[index] ^ given[index]) }
    return difference == 0
  }
}
