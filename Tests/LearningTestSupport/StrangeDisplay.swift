import Board
public import Gray

/// A dot matrix display that nobody has seen: its digits are other signs.
public enum StrangeDisplay {
  /// Seven rows of five dots each.
  private static let digits: [[Int]] = [
    [0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x0E], [0x1F, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10],
    [0x04, 0x04, 0x0A, 0x0A, 0x11, 0x11, 0x1F], [0x04, 0x04, 0x0A, 0x0A, 0x11, 0x11, 0x11],
    [0x1F, 0x00, 0x00, 0x0E, 0x00, 0x00, 0x1F], [0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11],
    [0x1F, 0x10, 0x08, 0x04, 0x08, 0x10, 0x1F], [0x04, 0x0E, 0x15, 0x15, 0x0E, 0x04, 0x04],
    [0x15, 0x15, 0x15, 0x0E, 0x04, 0x04, 0x04], [0x15, 0x15, 0x0E, 0x04, 0x0E, 0x15, 0x15],
  ]
  /// Pixels from one dot to the next; a dot is smaller by one.
  private static let step = 3

  /// A picture of `number` in the display's digits, or in ours.
  public static func picture(_ number: String, isStrange: Bool) throws -> GrayImage {
    let size = ImageSize(width: 240, height: 80)
    let ink =
      isStrange
      ? dots(of: number, in: size)
      : try print(number, in: size)
    var pixels: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        // A grain that differs from picture to picture.
        let grain = (x * 31 + y * 17 + number.utf8.reduce(0) { $0 + Int($1) }) % 7
        pixels.append(UInt8(225 - ink[y * size.width + x] * 170 / 255 + grain))
      }
    }
    return GrayImage(width: size.width, height: size.height, pixels: pixels)
  }

  private static func dots(of number: String, in size: ImageSize) -> [Int] {
    var ink = [Int](repeating: 0, count: size.width * size.height)
    for (place, digit) in number.compactMap(\.wholeNumberValue).enumerated() {
      for (row, bits) in digits[digit].enumerated() {
        for column in 0..<5 where bits >> (4 - column) & 1 == 1 {
          let (left, top) = (40 + (6 * place + column) * step, 30 + row * step)
          for y in top..<top + step - 1 {
            for x in left..<left + step - 1 { ink[y * size.width + x] = 255 }
          }
        }
      }
    }
    return ink
  }

  private static func print(_ number: String, in size: ImageSize) throws -> [Int] {
    let sheet = try Typesetter(font: OutlineFont(), imageSize: size).set(number, textHeight: 22)
    return (0..<size.width * size.height).map { pixel in
      let (x, y) = (pixel % size.width, pixel / size.width)
      let first = 2 * y * sheet.width + 2 * x
      return
        (Int(sheet.coverage[first]) + Int(sheet.coverage[first + 1])
        + Int(sheet.coverage[first + sheet.width])
        + Int(sheet.coverage[first + sheet.width + 1])) / 4
    }
  }

  /// Numbers of six digits, the same ones each time, which know nothing of each other.
  public static func numbers(_ count: Int) -> [String] {
    var state: UInt32 = 7
    return (0..<count).map { _ in
      (0..<6).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return "\((state >> 16) % 10)"
      }.joined()
    }
  }
}
