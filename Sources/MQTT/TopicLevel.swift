import Values

/// A part of a topic between two slashes, made of what neither MQTT nor Home Assistant gives a
/// meaning.
enum TopicLevel {
  /// Whether the text may start all topics.
  static func isPrefix(_ text: String) -> Bool {
    text.utf8.count <= 2 * PlainName.longest
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { level in
        !level.isEmpty && level.utf8.allSatisfy { PlainName.isPlain($0) || $0 == UInt8(ascii: ".") }
      }
  }

  /// A level that says as much as possible of `text`, such as a port's path.
  static func made(of text: String) -> String {
    let last = text.split(separator: "/").last ?? "camera"
    let plain = last.utf8.map { PlainName.isPlain($0) ? $0 : UInt8(ascii: "_") }
    return String(decoding: plain.prefix(PlainName.longest), as: UTF8.self)
  }
}
