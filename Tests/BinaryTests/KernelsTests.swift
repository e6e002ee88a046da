import Binary
import Gray
import Testing

/// Print, noise and shadows that differ by seed.
private func scene(width: Int, height: Int, seed: UInt32, noise: Int = 3) -> GrayImage {
  var state = seed &* 2_654_435_761 &+ 1
  func random(_ below: Int) -> Int {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Int(state >> 8) % max(below, 1)
  }
  var image = GrayImage(width: width, height: height)
  let shadow = random(width + height)
  for y in 0..<height {
    for x in 0..<width {
      let light = x + y > shadow ? 200 : 110
      image.pixels[y * width + x] = UInt8(light + random(2 * noise + 1) - noise)
    }
  }
  // Strokes of both polarities, and specks.
  for _ in 0..<(width * height / 150) {
    let (x, y) = (random(width), random(height))
    let (w, h) = (1 + random(14), 1 + random(6))
    let ink = UInt8(random(256))
    for v in y..<min(height, y + h) {
      for u in x..<min(width, x + w) { image.pixels[v * width + u] = ink }
    }
  }
  return image
}

/// Odd sizes, below, at and above what kernels take at once; wider ones are not doubled.
private let sizes = [
  (1, 1), (3, 3), (2, 40), (31, 17), (32, 32), (33, 5), (63, 64), (64, 23), (65, 24), (127, 9),
  (160, 120), (201, 47), (256, 33), (257, 30), (320, 61), (333, 77), (640, 20),
]

/// Responses of the noise mask are told apart up to 255.
private let mostNoise = 255 / (6 * 0.6745)

@Suite struct KernelsTests {
  @Test(arguments: PixelKernels.available, sizes)
  func binarizationEqualsItsDefinition(kernels: PixelKernels, size: (Int, Int)) {
    var workspace = Binarizer.Workspace(kernels: kernels)
    var result = Binarization()
    for (seed, noise) in [(1, 0), (2, 1), (3, 3), (4, 12), (5, 50)] as [(UInt32, Int)] {
      let image = scene(width: size.0, height: size.1, seed: seed, noise: noise)
      for smoothings in [0, 1, 3] {
        var binarizer = Binarizer()
        binarizer.extraSmoothing = smoothings
        binarizer.threshold.window += 20 * smoothings
        for halvings in 0...1 {
          let plain = PlainBinarizer(binarizer: binarizer).binarize(image, halvings: halvings)
          binarizer.binarize(
            image, halvings: halvings, workspace: &workspace, into: &result)
          #expect(result.noise == min(plain.noise, mostNoise))
          #expect(result.gray == plain.gray)
          #expect(result.dark == plain.dark)
          #expect(result.light == plain.light)
          #expect(result.runs(.darkOnLight) == InkRuns(plain.dark))
          #expect(result.runs(.lightOnDark) == InkRuns(plain.light))
        }
      }
    }
  }

  @Test(arguments: PixelKernels.available, [1, 3, 5, 16, 31, 40, 63])
  func everyStrokeRadiusIsRight(kernels: PixelKernels, radius: Int) {
    var workspace = Binarizer.Workspace(kernels: kernels)
    var binarizer = Binarizer()
    binarizer.strokeRadius = radius
    for (width, height) in [(230, 19), (210, 131)] {
      let image = scene(width: width, height: height, seed: UInt32(radius))
      let plain = PlainBinarizer(binarizer: binarizer).binarize(image)
      let result = binarizer.binarize(image, workspace: &workspace)
      #expect(result.dark == plain.dark)
      #expect(result.light == plain.light)
    }
  }

  @Test(arguments: PixelKernels.available, [1, 3, 15, 31, 51, 127])
  func everyWindowIsRight(kernels: PixelKernels, window: Int) {
    var workspace = Binarizer.Workspace(kernels: kernels)
    var threshold = LocalThreshold()
    threshold.window = window
    for (width, height) in sizes {
      // The greatest sums, too.
      var image = scene(width: width, height: height, seed: UInt32(window), noise: 20)
      for i in image.pixels.indices where i % 3 > 0 { image.pixels[i] = 255 }
      var binary = BinaryImage(width: 0, height: 0, pixels: [])
      threshold.binarize(image, workspace: &workspace, into: &binary)
      #expect(binary == threshold.plain(image))
    }
  }

  @Test(arguments: PixelKernels.available)
  func quotientsOfAllGraysAreRight(kernels: PixelKernels) {
    // A stroke of each gray on paper of each gray; the quotient decides which are ink.
    var workspace = Binarizer.Workspace(kernels: kernels)
    for paper in stride(from: 0, through: 255, by: 5) {
      var image = GrayImage(width: 512, height: 24, filledWith: UInt8(paper))
      for ink in 0...255 { for y in 4..<20 { image.pixels[y * 512 + 2 * ink] = UInt8(ink) } }
      let plain = PlainBinarizer().binarize(image)
      let result = Binarizer().binarize(image, workspace: &workspace)
      #expect(result.dark == plain.dark)
      #expect(result.light == plain.light)
    }
  }

