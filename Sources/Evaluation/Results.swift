/// The result of a group of images.
public struct GroupResult: Sendable, Equatable {
  public private(set) var score = Score()
  /// Calibration of single characters.
  public private(set) var characters = Calibration()
  /// Calibration of whole lines.
  public private(set) var lines = Calibration()
  /// Whole lines that a least confidence would leave out.
  public private(set) var thresholds = LineThresholds()
  /// Lines whose place is known.
  public private(set) var places = 0
  /// Of these, the lines that were not read, by cause.
  public private(set) var causes: [Cause: Int] = [:]
  private var times: [Double] = []

  public init() {}

  /// Time that reading an image took; nil where none was measured.
  public var medianMilliseconds: Double? {
    times.isEmpty ? nil : times.sorted()[times.count / 2]
  }

  mutating func add(
    _ image: EvaluatedImage, _ judged: [[(glyph: EvaluatedImage.Glyph, isRight: Bool)]]?
  ) {
    score.add(truth: image.truth, text: image.text)
    if let milliseconds = image.milliseconds { times.append(milliseconds) }
    places += image.places.count
    for case let cause? in image.causes { causes[cause, default: 0] += 1 }
    for (glyph, isRight) in (judged ?? []).joined() {
      characters.add(confidence: glyph.confidence, isRight: isRight)
    }
    for (line, isRight) in zip(image.lines, image.rightLines) {
      if let confidence = line.confidence {
        lines.add(confidence: confidence, isRight: isRight)
        thresholds.add(confidence: confidence, isRight: isRight)
      }
    }
  }
}

/// All results for a folder of labelled images.
public struct Results: Sendable, Equatable {
  /// The name of images whose truth names no tier.
  public static let untiered = "all"

  /// All images.
  public private(set) var overall = GroupResult()
  public private(set) var tiers: [String: GroupResult] = [:]
  public private(set) var sizes: [ImageSize: GroupResult] = [:]
  /// Results by height of capitals and by image width, for images whose capitals' height is known.
  public private(set) var heights: [HeightClass: [Int: GroupResult]] = [:]
  /// Images that couldn't be read, which the other figures leave out.
  public var unreadable = 0
  private var confusionCounts: [Confusion: Int] = [:]

  public init() {}

  public mutating func add(_ image: EvaluatedImage) {
    let comparison = image.comparison
    let judged = image.judgedGlyphs(comparison)
    overall.add(image, judged)
    tiers[image.tier ?? Self.untiered, default: GroupResult()].add(image, judged)
    if image.width > 0, image.height > 0 {
      let size = ImageSize(width: image.width, height: image.height)
      sizes[size, default: GroupResult()].add(image, judged)
      if let height = image.capitalHeight.flatMap(HeightClass.init) {
        heights[height, default: [:]][image.width, default: GroupResult()].add(image, judged)
      }
    }
    for step in comparison.alignment.steps {
      if let confusion = Confusion(step, comparison) {
        confusionCounts[confusion, default: 0] += 1
      }
    }
  }

  /// Tiers from the easiest to the hardest, then others by name.
  public var tierNames: [String] {
    let known = ["clean", "typical", "hard"]
    func rank(_ name: String) -> (Int, String) {
      (known.firstIndex(of: name) ?? known.count, name)
    }
    return tiers.keys.sorted { rank($0) < rank($1) }
  }

  /// Pairs of a character and what it was taken for, most frequent first.
  public var confusions: [(confusion: Confusion, count: Int)] {
    confusionCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { ($0.key, $0.value) }
  }
}

/// One mistake: a character taken for another, not read, or read where there is none.
public struct Confusion: Sendable, Hashable, Comparable {
  /// The true character; nil: there is none.
  public let truth: Unicode.Scalar?
  /// The read character; nil: not read.
  public let read: Unicode.Scalar?

  /// nil where the step is no mistake.
  init?(_ step: Alignment.Step, _ comparison: EvaluatedImage.Comparison) {
    switch step {
    case .pair(let t, let r):
      guard comparison.truth[t] != comparison.read[r] else { return nil }
      (truth, read) = (comparison.truth[t], comparison.read[r])
    case .missing(let t): (truth, read) = (comparison.truth[t], nil)
    case .extra(let r): (truth, read) = (nil, comparison.read[r])
    }
  }

  public static func < (a: Confusion, b: Confusion) -> Bool { a.order < b.order }

  private var order: (UInt32, UInt32) { (truth?.value ?? .max, read?.value ?? .max) }
}

/// Size of an image in pixels.
public struct ImageSize: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let width: Int
  public let height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  public static func < (a: ImageSize, b: ImageSize) -> Bool {
    (a.width, a.height) < (b.width, b.height)
  }

  /// The size's name in the data sheets of cameras; pixels for any other.
  public var description: String {
    switch (width, height) {
    case (160, 120): "QQVGA"
    case (176, 144): "QCIF"
    case (320, 240): "QVGA"
    case (352, 288): "CIF"
    case (640, 480): "VGA"
    case (800, 600): "SVGA"
    case (1600, 1200): "UXGA"
    default: "\(width)x\(height)"
    }
  }
}

/// A range of capitals' heights, by which images are grouped.
public struct HeightClass: Sendable, Hashable, Comparable {
  private static let edges = [0.0, 12, 16, 20, 26, 34, .infinity]

  private let index: Int

  /// nil where `height` is no height.
  init?(_ height: Double) {
    guard height > 0, height.isFinite, let above = Self.edges.firstIndex(where: { $0 > height })
    else { return nil }
    index = above - 1
  }

  /// The least height, in pixels.
  public var lowerBound: Double { Self.edges[index] }
  /// The height, in pixels, that all heights of the class are below; infinite for the last.
  public var upperBound: Double { Self.edges[index + 1] }

  public static func < (a: HeightClass, b: HeightClass) -> Bool { a.index < b.index }
}
