import Glibc
public import Gray

/// Finds how far a camera has moved since its reference picture was taken.
///
/// Both pictures are made small and evened out, so that neither light nor contrast count. The
/// movement is searched for among all shifts and a few turns of a still smaller picture, and then
/// refined by least squares at the places where the reference picture has edges.
public struct PictureFollower: Sendable {
  /// How well a movement explains a picture.
  public struct Match: Sendable, Equatable {
    public var motion: PictureMotion
    /// The correlation of the two pictures at that movement: 1 for the same picture, 0 for another.
    public var correlation: Double
    /// How much better it fits than any movement that is clearly another one, 0...1.
    public var lead: Double
  }

  /// The least correlation and lead of a movement that is believed. Measured by
  /// `scripts/measure/values/follow`.
  public static let leastCorrelation = 0.5
  public static let leastLead = 0.1

  /// Columns of the picture in which movements are refined; they are searched for in its half.
  private static let fineWidth = 96
  /// The greatest shift that is searched for, in columns of the coarse picture; a little more than
  /// is followed, so that what lies beyond is not taken for what lies just within.
  private static let reach = 4
  /// Turns that are searched for, in degrees.
  private static let turns = [-4.5, -3, -1.5, 0, 1.5, 3, 4.5]
  /// Places of the reference picture that are compared.
  private static let mostPoints = 2_500
  private static let steps = 12

  /// The picture that movements are told from.
  let reference: GrayImage
  private let coarse: [(angle: Double, plane: EvenPlane)]
  private let points: [Point]
  private let height: Int
  /// The inverse of the normal equations' matrix, row by row.
  private let inverse: [Float]

  /// A place of the reference picture with an edge.
  private struct Point: Sendable {
    /// From the middle, in columns of the fine picture.
    var x: Float
    var y: Float
    var value: Float
    /// What a shift right, a shift down and a turn add to the value.
    var slopes: SIMD4<Float>
  }

  /// Nil for a picture in which there is nothing to follow.
  public init?(reference: GrayImage) {
    let fine = EvenPlane(reference, width: Self.fineWidth)
    guard let fine else { return nil }
    self.reference = reference
    height = fine.height
    let small = fine.halved()
    coarse = Self.turns.map { degrees in
      let angle = degrees * Double.pi / 180
      return (angle, small.turned(by: angle))
    }
    points = Self.points(of: fine)
    guard points.count >= 40 else { return nil }
    var normal = [Float](repeating: 0, count: 9)
    for point in points {
      for row in 0..<3 {
        for column in 0..<3 { normal[3 * row + column] += point.slopes[row] * point.slopes[column] }
      }
    }
    guard let inverse = Self.inverse(normal) else { return nil }
    self.inverse = inverse
  }

  /// The movement; nil where the camera was moved further than is followed, or the picture doesn't
  /// tell.
  public func motion(to picture: GrayImage) -> PictureMotion? {
    guard let match = match(with: picture), match.correlation >= Self.leastCorrelation,
      match.lead >= Self.leastLead
    else { return nil }
    let motion = match.motion
    // What is found is a little off.
    let slack = 1.1
    guard max(abs(motion.x), abs(motion.y)) <= slack * PictureMotion.farthest,
      abs(motion.angle) <= slack * PictureMotion.widest
    else { return nil }
    return motion
  }

  /// The movement that explains a picture best; nil for a picture without content or of another
  /// shape.
  public func match(with picture: GrayImage) -> Match? {
    guard let fine = EvenPlane(picture, width: Self.fineWidth), abs(fine.height - height) <= 1
    else { return nil }
    let scores = search(in: fine.halved())
    guard let best = scores.max(by: { $0.score < $1.score }) else { return nil }
    let other = scores.filter { max(abs($0.x - best.x), abs($0.y - best.y)) >= 3 }.map(\.score)
      .max()
    let tried = scores.filter { $0.score >= best.score - 0.1 * abs(best.score) }
      .sorted { $0.score > $1.score }.prefix(3)
    let refined = tried.map { start in
      refine(
        SIMD4(Float(2 * start.x), Float(2 * start.y), Float(start.angle), 0), in: fine)
    }
    guard let (place, correlation) = refined.max(by: { $0.1 < $1.1 }) else { return nil }
    let width = Double(Self.fineWidth)
    return Match(
      motion: PictureMotion(
        x: Double(place[0]) / width, y: Double(place[1]) / width, angle: Double(place[2])),
      correlation: Double(correlation), lead: Double(best.score - (other ?? 0)))
  }

