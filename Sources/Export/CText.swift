/// C source text in lines of at most 100 characters.
struct CText {
  private(set) var text = ""

  mutating func line(_ line: String = "") {
    text += line
    text += "\n"
  }

  /// `head = {...};` with as many values on a line as fit.
  mutating func array(_ head: String, _ values: [String]) {
    line("\(head) = {")
    var row = "   "
    for (i, value) in values.enumerated() {
      let item = " " + value + (i + 1 < values.count ? "," : "")
      if row.utf8.count + item.utf8.count > 100, row != "   " {
        line(row)
        row = "   "
      }
      row += item
    }
    line(row)
    line("};")
  }

  /// Defines the macro by which the linker keeps one copy of data that several files hold.
  mutating func defineShared() {
    line("/* What several files hold the linker keeps once; compilers without that say so. */")
    line("#ifndef SCRIBE_EXPORT_SHARED")
    line("#ifdef __GNUC__")
    line("#define SCRIBE_EXPORT_SHARED __attribute__((weak))")
    line("#else")
    line("#define SCRIBE_EXPORT_SHARED")
    line("#endif")
    line("#endif")
  }

  /// Describes, in a header's first lines, how a header that holds data is included.
  mutating func describeInclusion(upper: String, orElse: String) {
    line(
      " * For C99 and C++11 or later. Included in one file it needs nothing else. In several, the")
    line(" * linker keeps one copy of the data if it drops what isn't used (--gc-sections, as with")
    line(" * Arduino, PlatformIO, CubeIDE and Zephyr). Where it doesn't, say in all files but one")
    line(" *     #define \(upper)_EXTERN")
    line(" * before the include\(orElse).")
  }

  /// Declarations between these two have C's names in C++ too.
  mutating func beginC() { plusPlus("extern \"C\" {") }
  mutating func endC() { plusPlus("}") }

  private mutating func plusPlus(_ text: String) {
    line("#ifdef __cplusplus")
    line(text)
    line("#endif")
  }

  static func hex(_ word: UInt32) -> String {
    let digits = String(word, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits + "u"
  }

  /// INT32_MIN has no literal of its own, so it is written as an expression.
  static func int32(_ value: Int32) -> String {
    value == .min ? "(-2147483647 - 1)" : String(value)
  }

  /// A string literal of UTF-8; bytes beyond ASCII are written in octal, which ends after three
  /// digits.
  static func literal(_ text: String) -> String {
    var result = "\""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?"):
        result += "\\" + String(UnicodeScalar(byte))
      case 0x20..<0x7F:
        result += String(UnicodeScalar(byte))
      default:
        let octal = String(byte, radix: 8)
        result += "\\" + String(repeating: "0", count: 3 - octal.count) + octal
      }
    }
    return result + "\""
  }

  /// Text that can't end the comment it is put in. It has no newlines or backslashes: C joins a
  /// line that ends in a backslash to the next, and so `*` to `/`.
  static func comment(_ text: String) -> String {
    let line = String(
      text.map { character in
        let isControl = character.unicodeScalars.contains { $0.value < 0x20 }
        return isControl || character.isNewline || character == "\\" ? "?" : character
      })
    return line.replacing("*/", with: "* /").replacing("/*", with: "/ *")
  }
}
