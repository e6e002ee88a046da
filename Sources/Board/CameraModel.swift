import Glibc
public import Gray

/// A simple camera before a sheet: uneven light, lens blur, a slight turn, contrast, sensor noise.
///
/// The turn and the light belong to the set-up and stay; noise and a little shake are new in every
/// image. All of it follows from the seed.
public struct CameraModel: Sendable, Equatable {
  /// Deviation of the lens's Gaussian blur, in pixels. 0 is a perfect lens.
  public var blur: Double
  /// Greatest turn of the sheet to either side, in degrees.
  public var rotation: Double
  /// Difference of paper and ink as a share of the full range, 0...1.
  public var contrast: Double
  /// Deviation of the noise on white, in gray levels; on black it is less than half of it.
  public var noise: Double
  /// Difference of the light between two opposite edges, 0...1.
  public var gradient: Double
  /// Loss of light in the corners against the centre, 0...1.
  public var vignetting: Double
  /// Greatest movement of the image between shots, in pixels.
  public var shake: Double

  public init(
    blur: Double = 0.7, rotation: Double = 1, contrast: Double = 0.7, noise: Double = 2,
    gradient: Double = 0.2, vignetting: Double = 0.12, shake: Double = 0.3
  ) {
    self.blur = blur
    self.rotation = rotation
    self.contrast = contrast
    self.noise = noise
    self.gradient = gradient
    self.vignetting = vignetting
    self.shake = shake
  }

  /// Black on white, sharp, straight and without noise.
  public static let ideal = CameraModel(
    blur: 0, rotation: 0, contrast: 1, noise: 0, gradient: 0, vignetting: 0, shake: 0)

  /// Takes one image.
  ///
  /// Cost: about 50 ns a pixel.
  /// - Parameters:
  ///   - scene: the scene before the camera.
  ///   - number: the image's number in the series; each has its own noise and shake.
  ///   - seed: the same seed and number give the same pixels.
  /// - Returns: an image of the size that the scene's sheet was set for.
  public func shoot(_ scene: Scene, number: UInt64, seed: UInt64) -> GrayImage {
    var setup = SplitMix64(seed: seed, stream: 1)
    var moment = SplitMix64(seed: seed, stream: 2 &+ number)
    let angle = setup.uniform(-1...1) * rotation * Double.pi / 180
    let lightDirection = setup.uniform(0...2) * Double.pi
    let shift = (
      x: moment.uniform(-1...1) * shake, y: moment.uniform(-1...1) * shake
    )
    var light = project(scene, angle: angle, shift: shift)
    illuminate(&light, scene.sheet.imageSize, direction: lightDirection)
    soften(&light, scene.sheet.imageSize)
    return digitize(light, scene.sheet.imageSize, &moment)
  }

  /// Reflected light before the lens, 0...1 a pixel.
  private func project(
    _ scene: Scene, angle: Double, shift: (x: Double, y: Double)
  ) -> [Float] {
    let sheet = scene.sheet
    let size = sheet.imageSize
    // Paper and ink lie symmetrically in the range.
    let bright = Float(min(1, 0.5 + contrast / 2))
    let dark = Float(max(0, 0.5 - contrast / 2))
    let paper = scene.lightOnDark ? dark : bright
    let ink = scene.lightOnDark ? bright : dark
    let samples = Float(TypeSheet.oversampling)
    let cosine = Float(cos(angle)) * samples
    let sine = Float(sin(angle)) * samples
    let centre = (x: Float(size.width) / 2, y: Float(size.height) / 2)
    let sheetCentre = (x: Float(sheet.width) / 2 - 0.5, y: Float(sheet.height) / 2 - 0.5)
    let step = (ink - paper) / 255
    let coverage = sheet.coverage.span
    var light = [Float](repeating: paper, count: size.width * size.height)
    var out = light.mutableSpan
    var at = 0
    for y in 0..<size.height {
      let dy = Float(y) + 0.5 - centre.y + Float(shift.y)
      for x in 0..<size.width {
        let dx = Float(x) + 0.5 - centre.x + Float(shift.x)
        let u = dx * cosine + dy * sine + sheetCentre.x
        let v = dy * cosine - dx * sine + sheetCentre.y
        let column = Int(u.rounded(.down))
        let row = Int(v.rounded(.down))
        if column >= 0, row >= 0, column < sheet.width &- 1, row < sheet.height &- 1 {
          let fx = u - Float(column)
          let fy = v - Float(row)
          let i = row &* sheet.width &+ column
          let j = i &+ sheet.width
          let above = Float(coverage[i]) * (1 - fx) + Float(coverage[i &+ 1]) * fx
          let below = Float(coverage[j]) * (1 - fx) + Float(coverage[j &+ 1]) * fx
          out[at] = paper + step * (above * (1 - fy) + below * fy)
        }
        at &+= 1
      }
    }
    return light
  }