  private struct Score {
    var x: Int
    var y: Int
    var angle: Double
    var score: Float
  }

  /// The correlations of all movements that are searched for, in the coarse picture.
  private func search(in picture: EvenPlane) -> [Score] {
    let reach = Self.reach
    let width = picture.width - 2 * reach
    let height = min(coarse[0].plane.height, picture.height) - 2 * reach
    guard width > 8, height > 8 else { return [] }
    let own = coarse.map { $0.plane.energy(x: reach, y: reach, width, height) }
    var scores: [Score] = []
    scores.reserveCapacity(coarse.count * (2 * reach + 1) * (2 * reach + 1))
    for y in -reach...reach {
      for x in -reach...reach {
        let energy = picture.energy(x: reach + x, y: reach + y, width, height)
        for (turn, reference) in coarse.enumerated() {
          let product = picture.product(
            x: reach + x, y: reach + y, with: reference.plane, x: reach, y: reach, width, height)
          scores.append(
            Score(
              x: x, y: y, angle: reference.angle,
              score: product / max(energy * own[turn], 1e-6).squareRoot()))
        }
      }
    }
    return scores
  }

  /// The movement near `start` at which the places of the reference picture fit best, and the
  /// correlation there.
  private func refine(
    _ start: SIMD4<Float>, in picture: EvenPlane
  ) -> (place: SIMD4<Float>, correlation: Float) {
    var place = start
    for _ in 0..<Self.steps {
      var sums = SIMD4<Float>()
      let (cosine, sine) = (cosf(place[2]), sinf(place[2]))
      for point in points {
        let x = point.x * cosine - point.y * sine + place[0]
        let y = point.x * sine + point.y * cosine + place[1]
        guard let value = picture.value(x, y) else { continue }
        sums += (value - point.value) * point.slopes
      }
      var change = SIMD4<Float>()
      for row in 0..<3 {
        change[row] =
          inverse[3 * row] * sums[0] + inverse[3 * row + 1] * sums[1]
          + inverse[3 * row + 2] * sums[2]
      }
      // The change is one of the reference picture: it is taken back before the movement so far.
      place[2] -= change[2]
      let (turned, tilted) = (cosf(place[2]), sinf(place[2]))
      place[0] -= turned * change[0] - tilted * change[1]
      place[1] -= tilted * change[0] + turned * change[1]
      if abs(change[0]) + abs(change[1]) + 40 * abs(change[2]) < 0.01 { break }
    }
    var (product, energy, own): (Float, Float, Float) = (0, 0, 0)
    let (cosine, sine) = (cosf(place[2]), sinf(place[2]))
    for point in points {
      let x = point.x * cosine - point.y * sine + place[0]
      let y = point.x * sine + point.y * cosine + place[1]
      guard let value = picture.value(x, y) else { continue }
      product += value * point.value
      energy += value * value
      own += point.value * point.value
    }
    return (place, product / max(energy * own, 1e-6).squareRoot())
  }

  /// The places with the steepest slopes.
  private static func points(of plane: EvenPlane) -> [Point] {
    let (width, height) = (plane.width, plane.height)
    var points: [Point] = []
    for y in 2..<max(2, height - 2) {
      for x in 2..<max(2, width - 2) {
        let at = y * width + x
        let right = (plane.values[at + 1] - plane.values[at - 1]) / 2
        let down = (plane.values[at + width] - plane.values[at - width]) / 2
        guard right * right + down * down > 0.02 else { continue }
        let (column, row) = plane.fromMiddle(x, y)
        points.append(
          Point(
            x: column, y: row, value: plane.values[at],
            slopes: SIMD4(right, down, down * column - right * row, 0)))
      }
    }
    guard points.count > mostPoints else { return points }
    // Spread over the picture.
    let step = Double(points.count) / Double(mostPoints)
    return (0..<mostPoints).map { points[Int(Double($0) * step)] }
  }

  /// The inverse of a symmetric matrix of three rows; nil where the edges leave a direction open.
  private static func inverse(_ m: [Float]) -> [Float]? {
    let cofactors = [
      m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
      m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
      m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
    ]
    let determinant = m[0] * cofactors[0] + m[1] * cofactors[3] + m[2] * cofactors[6]
    guard determinant > 1e-3 * m[0] * m[4] * m[8], determinant > 0 else { return nil }
    return cofactors.map { $0 / determinant }
  }
}
