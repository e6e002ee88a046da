/// A part of a topic between two slashes, made of what neither MQTT nor Home Assistant gives a
/// meaning.
enum TopicLevel {
  static let longest = 64
  /// Topics of a camera that are no field's.
  static let reserved: Set<String> = ["state", "status", "text"]

  static func isValid(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= longest && name.utf8.allSatisfy(isPlain)
  }

  static func isField(_ name: String) -> Bool { isValid(name) && !reserved.contains(name) }

  /// Whether the text may start all topics.
  static func isPrefix(_ text: String) -> Bool {
    text.utf8.count <= 2 * longest
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { level in
        !level.isEmpty && level.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: ".") }
      }
  }

  /// A level that says as much as possible of `text`, such as a port's path.
  static func made(of text: String) -> String {
    let last = text.split(separator: "/").last ?? "camera"
    let plain = last.utf8.map { isPlain($0) ? $0 : UInt8(ascii: "_") }
    return String(decoding: plain.prefix(longest), as: UTF8.self)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