  /// A linear gradient of light, then darker corners.
  private func illuminate(_ light: inout [Float], _ size: ImageSize, direction: Double) {
    guard gradient != 0 || vignetting != 0 else { return }
    let slope = (
      x: Float(cos(direction) * gradient / 2), y: Float(sin(direction) * gradient / 2)
    )
    let falloff = Float(vignetting / 2)
    var out = light.mutableSpan
    var at = 0
    for y in 0..<size.height {
      let v = (Float(y) + 0.5) / Float(size.height) * 2 - 1
      for x in 0..<size.width {
        let u = (Float(x) + 0.5) / Float(size.width) * 2 - 1
        out[at] *= 1 + slope.x * u + slope.y * v - falloff * (u * u + v * v)
        at &+= 1
      }
    }
  }

  /// Gaussian blur, rows then columns; edges repeat.
  private func soften(_ light: inout [Float], _ size: ImageSize) {
    guard blur > 0.05 else { return }
    let radius = min(Int((3 * blur).rounded(.up)), max(size.width, size.height))
    var taps = (-radius...radius).map { exp(-Double($0 * $0) / (2 * blur * blur)) }
    let sum = taps.reduce(0, +)
    taps = taps.map { $0 / sum }
    let kernel = taps.map(Float.init)
    var between = light
    convolve(light, into: &between, size.width, size.height, step: 1, line: size.width, kernel)
    convolve(between, into: &light, size.height, size.width, step: size.width, line: 1, kernel)
  }

  /// Convolves `lines` lines of `length` values; `step` is the distance along a line, `line` that
  /// to the next one.
  private func convolve(
    _ source: [Float], into target: inout [Float], _ length: Int, _ lines: Int, step: Int,
    line: Int, _ kernel: [Float]
  ) {
    let radius = kernel.count / 2
    let values = source.span
    let weights = kernel.span
    var out = target.mutableSpan
    for l in 0..<lines {
      let start = l &* line
      for i in 0..<length {
        var sum: Float = 0
        for k in 0..<weights.count {
          let j = min(max(i &+ k &- radius, 0), length &- 1)
          sum += weights[k] * values[start &+ j &* step]
        }
        out[start &+ i &* step] = sum
      }
    }
  }

  /// Sensor and converter: adds noise that grows with the light, then rounds to 8 bits.
  private func digitize(
    _ light: [Float], _ size: ImageSize, _ random: inout SplitMix64
  ) -> GrayImage {
    var pixels = [UInt8](repeating: 0, count: light.count)
    let variance = Float(noise * noise)
    for i in light.indices {
      let level = min(max(light[i], 0), 1)
      // Read noise and shot noise: a fifth of white's variance is there in the dark.
      let deviation = noise > 0 ? (variance * (0.2 + 0.8 * level)).squareRoot() : 0
      let value = light[i] * 255 + (noise > 0 ? deviation * random.normal() : 0)
      pixels[i] = UInt8(min(max(value.rounded(), 0), 255))
    }
    return GrayImage(width: size.width, height: size.height, pixels: pixels)
  }
}
