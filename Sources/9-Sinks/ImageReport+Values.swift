import Images
public import Values

extension JSONLine {
  /// A decimal number with all of its decimals.
  public mutating func value(_ number: ValueNumber) { scalar(number.description) }

  public mutating func member(_ name: String, _ number: ValueNumber?) {
    key(name)
    if let number { value(number) } else { null() }
  }

  /// Values by their fields' names.
  mutating func value(_ values: [FieldValue]) {
    object { line in
      for value in values {
        line.key(value.field.name)
        line.value(value)
      }
    }
  }

  private mutating func value(_ value: FieldValue) {
    object { line in
      line.member("text", value.text)
      line.member("number", value.number)
      if !value.field.unit.isEmpty { line.member("unit", value.field.unit) }
      line.member("state", value.state.rawValue)
      if let reason = value.reason { line.member("reason", reason.rawValue) }
      line.member("confidence", value.confidence, places: 4)
      line.key("lastGood")
      if let good = value.lastGood {
        line.object { line in
          line.member("text", good.text)
          line.member("number", good.number)
          line.key("time")
          if let time = good.utc { line.value(time.precise) } else { line.null() }
        }
      } else {
        line.null()
      }
      line.key("box")
      line.value(value.box)
    }
  }
}

extension FieldValue.Good {
  /// The time; nil where it isn't known.
  var utc: UTCTime? { time == 0 ? nil : UTCTime(time) }

  /// The number, or else the text.
  var shown: String { number.map { "\($0)" } ?? text }
}

extension FieldValue {
  /// The value as people read it: `counter = 123.45 m³`, and what is wrong with it where it isn't
  /// good.
  func plainText(isColored: Bool) -> String {
    func measured(_ shown: String) -> String {
      Terminal.escaped(shown) + (field.unit.isEmpty ? "" : " " + Terminal.escaped(field.unit))
    }
    let shown = number.map { "\($0)" } ?? text
    guard let reason else { return "\(field.name) = \(measured(shown))\n" }
    var words = "\(field.name) ? \(shown.isEmpty ? "nothing" : measured(shown)), "
    words += "\(state.rawValue): \(reason.words)"
    if let good = lastGood {
      words += "; last good \(measured(good.shown))" + (good.utc.map { " at \($0)" } ?? "")
    }
    return (isColored ? Terminal.styled(words, .yellow) : words) + "\n"
  }
}

extension FieldValue.Reason {
  /// The reason in words.
  fileprivate var words: String {
    switch self {
    case .empty: "nothing is read there"
    case .unsure: "read without confidence"
    case .digits: "not the digits it should have"
    case .pattern: "not what the pattern asks for"
    case .betweenDigits: "a drum stands between two digits"
    case .falls: "it would fall"
    case .jumps: "it would change faster than it can"
    case .range: "out of range"
    case .moved: "the camera was moved"
    case .missing: "a part of it never arrived"
    case .unconfirmed: "too few images have shown it"
    }
  }
}
