import Images
import Testing
import Text

/// Gaps of words and of characters, told by their widths.
@Suite struct SpacingTests {
  /// Boxes of a width, parted by gaps.
  private func boxes(width: Int = 9, gaps: [Int]) -> [PixelBox] {
    var x = 0
    return ([0] + gaps).map { gap in
      x += gap
      defer { x += width }
      return PixelBox(x: x, y: 7, width: width, height: 16)
    }
  }

  private func spaces(_ boxes: [PixelBox]) -> [Bool?] { Spacing().clearSpaces(between: boxes) }

  @Test func wideGapsAreSpacesAndNarrowOnesNone() {
    let narrow = [4, 13, 5, 12, 9]
    var x = 0
    let proportional = zip(narrow, [0, 2, 2, 12, 2]).map { width, gap in
      x += gap
      defer { x += width }
      return PixelBox(x: x, y: 7, width: width, height: 16)
    }
    #expect(spaces(proportional) == [false, false, true, false])
  }

  /// A gap that is neither leaves it to the network.
  @Test func gapsBetweenAreOpen() {
    let found = spaces([0, 12, 26, 42].map { PixelBox(x: $0, y: 7, width: 10, height: 16) })
    #expect(found.count == 3)
    #expect(spaces(boxes(gaps: [2, 3, 6, 2, 5])).contains { $0 == nil })
  }

  /// A display's 1 leaves a wide gap, which is no space.
  @Test func equallyWideCharactersCountByTheirDistance() {
    // Every 12 columns, the second one narrow.
    let display = [(0, 8), (15, 2), (24, 8), (36, 8)].map {
      PixelBox(x: $0.0, y: 7, width: $0.1, height: 16)
    }
    #expect(spaces(display) == [false, false, false])
    let apart = [(0, 8), (12, 8), (36, 8), (48, 8), (60, 8)].map {
      PixelBox(x: $0.0, y: 7, width: $0.1, height: 16)
    }
    #expect(spaces(apart) == [false, true, false, false])
  }

  @Test func oneCharacterHasNoGaps() {
    #expect(spaces([]).isEmpty)
    #expect(spaces(boxes(gaps: [])).isEmpty)
  }
}
