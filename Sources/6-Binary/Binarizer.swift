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
  /// How often the image is smoothed beyond what its noise calls for: so lines look that are drawn
  /// from a blurred image.
  package var extraSmoothing = 0

  public init() {}

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
    var workspace = Workspace()
    return binarize(gray, halvings: halvings, workspace: &workspace)
  }

  /// The same, in memory that stays for the next image.
  public func binarize(
    _ gray: GrayImage, halvings: Int = 0, workspace: inout Workspace
  ) -> Binarization {
    var result = Binarization()
    binarize(gray, halvings: halvings, workspace: &workspace, into: &result)
    return result
  }

  /// The same, in place of another result: that of an image of equal size takes no more memory.
  public func binarize(
    _ gray: GrayImage, halvings: Int = 0, workspace: inout Workspace,
    into result: inout Binarization
  ) {
    let gray = (0..<halvings).reduce(gray) { image, _ in image.halved() }
    let small = halvings == 0 && gray.width <= doubledWidth
    let factor = small ? 2 : 1
    let size = (width: factor * gray.width, height: factor * gray.height)
    result.prepare(width: size.width, height: size.height)
    result.scale = small ? 2 : pow(0.5, Double(halvings))
    result.noise = 0
    guard gray.width > 0, gray.height > 0 else { return }
    workspace.lend(size: size, strokeRadius: strokeRadius) { filters, runs in
      let memory = filters.memory
      result.noise = filters.noise(of: gray)
      var working = memory.plane(0)
      var other = memory.plane(1)
      func smooth() {
        guard filters.smooth(working, to: other) else { return }
        swap(&working, &other)
      }
      if small { filters.double(gray, to: working) } else { filters.load(gray, to: working) }
      if result.noise > 0.8 { smooth() }
      for _ in 0..<extraSmoothing { smooth() }
      filters.store(working, to: &result.gray)
      if result.noise > 5 { smooth() }

      // `other` is free from here on.
      let paper = memory.plane(2)
      filters.extremum(working, maximum: true, radius: strokeRadius, by: other, to: paper)
      ink(low: working, high: paper, by: other, filters, &runs, into: &result.dark)
      runs.take(into: &result.darkRuns)
      filters.extremum(working, maximum: false, radius: strokeRadius, by: other, to: paper)
      ink(low: paper, high: working, by: other, filters, &runs, into: &result.light)
      runs.take(into: &result.lightRuns)
    }
  }

  /// Where `low` lies below `high`: for dark ink the image below its paper, for light ink the
  /// ground below the image. `quotient` is overwritten.
  private func ink(
    low: UnsafePointer<UInt8>, high: UnsafePointer<UInt8>,
    by quotient: UnsafeMutablePointer<UInt8>, _ filters: PlaneFilters, _ runs: inout RunFinder,
    into image: inout BinaryImage
  ) {
    let (ink, deep) = hysteresis.candidates(low: low, high: high, filters)
    // Only windows of candidates are looked at.
    let radius = threshold.window / 2
    for rows in filters.bands(of: ink, gap: 2 * radius) {
      filters.divide(
        low, high,
        rows: max(0, rows.lowerBound - radius)..<min(image.height, rows.upperBound + radius),
        to: quotient)
      filters.threshold(threshold, quotient, rows: rows, ink: ink)
    }
    runs.find(
      in: ink, deep: deep, words: filters.words, width: image.width, height: image.height)
    filters.expand(ink, to: &image)
  }
}

/// What binarization found.
public struct Binarization: Sendable {
  /// The image that was thresholded: smoothed; doubled where the original was small, or halved.
  public internal(set) var gray = GrayImage(width: 0, height: 0)
  /// Working pixels an original pixel: 2, 1, 1/2 ...
  public internal(set) var scale = 1.0
  /// Standard deviation of the original's noise, in gray levels.
  public internal(set) var noise = 0.0
  public internal(set) var dark = BinaryImage(width: 0, height: 0, pixels: [])
  public internal(set) var light = BinaryImage(width: 0, height: 0, pixels: [])
  /// The same as runs.
  package internal(set) var darkRuns = InkRuns()
  package internal(set) var lightRuns = InkRuns()

  /// Nothing, of no size: for `Binarizer.binarize` to fill.
  public init() {}

  /// The ink of one polarity.
  public func ink(_ polarity: Polarity) -> BinaryImage {
    polarity == .darkOnLight ? dark : light
  }

  /// The runs of one polarity's ink.
  package func runs(_ polarity: Polarity) -> InkRuns {
    polarity == .darkOnLight ? darkRuns : lightRuns
  }

  /// Makes room for an image; what it holds doesn't matter.
  fileprivate mutating func prepare(width: Int, height: Int) {
    guard gray.width != width || gray.height != height else { return }
    gray = GrayImage(width: width, height: height)
    dark = BinaryImage(width: width, height: height, pixels: gray.pixels)
    light = dark
  }
}
