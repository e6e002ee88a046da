public import Gray

/// Tells ink from paper in a gray image, for both polarities.
public struct Binarizer: Sendable {
  /// Images up to this width are doubled first: their characters are too few pixels to be cut.
  package var doubledWidth = 200
  /// Wider than any stroke and narrower than any label, in pixels of the working image.
  package var strokeRadius = 11
  package var threshold = LocalThreshold()

  public init() {}

  /// Gray to binary.
  ///
  /// Noise is smoothed away, then the paper's brightness is divided out: a gray closing (an opening
  /// for light ink) removes whatever is narrower than a stroke can be and keeps shadow edges and
  /// labels where they are, so that neither looks like ink. A local threshold does the rest.
  public func binarize(_ gray: GrayImage) -> Binarization {
    let small = gray.width <= doubledWidth
    var working = small ? gray.doubled() : gray
    let noise = gray.noise()
    if noise > 0.8 { working = working.smoothed() }
    let strongNoise = noise > 5
    let base = strongNoise ? working.smoothed() : working

    let paper = base.extremum(radius: strokeRadius, maximum: true)
      .extremum(radius: strokeRadius, maximum: false)
    let dark = flattened(ink: base, paper: paper)
    let ground = base.extremum(radius: strokeRadius, maximum: false)
      .extremum(radius: strokeRadius, maximum: true)
    let light = flattened(ink: ground, paper: base)

    return Binarization(
      gray: working, scale: small ? 2 : 1, noise: noise,
      dark: threshold.binarize(dark), light: threshold.binarize(light))
  }

  /// `255 * ink / paper`: white paper under any light.
  private func flattened(ink: GrayImage, paper: GrayImage) -> GrayImage {
    var result = ink
    for i in result.pixels.indices {
      let level = Int(paper.pixels[i])
      // Print can't be told from noise where there is next to no light.
      result.pixels[i] = UInt8(
        truncatingIfNeeded: (255 &* Int(ink.pixels[i]) &+ 255 &* 8) / (level &+ 8))
    }
    return result
  }
}

/// What binarization found.
public struct Binarization: Sendable {
  /// The image that was thresholded: smoothed, and doubled where the original was small.
  public let gray: GrayImage
  /// Working pixels an original pixel, 1 or 2.
  public let scale: Int
  /// Standard deviation of the original's noise, in gray levels.
  public let noise: Double
  public let dark: BinaryImage
  public let light: BinaryImage

  /// The ink of one polarity.
  public func ink(_ polarity: Polarity) -> BinaryImage {
    polarity == .darkOnLight ? dark : light
  }
}
