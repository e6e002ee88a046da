import Gray
import Testing

/// Grays that differ by seed.
private func grays(_ count: Int, seed: UInt32) -> [UInt8] {
  var state = seed &* 2_654_435_761 &+ 1
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 16)
  }
}

@Suite struct PixelKernelsTests {
  @Test(arguments: PixelKernels.available, [1, 7, 63, 64, 65, 300])
  func theGreaterIsTaken(kernels: PixelKernels, count: Int) {
    for apart in [1, 5, 64, 200] {
      let before = grays(count + apart, seed: UInt32(count + apart))
      var values = before
      values.withUnsafeMutableBufferPointer { p in
        if let first = p.baseAddress { kernels.takeGreater(first, fromAhead: apart, count: count) }
      }
      let expected = before.indices.map { i in
        i < count ? max(before[i], before[i + apart]) : before[i]
      }
      #expect(values == expected)
    }
  }

  @Test(arguments: PixelKernels.available, [1, 7, 8, 9, 40, 333])
  func neighboursAreInterpolated(kernels: PixelKernels, count: Int) {
    let values = grays(1000, seed: 3).map { UInt16($0) << 8 }
    for step in [0.3, 1, 2.71] {
      let (place, by) = (Int(1.25 * 0x1p32), Int(step * 0x1p32))
      var out = [Float](repeating: -1, count: count)
      out.withUnsafeMutableBufferPointer { p in
        if let first = p.baseAddress {
          kernels.stretch(values, from: place, by: by, count: count, into: first)
        }
      }
      for (i, value) in out.enumerated() {
        let at = place + i * by
        let share = Float(at >> 24 & 255) / 256
        let (a, b) = (Float(values[at >> 32]), Float(values[(at >> 32) + 1]))
        #expect(abs(value - (a + (b - a) * share) / 256) < 1e-3)
      }
    }
  }

  @Test(arguments: [(2, 2), (5, 3), (64, 31), (333, 20)])
  func halvesAreMeans(size: (width: Int, height: Int)) {
    let image = GrayImage(
      width: size.width, height: size.height,
      pixels: grays(size.width * size.height, seed: 9))
    let half = image.halved()
    #expect(half.width == size.width / 2 && half.height == size.height / 2)
    for y in 0..<half.height {
      for x in 0..<half.width {
        let corner = 2 * y * size.width + 2 * x
        let sum = [0, 1, size.width, size.width + 1].reduce(2) {
          $0 + Int(image.pixels[corner + $1])
        }
        #expect(Int(half.pixels[y * half.width + x]) == sum / 4)
      }
    }
  }

  @Test func ditheredGrayComesBackAsGray() {
    // Every second pixel of a half that is half as bright.
    var image = GrayImage(width: 40, height: 20)
    for y in 0..<20 {
      for x in 0..<40 { image.pixels[y * 40 + x] = x < 20 && (x + y) % 2 == 0 ? 0 : 255 }
    }
    #expect(image.isBitmap)
    let gray = image.withoutDither()
    #expect(!gray.isBitmap)
    for y in 2..<18 {
      for x in 2..<18 { #expect(abs(Int(gray.pixels[y * 40 + x]) - 128) < 24) }
      for x in 22..<40 { #expect(gray.pixels[y * 40 + x] == 255) }
    }
    #expect(GrayImage(width: 0, height: 0).withoutDither().pixels.isEmpty)
  }
}
