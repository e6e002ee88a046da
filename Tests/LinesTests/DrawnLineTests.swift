import Gray
import Lines
import Testing

/// Lines drawn at given places.
@Suite struct DrawnLineTests {
  /// A paper of `paper` with bars of `ink`, `height` high, that stand on row `baseline`.
  private func bars(
    at columns: [Int], width: Int = 4, height: Int = 24, baseline: Int = 44, paper: UInt8 = 200,
    ink: UInt8 = 40, size: (width: Int, height: Int) = (120, 60)
  ) -> GrayImage {
    var pixels = [UInt8](repeating: paper, count: size.width * size.height)
    for column in columns {
      for y in baseline - height..<baseline {
        for x in column..<column + width { pixels[y * size.width + x] = ink }
      }
    }
    return GrayImage(width: size.width, height: size.height, pixels: pixels)
  }

  private func line(
    _ polarity: Polarity = .darkOnLight, start: Double = 30, end: Double = 90, stretch: Double = 1
  ) -> TextLine {
    TextLine(
      polarity: polarity, slope: 0, baseline: 44, height: 24, start: start, end: end,
      stretch: stretch)
  }

  private func draw(_ line: TextLine, in gray: GrayImage) -> DrawnLine {
    var scratch = LineScratch()
    return LineDrawing(of: gray).draw(line, scratch: &scratch)
  }

  /// Columns of the line's image that hold ink half way up a capital.
  private func inked(_ image: LineImage) -> [Int] {
    (0..<image.width).filter { image.coverage[15 * image.width + $0] > 128 }
  }

  @Test(arguments: [1.0, 0.7, 1.6]) func inkStandsWhereItWasAsked(stretch: Double) throws {
    let image = draw(line(stretch: stretch), in: bars(at: [40, 70])).image
    let columns = inked(image)
    let first = try #require(columns.first)
    let last = try #require(columns.last)
    // Back in the picture, whatever the stretch.
    let left = image.imagePoint(column: Double(first), row: 15)
    let right = image.imagePoint(column: Double(last + 1), row: 15)
    #expect(abs(left.x - 40) < 1.5 && abs(right.x - 74) < 1.5, "\(left) \(right)")
    // 30 pixels apart at 16 rows for 24 pixels.
    #expect(abs(Double(last + 1 - first) - 34 * 2 / 3 * stretch) < 2)
    // Capitals reach from row 7 to row 23.
    let rows = (0..<LineImage.height).filter { image.coverage[$0 * image.width + first + 1] > 128 }
    #expect(abs((rows.first ?? 0) - 7) <= 1 && abs((rows.last ?? 0) - 22) <= 1, "\(rows)")
    let bottom = image.imagePoint(column: 0, row: 23)
    #expect(abs(bottom.y - 44) < 0.01)
  }

  @Test func lightInkIsToldFromItsPanel() throws {
    let gray = bars(at: [40, 70], paper: 30, ink: 150)
    #expect(!inked(draw(line(.lightOnDark), in: gray).image).isEmpty)
    // In the other polarity only the gaps are seen.
    let gaps = inked(draw(line(.darkOnLight), in: gray).image)
    #expect(!gaps.contains { (18...19).contains($0) })
  }

  /// Light that falls from one side is taken out: ink is as dark on either.
  @Test func unevenLightIsTakenOut() throws {
    let even = bars(at: [32, 56, 80])
    var pixels = even.pixels
    for place in pixels.indices {
      let light = 0.35 + 0.65 * Double(place % even.width) / Double(even.width)
      pixels[place] = UInt8(Double(pixels[place]) * light)
    }
    let gray = GrayImage(width: even.width, height: even.height, pixels: pixels)
    let image = draw(line(), in: gray).image
    func coverage(at x: Double) -> Int {
      Int(image.coverage[15 * image.width + Int(image.column(x: x, y: 32))])
    }
    let ink = [34.0, 58, 82].map(coverage)
    let paper = [46.0, 70].map(coverage)
    #expect(ink.allSatisfy { $0 > 200 }, "\(ink)")
    #expect(paper.allSatisfy { $0 < 40 }, "\(paper)")
  }

  /// Ink can be told from paper even if there is no paper around the text.
  @Test func textMayFillThePicture() throws {
    let gray = bars(
      at: [2, 12, 22, 32], width: 5, height: 26, baseline: 28, size: (40, 30))
    let place = TextLine(
      polarity: .darkOnLight, slope: 0, baseline: 28, height: 26, start: 2, end: 37)
    let image = draw(place, in: gray).image
    let columns = inked(image)
    let runs = columns.indices.filter { $0 == 0 || columns[$0] != columns[$0 - 1] + 1 }
    #expect(runs.count == 4, "\(columns)")
  }
}
