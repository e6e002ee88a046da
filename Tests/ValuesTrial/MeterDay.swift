import Board
public import Foundation
public import Gray
import Images
import Inference
import Synchronization
import Text
public import Values

/// Hours of a water meter, drawn, read and judged: what is said to be good, and what of it is
/// right.
public struct MeterDay: Sendable {
  public let hours: Double
  /// Seconds from image to image.
  public let interval: Double
  public let seed: UInt64

  public init(hours: Double = 24, interval: Double = 10, seed: UInt64 = 1) {
    (self.hours, self.interval, self.seed) = (hours, interval, seed)
  }

  /// The field as a person would describe it.
  public static var field: Field {
    var field = Field(name: "water", box: MeterScene.box)
    (field.digits, field.decimals, field.unit) = (MeterScene.drums, MeterScene.decimals, "m³")
    field.limits.grows = true
    field.limits.mostPerHour = 1.5
    return field
  }

  /// Ways of judging the same readings.
  public enum Way: String, CaseIterable, Sendable {
    case all = "all"
    case still = "without following the camera"
    case whole = "without reading the field's own box"
    case alone = "without plausibility: each picture by itself"
    case bare = "without plausibility, any confidence"

    func focus(_ reference: GrayImage) throws -> FieldFocus {
      var field = MeterDay.field
      if self == .bare { field.limits.confidence = 0 }
      return try FieldFocus(
        [field], size: PictureSize(width: reference.width, height: reference.height),
        follower: self == .still ? nil : PictureFollower(reference: reference))
    }

    /// Whether values are judged by those before.
    var keepsHistory: Bool { self != .alone && self != .bare }
  }

  /// What came of the images of a day.
  public struct Outcome: Sendable {
    public var images = 0
    public var rightAndGood = 0
    public var wrongAndGood = 0
    /// Values that weren't good, by reason, and how many of them were right.
    public var marked: [FieldValue.Reason: (all: Int, right: Int)] = [:]
    /// Good values that were given up.
    public var losses = 0
    /// What was wrong and good: the image, the count and the value.
    public var wrong: [String] = []

    mutating func add(_ value: FieldValue, count: Double, image: Int) {
      images += 1
      let isRight = MeterDay.isRight(value.number, count: count)
      guard let reason = value.reason else {
        if isRight {
          rightAndGood += 1
        } else {
          wrongAndGood += 1
          wrong.append("image \(image): \(value.text) at \(count)")
        }
        return
      }
      marked[reason, default: (0, 0)].all += 1
      if isRight { marked[reason, default: (0, 0)].right += 1 }
    }
  }

  /// Whether a value is less than a step of the last drum away from the drums.
  static func isRight(_ number: ValueNumber?, count: Double) -> Bool {
    guard let number, number.decimals == MeterScene.decimals else { return false }
    return abs(Double(number.digits) - count) < 1
  }

  /// Draws, reads and judges the day.
  ///
  /// - Parameters:
  ///   - models: the folder of the models.
  ///   - show: told the share that is done.
  /// - Returns: an outcome a way of judging.
  /// - Throws: an error of a model or of a font.
  public func run(
    models: URL, show: @Sendable (Double) -> Void = { _ in }
  ) throws -> [(way: Way, outcome: Outcome)] {
    func load(_ name: String) throws -> Model {
      try ModelStore.load(models.appending(path: name).path)
    }
    let reader = try TextReader(
      TextReader.Models(
        line: load("line"), quick: load("line-quick"), finder: load("finder"),
        aligner: load("aligner"), drum: load("drum")))
    let scene = try MeterScene()
    let moments = self.moments()
    let reference = camera(moments[0]).shoot(
      Scene(sheet: scene.sheet(at: moments[0].count, movedBy: (0, 0))), number: 0, seed: seed)
    let followed = try Way.all.focus(reference)
    let still = try Way.still.focus(reference)
    let ways = try Way.allCases.map { way in
      (way: way, values: ValueReader(try way.focus(reference), keepsHistory: way.keepsHistory))
    }
    var judges = ways.map { (values: $0.values, outcome: Outcome()) }
    let lanes = max(1, ProcessInfo.processInfo.activeProcessorCount)
    let readers = Mutex([TextReader](repeating: reader, count: lanes))
    var next = 0
    while next < moments.count {
      let part = next..<min(next + 8 * lanes, moments.count)
      let results = Mutex([Int: Seen]())
      DispatchQueue.concurrentPerform(iterations: part.count) { offset in
        let index = part.lowerBound + offset
        guard let reader = readers.withLock({ $0.popLast() }) else { return }
        let picture = draw(moments[index], scene, number: index)
        let seen = Seen(picture, by: reader, followed: followed, still: still)
        readers.withLock { $0.append(reader) }
        results.withLock { $0[index] = seen }
      }
      let read = results.withLock { $0 }
      for index in part {
        guard let seen = read[index] else { continue }
        for judge in judges.indices {
          let (reading, motion) = seen[ways[judge].way]
          let values = judges[judge].values.values(
            of: reading, motion: motion, at: moments[index].time)
          judges[judge].outcome.losses += judges[judge].values.losses.count
          for value in values {
            judges[judge].outcome.add(value, count: moments[index].count, image: index)
          }
        }
      }
      next = part.upperBound
      show(Double(next) / Double(moments.count))
    }
    return zip(ways, judges).map { ($0.way, $1.outcome) }
  }

  /// What is read in a picture, and how the camera has moved.
  private struct Seen {
    private let whole: Reading
    private let followed: (Reading, PictureMotion?)
    private let still: Reading

