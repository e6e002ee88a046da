import Foundation
import Gray
import Images
import Inference
import Lines
import Testing

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appending(path: "Fixtures/board-images")

@Suite struct LineAlignerTests {
  private struct Found {
    let drawing: LineDrawing
    let lines: [TextLine]
  }

  private func aligner() throws -> LineAligner {
    try #require(LineAligner(try ModelStore.load("aligner")))
  }

  private func found(in name: String) throws -> Found {
    let file = [UInt8](try Data(contentsOf: fixtures.appending(path: name)))
    let gray = try GrayImage(CapturedImage(file: file))
    var finder = try #require(TextFinder(try ModelStore.load("finder")))
    return Found(drawing: LineDrawing(of: gray), lines: finder.lines(in: gray).map(TextLine.init))
  }

  /// Lines that were moved, resized and turned are put back where they were.
  @Test(arguments: [
    (size: 1.25, down: 0.15, slope: 0.01), (size: 0.8, down: -0.1, slope: -0.01),
    (size: 1.1, down: -0.15, slope: 0.0),
  ])
  func linesAreBroughtBack(off: (size: Double, down: Double, slope: Double)) throws {
    let found = try found(in: "clean_000.png")
    #expect(found.lines.count == 3)
    var aligner = try aligner()
    var scratch = LineScratch()
    for line in found.lines {
      let first = found.drawing.draw(line, scratch: &scratch)
      let right = try #require(try aligner.aligned(first))
      let middle = (right.start + right.end) / 2
      var moved = right
      moved.height *= off.size
      moved.slope += off.slope
      moved.baseline += off.down * right.height - off.slope * middle
      moved.end += right.height / 2
      let drawn = found.drawing.draw(moved, scratch: &scratch)
      let back = try #require(try aligner.aligned(drawn))
      let rest = back.baseline + back.slope * middle - right.baseline - right.slope * middle
      #expect(abs(rest) < 0.06 * right.height, "\(rest) of \(right.height)")
      // Small letters alone don't tell the height of capitals.
      #expect(abs(back.height / right.height - 1) < 0.2)
      #expect(abs(back.end - right.end) < 0.35 * right.height)
    }
  }

  @Test func plainPaperHasNoText() throws {
    let drawing = LineDrawing(
      of: GrayImage(
        width: 200, height: 60, pixels: [UInt8](repeating: 200, count: 200 * 60)))
    let line = TextLine(
      polarity: .darkOnLight, slope: 0, baseline: 40, height: 20, start: 20, end: 180)
    var aligner = try aligner()
    var scratch = LineScratch()
    #expect(try aligner.aligned(drawing.draw(line, scratch: &scratch)) == nil)
  }

  @Test func otherModelsAreRefused() throws {
    #expect(LineAligner(try ModelStore.load("line")) == nil)
    #expect(LineAligner(try ModelStore.load("classic")) == nil)
  }
}
