import Board
import Gray
import Images
import Inference
import Testing
import Text

/// Drums between two digits, as windows over two lines of print.
@Suite struct DrumReaderTests {
  /// A window at `tenth` tenths of the way from a digit to the next.
  private func window(from digit: Int, tenth: Int) throws -> CapturedImage {
    let text = "\(digit)\n\((digit + 1) % 10)"
    let sheet = try Typesetter(font: OutlineFont(path: nil), imageSize: .qvga)
      .set(text, textHeight: 60)
    let gray = CameraModel(noise: 2).shoot(
      Scene(sheet: sheet, lightOnDark: false), number: 0, seed: 3)
    let rows = ink(in: gray, along: \.y)
    let columns = ink(in: gray, along: \.x)
    let upper = try #require(rows.first)
    let lower = try #require(rows.last)
    #expect(rows.count == 2)
    let height = upper.count
    let middle =
      Double(upper.lowerBound + upper.upperBound) / 2
      + Double(lower.lowerBound - upper.lowerBound) * Double(tenth) / 10
    let first = Int(middle) - height * 3 / 4
    let left = try #require(columns.first).lowerBound - height / 4
    let right = try #require(columns.last).upperBound + height / 4
    var pixels: [UInt8] = []
    for y in first..<first + height * 3 / 2 {
      for x in left..<right { pixels.append(gray.pixels[y * gray.width + x]) }
    }
    return CapturedImage(
      width: right - left, height: height * 3 / 2, format: .gray8, payload: pixels)
  }

  /// Rows or columns that hold ink, separated by gaps.
  private func ink(
    in gray: GrayImage, along axis: KeyPath<(x: Int, y: Int), Int>
  ) -> [Range<Int>] {
    let darkest = gray.pixels.min() ?? 0
    let limit = (Int(darkest) + Int(gray.pixels.max() ?? 255)) / 2
    var marked = Set<Int>()
    for y in 0..<gray.height {
      for x in 0..<gray.width where Int(gray.pixels[y * gray.width + x]) < limit {
        marked.insert((x: x, y: y)[keyPath: axis])
      }
    }
    var ranges: [Range<Int>] = []
    for place in marked.sorted() {
      if let last = ranges.last, last.upperBound == place {
        ranges[ranges.count - 1] = last.lowerBound..<place + 1
      } else {
        ranges.append(place..<place + 1)
      }
    }
    return ranges
  }

  @Test func halfOfADigitAndHalfOfTheNextAreADrumBetweenThem() throws {
    var reader = try Way.all.reader()
    var told = 0
    for digit in 0..<10 {
      let image = try window(from: digit, tenth: 5)
      for character in try reader.read(image).lines.flatMap(\.characters) {
        guard let turning = character.turning else { continue }
        if character.text == "\(digit)", (4...6).contains(turning.tenth ?? 5) { told += 1 }
        #expect(character.box.x >= 0 && character.box.maxX <= image.width)
        #expect(character.box.y >= 0 && character.box.maxY <= image.height)
      }
    }
    #expect(told >= 9, "\(told) of 10")
  }

  @Test(arguments: 0..<10) func wholeDigitsStandStill(digit: Int) throws {
    var reader = try Way.all.reader()
    let characters = try reader.read(window(from: digit, tenth: 0)).lines.flatMap(\.characters)
    #expect(characters.map(\.text) == ["\(digit)"] && characters.allSatisfy { $0.turning == nil })
  }
}
