import Binary
import Glyphs
import Gray
import Testing

/// Lines found in a drawing; columns of 2 and rows of 3 pixels for each sign.
private func lines(in drawing: String) -> [TextLine] {
  let rows = drawing.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
  let width = 2 * (rows.map(\.count).max() ?? 0)
  let height = 3 * rows.count
  var pixels = [UInt8](repeating: 0, count: width * height)
  for (y, row) in rows.enumerated() {
    for (x, sign) in row.enumerated() where sign == "#" {
      for v in 3 * y..<3 * y + 3 {
        for u in 2 * x..<2 * x + 2 { pixels[v * width + u] = 1 }
      }
    }
  }
  let image = BinaryImage(width: width, height: height, pixels: pixels)
  return LineFinder().lines(
    in: Components(image), width: width, height: height, polarity: .darkOnLight)
}

@Suite struct LineFinderTests {
  @Test func marksBridgeWideGaps() {
    let bridged = lines(
      in: """


        .  ### # #                            ###  #
        .  # # # #                              #  #
        .  # # # #                              #  #
        .  # # # #                  ##          #  #
        .  # # # #                              #  #
        .  # # # #                              #  #
        .  ### ###       ##                   ###  #



        """)
    #expect(bridged.count == 1)
    #expect(bridged.first?.components.count == 6)
    let apart = lines(
      in: """


        .  ### # #                            ###  #
        .  # # # #                              #  #
        .  # # # #                              #  #
        .  # # # #                              #  #
        .  # # # #                              #  #
        .  # # # #                              #  #
        .  ### ###                            ###  #



        """)
    #expect(apart.count == 2)
  }

  @Test func bowlsAreNoBaseline() throws {
    let found = lines(
      in: """


        .  #######  #######
        .  ##    #  ##    #
        .  ##    #  ##    #
        .  ##    #  ##    #
        .  #######  #######
        .  ##       ##
        .  ##       ##
        .  ##       ##


        """)
    let line = try #require(found.first)
    #expect(found.count == 1)
    #expect(line.height == 24)
    #expect(line.baseline(at: 20) == 30)
  }
}