    init?(_ picture: GrayImage, by reader: TextReader, followed: FieldFocus, still: FieldFocus) {
      var reader = reader
      whole = reader.reading(of: picture)
      let known = KnownReader(reader: reader, size: (picture.width, picture.height), whole: whole)
      var (first, second) = (FocusedReader(known, for: followed), FocusedReader(known, for: still))
      guard let reading = try? first.reading(of: picture),
        let other = try? second.reading(of: picture)
      else { return nil }
      self.followed = (reading, first.motion)
      self.still = other
    }

    subscript(way: Way) -> (Reading, PictureMotion?) {
      switch way {
      case .all, .alone, .bare: followed
      case .still: (still, PictureMotion.none)
      case .whole: (whole, followed.1)
      }
    }
  }

  /// Reads parts of a picture whose reading is known.
  private struct KnownReader: GrayReader {
    var reader: TextReader
    let size: (width: Int, height: Int)
    let whole: Reading

    mutating func reading(of gray: GrayImage) -> Reading {
      (gray.width, gray.height) == size ? whole : reader.reading(of: gray)
    }

    mutating func glance(at gray: GrayImage) -> Reading? { nil }
  }
}

extension MeterDay {
  /// The picture at a share of the day.
  ///
  /// - Throws: an error of a font.
  public func picture(at share: Double) throws -> GrayImage {
    let moments = self.moments()
    let index = min(Int(share * Double(moments.count)), moments.count - 1)
    return draw(moments[index], try MeterScene(), number: index)
  }
}

extension MeterDay.Outcome {
  /// All images of which the value was marked.
  public var markedImages: Int { marked.values.reduce(0) { $0 + $1.all } }
}

// The day's events.
extension MeterDay {
  /// What is before the camera when an image is taken.
  struct Moment: Sendable {
    /// Nanoseconds since 1970.
    var time: UInt64
    /// In steps of the last drum.
    var count: Double
    var shift: (x: Int, y: Int)
    var noise: Double
    var contrast: Double
    var turn: Double
    /// A reflection: its middle, its size in pixels and its strength in gray levels.
    var glare: (x: Double, y: Double, size: Double, light: Double)?
    /// Light of the lamp, 1 where it is on.
    var light: Double
  }

  /// A cellar's day: water is drawn now and then, a tap drips for an hour, reflections pass, the
  /// lamp is off for a while, and the camera is nudged twice.
  func moments() -> [Moment] {
    var generator = SystemNumbers(state: seed &* 0x9E37_79B9_7F4A_7C15 | 1)
    let images = Int(hours * 3600 / interval)
    var rate = [Double](repeating: 0, count: images)
    // Litres a second; bursts of 10 seconds to 6 minutes.
    for _ in 0..<max(3, Int(2.5 * hours)) {
      let start = Int(generator.number(in: 0...Double(images)))
      let length = Int(generator.number(in: 10...360) / interval) + 1
      let flow = generator.number(in: 0.03...0.2)
      for index in start..<min(start + length, images) { rate[index] = max(rate[index], flow) }
    }
    let drip = Int(0.55 * Double(images))
    for index in drip..<min(drip + images / 24, images) { rate[index] = max(rate[index], 0.004) }
    var glares = [(x: Double, y: Double, size: Double, light: Double)?](
      repeating: nil, count: images)
    for _ in 0..<max(3, Int(hours / 1.5)) {
      let start = Int(generator.number(in: 0.05...0.97) * Double(images))
      let length = Int(generator.number(in: 60...1_200) / interval)
      let (from, way) = (generator.number(in: 30...290), generator.number(in: -60...60))
      let (row, size) = (generator.number(in: 95...145), generator.number(in: 6...26))
      let light = generator.number(in: 40...230)
      for index in start..<min(start + length, images) {
        let share = Double(index - start) / Double(max(length, 1))
        glares[index] = (from + way * share, row, size, light)
      }
    }
    var count = 12_349_876.1
    return (0..<images).map { index in
      let share = Double(index) / Double(images)
      count += rate[index] * interval
      let isOff = (0.8..<0.82).contains(share)
      let isNight = share < 0.25
      return Moment(
        time: 1_790_000_000_000_000_000 + UInt64(Double(index) * interval * 1e9), count: count,
        shift: share < 0.4 ? (0, 0) : share < 0.7 ? (8, -3) : (-4, 8),
        noise: isNight ? 7 : 3, contrast: isNight ? 0.4 : 0.7, turn: share < 0.7 ? 0.6 : 2,
        glare: glares[index], light: isOff ? 0.03 : 1)
    }
  }

  private func camera(_ moment: Moment) -> CameraModel {
    CameraModel(
      blur: 0.8, rotation: moment.turn, contrast: moment.contrast, noise: moment.noise)
  }

  func draw(_ moment: Moment, _ scene: MeterScene, number: Int) -> GrayImage {
    var picture = camera(moment).shoot(
      Scene(sheet: scene.sheet(at: moment.count, movedBy: moment.shift)), number: UInt64(number),
      seed: seed)
    if moment.light < 1 {
      for index in picture.pixels.indices {
        picture.pixels[index] = UInt8(Double(picture.pixels[index]) * moment.light)
      }
    }
    guard let glare = moment.glare else { return picture }
    for y in 0..<picture.height {
      let down = (Double(y) - glare.y) * (Double(y) - glare.y)
      for x in 0..<picture.width {
        let distance = (Double(x) - glare.x) * (Double(x) - glare.x) + down
        let added = glare.light * exp(-distance / (2 * glare.size * glare.size))
        let at = y * picture.width + x
        picture.pixels[at] = UInt8(min(255, Double(picture.pixels[at]) + added))
      }
    }
    return picture
  }
}