  /// A faint spiral that hangs together with one dark pixel in its middle.
  @Test(arguments: PixelKernels.available)
  func spiralsStayWhole(kernels: PixelKernels) {
    var image = GrayImage(width: 321, height: 241, filledWith: 200)
    var (x, y, step) = (160, 120, 6)
    var (right, down) = (1, 0)
    image.pixels[y * 321 + x] = 20
    while step < 110 {
      for _ in 0..<2 {
        for _ in 0..<step {
          (x, y) = (x + right, y + down)
          for (u, v) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)]
          where image.pixels[v * 321 + u] == 200 {
            image.pixels[v * 321 + u] = 140
          }
        }
        (right, down) = (-down, right)
      }
      step += 6
    }
    for i in image.pixels.indices { image.pixels[i] += UInt8(i * 7 % 11) }
    let plain = PlainBinarizer().binarize(image)
    var workspace = Binarizer.Workspace(kernels: kernels)
    let result = Binarizer().binarize(image, workspace: &workspace)
    #expect(plain.dark.pixels.contains(1))
    #expect(result.dark == plain.dark)
    #expect(result.light == plain.light)
  }

  @Test(arguments: PixelKernels.available, sizes)
  func smallFiltersEqualTheirDefinitions(kernels: PixelKernels, size: (Int, Int)) {
    let image = scene(width: size.0, height: size.1, seed: 9, noise: 40)
    func at(_ x: Int, _ y: Int) -> Int {
      Int(image.pixels[min(max(y, 0), size.1 - 1) * size.0 + min(max(x, 0), size.0 - 1)])
    }
    var workspace = Binarizer.Workspace(kernels: kernels)
    let soft = image.withoutDither(workspace: &workspace)
    for y in 0..<size.1 {
      for x in 0..<size.0 {
        var sum = 128
        for (v, down) in zip(y - 1...y + 1, [3, 10, 3]) {
          for (u, across) in zip(x - 1...x + 1, [3, 10, 3]) { sum += down * across * at(u, v) }
        }
        #expect(soft.pixels[y * size.0 + x] == UInt8(sum / 256))
      }
    }
    let half = image.halved()
    #expect(half.width == size.0 / 2 && half.height == size.1 / 2)
    for y in 0..<half.height {
      for x in 0..<half.width {
        let sum = at(2 * x, 2 * y) + at(2 * x + 1, 2 * y) + at(2 * x, 2 * y + 1)
        let mean = (sum + at(2 * x + 1, 2 * y + 1) + 2) / 4
        #expect(half.pixels[y * half.width + x] == UInt8(mean))
      }
    }
  }

  @Test func bitmapsAreBlackAndWhite() {
    var image = GrayImage(width: 100, height: 41, filledWith: 255)
    for i in image.pixels.indices where i % 3 == 0 { image.pixels[i] = 0 }
    #expect(image.isBitmap)
    for gray in 1...254 {
      var other = image
      other.pixels[gray * 16] = UInt8(gray)
      #expect(!other.isBitmap)
    }
    #expect(GrayImage(width: 0, height: 0).isBitmap)
  }

  @Test func wildNoiseIsAtLeastWhatItSays() {
    var image = GrayImage(width: 300, height: 200)
    for i in image.pixels.indices { image.pixels[i] = (i + i / 300) % 2 == 0 ? 255 : 0 }
    #expect(Binarizer().binarize(image).noise == mostNoise)
  }

  @Test(arguments: PixelKernels.available, [0, 1, 7, 8, 61])
  func stretchedRowsLieBetweenNeighbours(kernels: PixelKernels, count: Int) {
    let values = (0..<64).map { UInt16($0 * 40503 % 65281) }
    let (place, step) = (Int(1.3 * 0x1p32), Int(0.97 * 0x1p32))
    var found = [Float](repeating: -1, count: count + 1)
    kernels.stretch(values, from: place, by: step, count: count, into: &found)
    for i in 0..<count {
      let at = Double(place + i * step) / 0x1p32
      let left = Double(values[Int(at)]) / 256
      let right = Double(values[Int(at) + 1]) / 256
      let share = ((at - at.rounded(.down)) * 256).rounded(.down) / 256
      #expect(Double(found[i]) == Double(Float(left + (right - left) * share)))
    }
    #expect(found[count] == -1)
  }

  @Test(arguments: PixelKernels.available, [(1, 1), (63, 2), (64, 1), (200, 64), (331, 100)])
  func theGreaterIsTakenFromAhead(kernels: PixelKernels, size: (count: Int, apart: Int)) {
    let values = (0..<size.count + size.apart + 1).map { UInt8($0 * 151 % 251) }
    var found = values
    kernels.takeGreater(&found, fromAhead: size.apart, count: size.count)
    for i in values.indices {
      #expect(
        found[i] == (i < size.count ? max(values[i], values[i + size.apart]) : values[i]), "\(i)")
    }
  }
}
