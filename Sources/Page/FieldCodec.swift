import Images
import Sinks
import Text
import Values

/// A field as the page sends and gets it: its box is that of the picture as it came.
package struct FieldMessage: Codable, Equatable {
  var box: PixelBox
  var digits: Int?
  var decimals: Int?
  var unit: String?
  var quantity: String?
  var pattern: String?
  var grows: Bool?
  var mostPerHour: Double?
  var least: Double?
  var most: Double?

  /// Fields of a camera.
  package static let mostFields = 64
  private static let longestUnit = 16
  private static let longestPattern = 256

  /// The field in the upright picture.
  ///
  /// - Parameters:
  ///   - name: its name.
  ///   - width: pixels a row of the picture as it came.
  ///   - height: rows of it.
  ///   - mount: the camera's mount.
  /// - Returns: the field.
  /// - Throws: `WishError.unknown` with what is wrong.
  func field(
    named name: String, width: Int, height: Int, mount: Mount
  ) throws(WishError) -> Field {
    guard PlainName.isField(name) else {
      let names = PlainName.reserved.sorted().joined(separator: ", ")
      throw .unknown(
        "A name is letters, digits, _ and -, at most \(PlainName.longest), and none of \(names).")
    }
    guard box.lies(inWidth: width, height: height) else {
      throw .unknown("The box is not within the picture of \(width)x\(height) pixels.")
    }
    var field = Field(name: name, box: mount.upright(box, width: width, height: height))
    if let digits {
      guard (1...18).contains(digits) else { throw .unknown("Digits are 1 to 18.") }
      field.digits = digits
    }
    field.decimals = decimals ?? 0
    guard (0...min(9, field.digits ?? 9)).contains(field.decimals) else {
      throw .unknown("Decimals are 0 to 9, and no more than digits.")
    }
    field.unit = unit ?? ""
    guard field.unit.count <= Self.longestUnit, !field.unit.contains(where: Self.isHidden) else {
      throw .unknown("A unit is at most \(Self.longestUnit) characters that are seen.")
    }
    field.quantity = try Self.quantity(quantity)
    field.pattern = try Self.pattern(pattern)
    field.limits.grows = grows ?? false
    field.limits.mostPerHour = mostPerHour
    field.limits.least = least
    field.limits.most = most
    guard [mostPerHour, least, most].allSatisfy({ $0?.isFinite ?? true }),
      (mostPerHour ?? 1) > 0, (least ?? -.infinity) <= (most ?? .infinity)
    else { throw .unknown("The limits can't be kept by any value.") }
    return field
  }

  private static func quantity(_ text: String?) throws(WishError) -> String? {
    guard let text, !text.isEmpty else { return nil }
    guard text.utf8.count <= 32,
      text.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") })
    else { throw .unknown("A quantity is a word as water, gas or energy.") }
    return text
  }

  private static func pattern(_ text: String?) throws(WishError) -> String? {
    guard let text, !text.isEmpty else { return nil }
    guard text.utf8.count <= longestPattern else {
      throw .unknown("A pattern is at most \(longestPattern) characters.")
    }
    do {
      _ = try Pattern(text)
    } catch {
      throw .unknown("\(error)")
    }
    return text
  }

  private static func isHidden(_ character: Character) -> Bool {
    character.unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: true
      default: false
      }
    }
  }
}

extension Mount {
  /// The place in the upright picture of a box of the picture as it came, which is `width` times
  /// `height` pixels large.
  func upright(_ box: PixelBox, width: Int, height: Int) -> PixelBox {
    isSideways
      ? inverse.sent(box, width: height, height: width)
      : inverse.sent(box, width: width, height: height)
  }
}

extension JSONLine {
  /// A field, and what it says now.
  mutating func value(_ field: Field, box: PixelBox, _ value: FieldValue?) {
    object { line in
      line.member("name", field.name)
      line.key("box")
      line.value(box)
      line.key("digits")
      if let digits = field.digits { line.value(digits) } else { line.null() }
      line.member("decimals", field.decimals)
      line.member("unit", field.unit)
      line.optional("quantity", field.quantity)
      line.optional("pattern", field.pattern)
      line.member("grows", field.limits.grows)
      line.optional("mostPerHour", field.limits.mostPerHour)
      line.optional("least", field.limits.least)
      line.optional("most", field.limits.most)
      line.key("value")
      if let value { line.fieldValue(value) } else { line.null() }
    }
  }

  /// What a field says.
  mutating func fieldValue(_ value: FieldValue) {
    object { line in
      line.member("name", value.field.name)
      line.member("text", value.text)
      line.optional("number", value.number?.description)
      line.member("unit", value.field.unit)
      line.member("confidence", value.confidence, places: 4)
      line.member("state", value.state.rawValue)
      line.optional("reason", value.reason?.rawValue)
      line.key("lastGood")
      if let good = value.lastGood {
        line.object { line in
          line.member("text", good.text)
          line.optional("number", good.number?.description)
          line.member("time", UTCTime(good.time).precise)
        }
      } else {
        line.null()
      }
      line.key("box")
      line.value(value.box)
    }
  }

  private mutating func optional(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }

  private mutating func optional(_ name: String, _ number: Double?) {
    key(name)
    if let number { value(number, places: 9) } else { null() }
  }
}
