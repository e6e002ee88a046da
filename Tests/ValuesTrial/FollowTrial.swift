import Foundation
public import Gray
import Values

/// Moves pictures by known ways, in other light and with noise, and looks how well the movement is
/// found again.
public struct FollowTrial {
  /// What came of pictures of one kind.
  public struct Outcome: Sendable {
    /// Pairs of pictures.
    public var pairs = 0
    /// Pairs for which a movement was told.
    public var told = 0
    /// The greatest errors of what was told within a picture, in pixels at a width of 320.
    public var errors: [Double] = []

    /// The error that a share of all stay below.
    public func error(of share: Double) -> Double {
      guard !errors.isEmpty else { return 0 }
      return errors.sorted()[min(errors.count - 1, Int(share * Double(errors.count)))]
    }
  }

  /// The ways in which pairs of pictures differ.
  public enum Change: String, CaseIterable, Sendable {
    /// Up to 5 % of the width and 3 degrees.
    case within = "moved within 5 % and 3 degrees"
    /// 7 to 15 % of the width.
    case beyond = "moved by 7 to 15 %"
    /// 5 to 10 degrees.
    case turned = "turned by 5 to 10 degrees"
    /// Another photograph, half of all further on.
    case other = "another picture"
  }

  private var generator: SystemNumbers

  public init(seed: UInt64 = 1) { generator = SystemNumbers(state: seed | 1) }

  /// What comes of all photographs, `times` each.
  public mutating func run(
    on photographs: [GrayImage], _ change: Change, times: Int
  ) -> Outcome {
    var outcome = Outcome()
    for (index, photograph) in photographs.enumerated() {
      let still = Self.shot(of: photograph, .none)
      guard let follower = PictureFollower(reference: still) else { continue }
      for _ in 0..<times {
        let motion = motion(change)
        let other =
          change == .other
          ? photographs[(index + photographs.count / 2) % photographs.count] : photograph
        var picture = Self.shot(of: other, motion)
        relight(&picture)
        outcome.pairs += 1
        guard let found = follower.motion(to: picture) else { continue }
        outcome.told += 1
        outcome.errors.append(Self.error(of: found, motion))
      }
    }
    return outcome
  }

  /// Milliseconds of each of `count` searches.
  public mutating func times(on photograph: GrayImage, count: Int) -> [Double] {
    guard let follower = PictureFollower(reference: Self.shot(of: photograph, .none)) else {
      return []
    }
    let clock = ContinuousClock()
    return (0..<count).map { _ in
      var picture = Self.shot(of: photograph, motion(.within))
      relight(&picture)
      let time = clock.measure { _ = follower.motion(to: picture) }
      return Double(time.components.attoseconds) / 1e15 + Double(time.components.seconds) * 1e3
    }
  }

  private mutating func motion(_ change: Change) -> PictureMotion {
    let turn = generator.number(in: -1...1) * PictureMotion.widest
    switch change {
    case .within, .other:
      return PictureMotion(
        x: generator.number(in: -1...1) * PictureMotion.farthest,
        y: generator.number(in: -1...1) * PictureMotion.farthest, angle: turn)
    case .beyond:
      let direction = generator.number(in: 0...(2 * .pi))
      let distance = generator.number(in: 0.07...0.15) * 1.42
      return PictureMotion(
        x: distance * cos(direction), y: distance * sin(direction), angle: turn)
    case .turned:
      let sign: Double = generator.number(in: -1...1) < 0 ? -1 : 1
      return PictureMotion(
        x: generator.number(in: -1...1) * PictureMotion.farthest / 2, y: 0,
        angle: sign * generator.number(in: 5...10) * .pi / 180)
    }
  }

  /// The middle of a photograph as a moved camera sees it, 320 pixels wide: what comes into view is
  /// the photograph's, too.
  private static func shot(of photograph: GrayImage, _ motion: PictureMotion) -> GrayImage {
    let width = 320
    let height = max(32, min(480, width * photograph.height / photograph.width))
    let scale = 0.8 * Double(photograph.width) / Double(width)
    var picture = GrayImage(width: width, height: height)
    let (cosine, sine) = (cos(motion.angle), sin(motion.angle))
    for y in 0..<height {
      for x in 0..<width {
        let column = Double(x) + 0.5 - Double(width) / 2 - motion.x * Double(width)
        let row = Double(y) + 0.5 - Double(height) / 2 - motion.y * Double(width)
        let u = (column * cosine + row * sine) * scale + Double(photograph.width) / 2 - 0.5
        let v = (row * cosine - column * sine) * scale + Double(photograph.height) / 2 - 0.5
        picture.pixels[y * width + x] = photograph.sample(u, v)
      }
    }
    return picture
  }

  /// Another strength, contrast and direction of the light, a reflection, and noise.
  private mutating func relight(_ picture: inout GrayImage) {
    let gain = generator.number(in: 0.45...1.15)
    let lift = generator.number(in: -20...30)
    let slope = (generator.number(in: -0.5...0.5), generator.number(in: -0.5...0.5))
    let spot = (generator.number(in: 0...1), generator.number(in: 0...1))
    let glare = generator.number(in: 0...150)
    let noise = generator.number(in: 2...8)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let (u, v) = (Double(x) / Double(picture.width), Double(y) / Double(picture.height))
        let distance = (u - spot.0) * (u - spot.0) + (v - spot.1) * (v - spot.1)
        let light = gain * (1 + slope.0 * (u - 0.5) + slope.1 * (v - 0.5))
        let at = y * picture.width + x
        let value =
          Double(picture.pixels[at]) * light + lift + glare * exp(-distance / 0.01)
          + noise * generator.normal()
        picture.pixels[at] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
  }

  /// The greatest error of a movement at four places of a picture, in pixels at a width of 320.
  private static func error(of found: PictureMotion, _ truth: PictureMotion) -> Double {
    func end(_ motion: PictureMotion, _ x: Double, _ y: Double) -> (Double, Double) {
      let (cosine, sine) = (cos(motion.angle), sin(motion.angle))
      return (x * cosine - y * sine + motion.x, x * sine + y * cosine + motion.y)
    }
    return [(-0.35, -0.25), (0.35, -0.25), (-0.35, 0.25), (0.35, 0.25)].map { x, y in
      let (a, b) = (end(found, x, y), end(truth, x, y))
      return 320 * hypot(a.0 - b.0, a.1 - b.1)
    }.max() ?? 0
  }
}

extension GrayImage {
  /// The value between pixels; the edge goes on beyond it.
  fileprivate func sample(_ x: Double, _ y: Double) -> UInt8 {
    let column = min(max(x, 0), Double(width - 1))
    let row = min(max(y, 0), Double(height - 1))
    let (left, top) = (min(Int(column), max(width - 2, 0)), min(Int(row), max(height - 2, 0)))
    let (fx, fy) = (column - Double(left), row - Double(top))
    func pixel(_ x: Int, _ y: Int) -> Double {
      Double(pixels[min(y, height - 1) * width + min(x, width - 1)])
    }
    let above = pixel(left, top) * (1 - fx) + pixel(left + 1, top) * fx
    let below = pixel(left, top + 1) * (1 - fx) + pixel(left + 1, top + 1) * fx
    return UInt8(min(max((above * (1 - fy) + below * fy).rounded(), 0), 255))
  }
}

/// Numbers that repeat by their seed.
struct SystemNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_F491_4F6C_DD1D
  }

  mutating func number(in range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &self)
  }

  /// Mean 0, deviation 1.
  mutating func normal() -> Double {
    (0..<4).reduce(0) { sum, _ in sum + number(in: -1...1) } * 0.866
  }
}
