import Board
public import Gray

/// A display that nobody has seen: its digits are other signs.
public enum StrangeDisplay {
  private static let digits = Array("ΘΓΔΛΞΠΣΦΨЖ")

  /// A picture of `number` in the display's digits, or in ours.
  public static func picture(_ number: String, isStrange: Bool) throws -> GrayImage {
    let text = String(
      number.map { digit in
        guard isStrange, let value = digit.wholeNumberValue else { return digit }
        return digits[value]
      })
    let size = ImageSize(width: 240, height: 80)
    let sheet = try Typesetter(font: OutlineFont(), imageSize: size).set(text, textHeight: 22)
    var pixels: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        let first = 2 * y * sheet.width + 2 * x
        let ink =
          (Int(sheet.coverage[first]) + Int(sheet.coverage[first + 1])
            + Int(sheet.coverage[first + sheet.width])
            + Int(sheet.coverage[first + sheet.width + 1])) / 4
        // A grain that differs from picture to picture.
        let grain = (x * 31 + y * 17 + number.utf8.reduce(0) { $0 + Int($1) }) % 7
        pixels.append(UInt8(225 - ink * 170 / 255 + grain))
      }
    }
    return GrayImage(width: size.width, height: size.height, pixels: pixels)
  }

  /// Numbers of six digits, all digits equally often.
  public static func numbers(_ count: Int) -> [String] {
    (0..<count).map { i in
      (0..<6).map { "\((i * 7 + $0 * ($0 + 3 + i % 3) + i / 3) % 10)" }.joined()
    }
  }
}
