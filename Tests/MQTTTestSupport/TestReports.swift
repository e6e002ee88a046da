public import Images
public import Sinks
import Text
public import Values

/// Reports as a camera with fields would give them.
public enum TestReports {
  public static let box = PixelBox(x: 0, y: 0, width: 100, height: 20)

  public static func field(_ name: String, _ change: (inout Field) -> Void = { _ in }) -> Field {
    var field = Field(name: name, box: box)
    change(&field)
    return field
  }

  /// A water meter's counter.
  public static let counter = field("counter") {
    $0.digits = 8
    $0.decimals = 3
    $0.unit = "m³"
    $0.quantity = "water"
    $0.limits.grows = true
  }

  /// A report of a text, without fields.
  public static func text(_ text: String, image: UInt32 = 0) -> ImageReport {
    ImageReport(
      image: .number(image), source: "/dev/ttyUSB0",
      arrival: .at(UTCTime(1_790_000_000_000_000_000)),
      width: 320, height: 240,
      reading: Reading(
        lines: text.isEmpty
          ? [] : [ReadLine(text: text, confidence: 0.9, box: box, characters: [])],
        width: 320, height: 240), milliseconds: 5)
  }

  public static func values(_ values: [FieldValue], image: UInt32 = 0) -> ImageReport {
    var report = text(values.map(\.text).joined(separator: "\n"), image: image)
    report.values = values
    return report
  }

  /// A good value, of so many thousandths.
  public static func good(_ digits: Int64, of field: Field = counter) -> FieldValue {
    let number = ValueNumber(digits: digits, decimals: field.decimals)
    let text = number?.description ?? ""
    return FieldValue(
      field: field, text: text, number: number, confidence: 0.98, state: .good, reason: nil,
      lastGood: .init(text: text, number: number, time: 1_790_000_000_000_000_000), box: box)
  }

  /// A value that is refused, after a good one.
  public static func refused(
    _ digits: Int64, after good: Int64?, of field: Field = counter
  ) -> FieldValue {
    var value = self.good(digits, of: field)
    value.state = .refused
    value.reason = .falls
    value.lastGood = good.map {
      let number = ValueNumber(digits: $0, decimals: field.decimals)
      return .init(
        text: number?.description ?? "", number: number, time: 1_789_000_000_000_000_000)
    }
    return value
  }
}
