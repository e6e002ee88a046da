import Binary
import Gray
import Testing

/// White paper with a black bar of `width` columns in the middle.
private func bar(width: Int, paper: UInt8 = 200, ink: UInt8 = 40, side: Int = 64) -> GrayImage {
  var image = GrayImage(width: side, height: side, filledWith: paper)
  for y in 16..<(side - 16) {
    for x in (side / 2 - width / 2)..<(side / 2 + (width + 1) / 2) {
      image.pixels[y * side + x] = ink
    }
  }
  return image
}

@Suite struct FilterTests {
  @Test func ditheredGrayComesBackAsGray() {
    var image = GrayImage(width: 24, height: 24, filledWith: 255)
    for y in 0..<24 {
      for x in 8..<16 where x >= 12 || (x + y) % 2 == 0 { image.pixels[y * 24 + x] = 0 }
    }
    #expect(image.isBitmap)
    let gray = image.withoutDither()
    #expect(!gray.isBitmap)
    for y in 2..<22 {
      #expect(gray.pixels[y * 24 + 2] == 255)
      #expect(gray.pixels[y * 24 + 14] == 0)
      #expect((96...160).contains(gray.pixels[y * 24 + 10]))
    }
    #expect(GrayImage(width: 0, height: 0).withoutDither().pixels.isEmpty)
    #expect(GrayImage(width: 1, height: 1, filledWith: 255).withoutDither().pixels == [255])
  }

  @Test func tinyImagesPassThroughEveryFilter() {
    for (width, height) in [(0, 0), (0, 3), (4, 0), (1, 1), (1, 5), (5, 1), (2, 2)] {
      let image = GrayImage(width: width, height: height, filledWith: 7)
      let binary = Binarizer().binarize(image)
      #expect(binary.gray == GrayImage(width: 2 * width, height: 2 * height, filledWith: 7))
      #expect(binary.noise == 0)
      #expect(binary.dark.pixels == [UInt8](repeating: 0, count: 4 * width * height))
      #expect(binary.light.pixels == binary.dark.pixels)
    }
  }

  @Test func noiseIsMeasured() {
    // A fixed noise of known deviation over a shaded paper.
    var state: UInt32 = 1
    func uniform() -> Double {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Double(state >> 8) / Double(1 << 24)
    }
    var image = GrayImage(width: 160, height: 120)
    for i in image.pixels.indices {
      let normal = (0..<12).reduce(-6.0) { sum, _ in sum + uniform() }
      image.pixels[i] = UInt8(100 + Double(i % 160) / 4 + 4 * normal)
    }
    #expect(abs(Binarizer().binarize(image).noise - 4) < 0.6)
  }
}

@Suite struct BinarizerTests {
  @Test(arguments: [2, 5, 9])
  func strokesOfEitherPolarityAreInk(width: Int) {
    let dark = Binarizer().binarize(bar(width: width))
    #expect(dark.scale == 2)
    // The middle of the stroke, at twice the size.
    #expect(dark.dark.pixels[64 * 128 + 64] == 1)
    #expect(dark.light.pixels[64 * 128 + 64] == 0)
    let light = Binarizer().binarize(bar(width: width, paper: 40, ink: 200))
    #expect(light.light.pixels[64 * 128 + 64] == 1)
    #expect(light.dark.pixels[64 * 128 + 64] == 0)
  }

  @Test func shadowEdgesAreNoInk() {
    var image = GrayImage(width: 320, height: 240, filledWith: 210)
    for y in 0..<240 {
      for x in 0..<320 where x + y > 280 { image.pixels[y * 320 + x] = 90 }
    }
    let binary = Binarizer().binarize(image)
    // Where the edge leaves the image a window is clipped, and a few pixels of it remain.
    let thousandth = image.pixels.count / 1000
    #expect(binary.dark.pixels.count { $0 == 1 } < thousandth)
    #expect(binary.light.pixels.count { $0 == 1 } < thousandth)
  }

  @Test func printInAShadowIsFound() {
    var image = GrayImage(width: 320, height: 240, filledWith: 220)
    for y in 0..<240 {
      for x in 0..<320 {
        let light = x > 160 ? 0.35 : 1.0
        let ink = y >= 100 && y < 130 && x % 20 < 4
        image.pixels[y * 320 + x] = UInt8(220 * light * (ink ? 0.4 : 1))
      }
    }
    let dark = Binarizer().binarize(image).dark
    for x in [21, 61, 121, 201, 261, 301] { #expect(dark.pixels[115 * 320 + x] == 1) }
    for x in [30, 70, 130, 210, 270, 310] { #expect(dark.pixels[115 * 320 + x] == 0) }
  }
}
