import Board
import Gray
import Images
import Values

/// A water meter as a camera of 320x240 sees it: a plate with print, and a counter of eight drums,
/// the last three behind the point.
struct MeterScene {
  static let size = ImageSize(width: 320, height: 240)
  /// The counter's place as a person would draw it.
  static let box = PixelBox(x: 30, y: 92, width: 260, height: 56)
  static let drums = 8
  static let decimals = 3

  /// A drum's window, in pixels of the image.
  private static let drum = (width: 26, height: 40, pitch: 31, left: 37, top: 100)
  /// Darkness of the plate, of drums, and of their digits.
  private static let plate: UInt8 = 40
  private static let black: UInt8 = 235
  private static let red: UInt8 = 165
  private static let digitInk: UInt8 = 15

  private static let samples = TypeSheet.oversampling

  /// The plate with its print and without the counter.
  private let base: [UInt8]
  /// A digit's ink in the middle of a window.
  private let digits: [[UInt8]]

  init() throws {
    let font = try OutlineFont()
    let size = Self.size
    let print = try Typesetter(font: font, imageSize: ImageSize(width: 320, height: 92))
      .set("WATER METER  m3\nQn 2.5   40 C   Class B", textHeight: 15)
    let foot = try Typesetter(font: font, imageSize: ImageSize(width: 320, height: 80))
      .set("No 4711-0815\n2026", textHeight: 13)
    var base = [UInt8](repeating: 0, count: size.width * size.height * Self.samples * Self.samples)
    let line = size.width * Self.samples
    func lay(_ sheet: TypeSheet, from row: Int) {
      for y in 0..<sheet.height {
        for x in 0..<sheet.width {
          let ink = Int(sheet.coverage[y * sheet.width + x])
          base[(row * Self.samples + y) * line + x] = UInt8(
            Int(Self.plate) + (210 - Int(Self.plate)) * ink / 255)
        }
      }
    }
    for index in base.indices { base[index] = Self.plate }
    lay(print, from: 0)
    lay(foot, from: 160)
    self.base = base
    digits = try (0..<10).map { digit in
      // Set on a larger sheet, since type keeps a margin; the window is cut out of its middle.
      let sheet = try Typesetter(font: font, imageSize: ImageSize(width: 64, height: 80))
        .set("\(digit)", textHeight: 26)
      let (width, height) = (Self.drum.width * Self.samples, Self.drum.height * Self.samples)
      let (left, top) = ((sheet.width - width) / 2, Self.middle(of: sheet) - height / 2)
      return (0..<height).flatMap { y in
        (0..<width).map { x -> UInt8 in
          let row = top + y
          guard row >= 0, row < sheet.height else { return 0 }
          return sheet.coverage[row * sheet.width + left + x]
        }
      }
    }
  }

  /// The middle row of the ink.
  private static func middle(of sheet: TypeSheet) -> Int {
    let rows = (0..<sheet.height).filter { row in
      sheet.coverage[row * sheet.width..<(row + 1) * sheet.width].contains { $0 > 127 }
    }
    return ((rows.first ?? 0) + (rows.last ?? 0)) / 2
  }

  /// The places of the drums, 0..<10 each, from the left, at a count in steps of the last drum.
  static func positions(at count: Double) -> [Double] {
    var positions: [Double] = []
    var unit = 1.0
    var roll = count - count.rounded(.down)
    for _ in 0..<drums {
      let digit = (count / unit).rounded(.down).truncatingRemainder(dividingBy: 10)
      positions.insert(digit + roll, at: 0)
      // A drum carries the next one with it on its way from 9 to 0.
      roll = max(0, digit + roll - 9)
      unit *= 10
    }
    return positions
  }

  /// The sheet at a count, moved by so many pixels to the right and down.
  func sheet(at count: Double, movedBy shift: (x: Int, y: Int)) -> TypeSheet {
    let samples = Self.samples
    let line = Self.size.width * samples
    var sheet = base
    for (place, position) in Self.positions(at: count).enumerated() {
      let left = (Self.drum.left + place * Self.drum.pitch) * samples
      let top = Self.drum.top * samples
      let (width, height) = (Self.drum.width * samples, Self.drum.height * samples)
      let paint = place < Self.drums - Self.decimals ? Self.black : Self.red
      let (digit, roll) = (Int(position), position - position.rounded(.down))
      let moved = Int((roll * Double(height)).rounded())
      for y in 0..<height {
        // The next digit comes from below.
        let (shown, row) =
          y + moved < height ? (digit, y + moved) : ((digit + 1) % 10, y + moved - height)
        for x in 0..<width {
          let ink = Int(digits[shown][row * width + x])
          sheet[(top + y) * line + left + x] = UInt8(
            Int(paint) + (Int(Self.digitInk) - Int(paint)) * ink / 255)
        }
      }
    }
    if shift != (0, 0) { sheet = Self.moved(sheet, by: shift) }
    return TypeSheet(coverage: sheet, imageSize: Self.size, textHeight: 26)
  }

  private static func moved(_ sheet: [UInt8], by shift: (x: Int, y: Int)) -> [UInt8] {
    let (width, height) = (size.width * samples, size.height * samples)
    var moved = [UInt8](repeating: plate, count: sheet.count)
    for y in 0..<height {
      let row = y - shift.y * samples
      guard row >= 0, row < height else { continue }
      for x in 0..<width {
        let column = x - shift.x * samples
        if column >= 0, column < width { moved[y * width + x] = sheet[row * width + column] }
      }
    }
    return moved
  }
}
