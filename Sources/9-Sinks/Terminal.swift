import Glibc

/// Properties of terminals, and text that is safe to write to them.
public enum Terminal {
  /// Whether `descriptor` is a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Whether output to `descriptor` is colored: the terminal supports it, and nobody said otherwise
  /// (https://no-color.org).
  public static func usesColor(_ descriptor: Int32) -> Bool {
    guard isTerminal(descriptor) else { return false }
    if let value = getenv("NO_COLOR"), value.pointee != 0 { return false }
    if let value = getenv("TERM"), String(cString: value) == "dumb" { return false }
    return true
  }

  /// `text` with everything escaped that a terminal might obey or that hides text: control
  /// characters except newline and tab, and invisible characters such as the marks that turn the
  /// writing direction.
  ///
  /// All bytes off a wire pass through here before any terminal sees them.
  public static func escaped(_ text: String, keepingNewlines: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where keepingNewlines: result += "\n"
      case "\t": result += "\t"
      case _ where scalar.isShown: result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{7F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + (digits.count == 1 ? "0" : "") + digits
      default: result += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return result
  }

  /// Colors and weights.
  public enum Style: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
  }

  public static func styled(_ text: String, _ style: Style) -> String {
    "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }

  /// Whether the locale is one of UTF-8, by which programs tell what a terminal can show.
  public static var usesUTF8: Bool {
    // The first variable that is set and not empty decides.
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
      guard let value = getenv(name), value.pointee != 0 else { continue }
      let locale = String(cString: value).lowercased()
      return locale.contains("utf-8") || locale.contains("utf8")
    }
    return false
  }

  /// Columns of the terminal behind `descriptor`, 80 where it does not tell.
  public static func columns(_ descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}

extension Unicode.Scalar {
  /// Whether the character is no control, no format character (invisible, or about the writing
  /// direction) and no line separator.
  var isShown: Bool {
    if isASCII { return 0x20..<0x7F ~= value }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: return false
    default: return true
    }
  }
}
