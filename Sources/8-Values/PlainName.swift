/// Names of cameras and fields, which become parts of topics, columns and metrics.
public enum PlainName {
  public static let longest = 64
  /// Names that a camera's topics need for themselves.
  public static let reserved: Set<String> = ["state", "status", "text"]

  /// Whether a text is made of letters, digits, `_` and `-`, at most `longest`.
  public static func isValid(_ text: String) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy(isPlain)
  }

  /// Whether a field may have the name.
  public static func isField(_ text: String) -> Bool { isValid(text) && !reserved.contains(text) }

  /// Whether a name may have the byte.
  public static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
