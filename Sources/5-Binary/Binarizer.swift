import Foundation
public import Gray

/// Tells ink from paper in a gray image, for both polarities.
public struct Binarizer: Sendable {
  /// Images up to this width are doubled first: their characters are too few pixels to be cut.
  package var doubledWidth = 200
  /// Wider than any stroke and narrower than any label, in pixels of the working image.
  package var strokeRadius = 11
  package var threshold = LocalThreshold()
  package var hysteresis = Hysteresis()
  /// How often the image is smoothed beyond what its noise calls for.
  package var extraSmoothing = 0

  public init() {}

  /// For print so faint that single pixels drown in noise: trades sharpness for contrast.
  public static var forFaintPrint: Binarizer {
    var binarizer = Binarizer()
    binarizer.extraSmoothing = 3
    binarizer.hysteresis.weak = 1.5
    binarizer.hysteresis.margin = 0.5
    return binarizer
  }

  /// Cuts a little differently: smoother, and with a wider window. Where the one breaks or joins a
  /// line, the other often does not.
  public static var forSecondLook: Binarizer {
    var binarizer = Binarizer()
    binarizer.extraSmoothing = 1
    binarizer.threshold.window = 51
    binarizer.threshold.k = 0.9
    return binarizer
  }

  /// Gray to binary.
  ///
  /// Noise is smoothed away, then the paper's brightness is divided out: a gray closing (an opening
  /// for light ink) removes whatever is narrower than a stroke can be and keeps shadow edges and
  /// labels where they are, so that neither looks like ink. A local threshold tells ink from paper,
  /// and hysteresis drops what is no darker than noise.
  ///
  /// The image is halved `halvings` times first: strokes wider than `strokeRadius` allows are lost
  /// otherwise.
  public func binarize(_ gray: GrayImage, halvings: Int = 0) -> Binarization {
    let gray = (0..<halvings).reduce(gray) { image, _ in image.halved() }
    let small = halvings == 0 && gray.width <= doubledWidth
    var working = small ? gray.doubled() : gray
    let noise = gray.noise()
    if noise > 0.8 { working = working.smoothed() }
    for _ in 0..<extraSmoothing { working = working.smoothed() }
    let base = noise > 5 ? working.smoothed() : working

    let closed = base.extremum(radius: strokeRadius, maximum: true)
      .extremum(radius: strokeRadius, maximum: false)
    let opened = base.extremum(radius: strokeRadius, maximum: false)
      .extremum(radius: strokeRadius, maximum: true)
    return Binarization(
      gray: working, scale: small ? 2 : pow(0.5, Double(halvings)), noise: noise,
      dark: ink(low: base, high: closed), light: ink(low: opened, high: base))
  }

  /// Where `low` lies below `high`: for dark ink the image below its paper, for light ink the
  /// ground below the image.
  private func ink(low: GrayImage, high: GrayImage) -> BinaryImage {
    var ink = threshold.binarize(quotient(low, high))
    hysteresis.apply(to: &ink, low: low, high: high)
    return ink
  }

  /// `255 * low / high`: white paper under any light.
  private func quotient(_ low: GrayImage, _ high: GrayImage) -> GrayImage {
    var result = low
    for i in result.pixels.indices {
      // The 8 holds back the noise where there is next to no light.
      let level = Int(high.pixels[i]) &+ 8
      result.pixels[i] = UInt8(
        truncatingIfNeeded: 255 &* (Int(low.pixels[i]) &+ 8) / level)
    }
    return result
  }
}

/// What binarization found.
public struct Binarization: Sendable {
  /// The image that was thresholded: smoothed; doubled where the original was small, or halved.
  public let gray: GrayImage
  /// Working pixels an original pixel: 2, 1, 1/2 ...
  public let scale: Double
  /// Standard deviation of the original's noise, in gray levels.
  public let noise: Double
  public let dark: BinaryImage
  public let light: BinaryImage

  /// The ink of one polarity.
  public func ink(_ polarity: Polarity) -> BinaryImage {
    polarity == .darkOnLight ? dark : light
  }
}
