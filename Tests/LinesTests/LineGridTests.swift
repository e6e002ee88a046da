import Gray
import Lines
import Testing

@Suite struct LineGridTests {
  @Test func boxesLieInSmallImages() {
    for (width, height) in [(20, 32), (400, 40), (96, 96), (127, 500)] {
      let lines = LineGrid.lines(in: GrayImage(width: width, height: height))
      #expect(!lines.isEmpty)
      for line in lines {
        #expect(line.start == 0 && line.end == Double(width))
        #expect(line.baseline <= Double(height) && line.baseline - line.height >= -1e-9)
      }
      #expect(Set(lines.map(\.polarity)).count == 2)
    }
  }

  @Test func largeImagesHaveNone() {
    #expect(LineGrid.lines(in: GrayImage(width: 128, height: 128)).isEmpty)
  }
}
