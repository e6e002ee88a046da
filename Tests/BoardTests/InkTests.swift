import Board
import Gray
import Images
import Testing

/// The bits that boards make of gray before they send them (scribe_ink.h).
@Suite struct InkTests {
  /// Upright bars, four columns of ink each, after a column with `edge` of it.
  private func bars(edge: Double, paper: Double = 220, ink: Double = 40, height: Int = 64)
    -> GrayImage
  {
    var image = GrayImage(width: 160 * 2, height: height)
    for y in 0..<height {
      for x in 0..<image.width {
        let phase = x % 16
        let share = phase == 5 ? edge : (6..<10).contains(phase) ? 1 : 0
        image.pixels[y * image.width + x] = UInt8((paper + (ink - paper) * share).rounded())
      }
    }
    return image
  }

  private func bits(_ image: CapturedImage) throws -> [Bool] {
    try GrayImage(image).pixels.map { $0 == 0 }
  }

  @Test(arguments: [0.25, 0.5, 0.75])
  func ditherKeepsWhereAnEdgeRuns(edge: Double) throws {
    let image = bars(edge: edge)
    let made = try #require(CapturedImage(inkOf: image, lightOnDark: false))
    #expect((made.width, made.height) == (image.width, image.height))
    let ink = try bits(made)
    var edges = 0
    var inked = 0
    for y in 8..<image.height - 8 {
      for x in 16..<image.width - 16 {
        let isInk = ink[y * image.width + x]
        switch x % 16 {
        case 5:
          edges += 1
          inked += isInk ? 1 : 0
        case 6..<10: #expect(isInk)
        default: #expect(!isInk)
        }
      }
    }
    #expect(abs(Double(inked) / Double(edges) - edge) < 0.2)
  }

  @Test func whatIsLightIsWhatIsDarkInTheNegative() throws {
    let image = bars(edge: 0.4)
    let negative = GrayImage(
      width: image.width, height: image.height, pixels: image.pixels.map { 255 - $0 })
    let dark = try #require(CapturedImage(inkOf: image, lightOnDark: false))
    let light = try #require(CapturedImage(inkOf: negative, lightOnDark: true))
    #expect(dark == light)
    #expect(dark != CapturedImage(inkOf: negative, lightOnDark: false))
  }

  @Test func contrastIsDividedOut() throws {
    let strong = try bits(
      try #require(CapturedImage(inkOf: bars(edge: 0), lightOnDark: false)))
    let faint = try bits(
      try #require(
        CapturedImage(inkOf: bars(edge: 0, paper: 120, ink: 100), lightOnDark: false)))
    #expect(zip(strong, faint).count { $0 != $1 } * 50 < strong.count)
    #expect(strong.contains(true))
  }

  @Test(arguments: [0, 90, 255] as [UInt8])
  func paperAloneHasNoInk(level: UInt8) throws {
    for lightOnDark in [false, true] {
      let made = try #require(
        CapturedImage(
          inkOf: GrayImage(width: 320, height: 240, filledWith: level), lightOnDark: lightOnDark))
      #expect(made.payload.allSatisfy { $0 == 0 })
    }
  }

  /// The edges of a shadow and of a label are no ink: a wide area on both sides is paper.
  @Test func stepsOfLightHaveNoInk() throws {
    var image = GrayImage(width: 320, height: 120, filledWith: 200)
    for y in 0..<120 {
      for x in 0..<320 where 2 * x + y > 330 { image.pixels[y * 320 + x] = 90 }
    }
    let ink = try bits(try #require(CapturedImage(inkOf: image, lightOnDark: false)))
    #expect(ink.count { $0 } * 200 < ink.count)
  }

  @Test func smallImagesAreDoubled() throws {
    let made = try #require(
      CapturedImage(inkOf: GrayImage(width: 100, height: 61, filledWith: 9), lightOnDark: false))
    #expect((made.width, made.height) == (200, 122))
  }

  @Test(arguments: [(7, 40), (40, 7), (641, 40), (400, 481), (70_000, 8)])
  func sizesThatBoardsDoNotTakeAreRefused(width: Int, height: Int) {
    #expect(
      CapturedImage(inkOf: GrayImage(width: width, height: height), lightOnDark: false) == nil)
  }
}
