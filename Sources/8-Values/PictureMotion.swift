import Glibc
import Images

/// The way from a camera's reference picture to a present one, both upright: a turn about the
/// middle, then a shift.
public struct PictureMotion: Sendable, Equatable {
  /// The shift to the right and down, as shares of the picture's width.
  public var x: Double
  public var y: Double
  /// The turn in radians, clockwise as it is seen.
  public var angle: Double

  public init(x: Double = 0, y: Double = 0, angle: Double = 0) {
    (self.x, self.y, self.angle) = (x, y, angle)
  }

  /// A camera that stands as it stood.
  public static let none = PictureMotion()

  /// The greatest shift that is followed, as a share of the width.
  public static let farthest = 0.05
  /// The greatest turn that is followed: 3 degrees.
  public static let widest = 3 * Double.pi / 180
}

/// Pixels of a picture.
public struct PictureSize: Sendable, Hashable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
}

/// The place of the reference picture in a present picture, which may have another size.
struct FieldPlace {
  let motion: PictureMotion
  let reference: PictureSize
  let present: PictureSize
  private let cosine: Double
  private let sine: Double

  init(_ motion: PictureMotion, from reference: PictureSize, to present: PictureSize) {
    (self.motion, self.reference, self.present) = (motion, reference, present)
    (cosine, sine) = (cos(motion.angle), sin(motion.angle))
  }

  /// Whether the middle of a box of the present picture lies in a box of the reference picture.
  func holds(_ box: PixelBox, in field: PixelBox) -> Bool {
    let scale = Double(present.width)
    let x = (Double(box.x) + Double(box.width) / 2 - scale / 2) / scale - motion.x
    let y =
      (Double(box.y) + Double(box.height) / 2 - Double(present.height) / 2) / scale - motion.y
    let size = Double(reference.width)
    let column = (x * cosine + y * sine) * size + size / 2
    let row = (y * cosine - x * sine) * size + Double(reference.height) / 2
    return column >= Double(field.x) && column < Double(field.maxX) && row >= Double(field.y)
      && row < Double(field.maxY)
  }

  /// The box around a box of the reference picture, within the present picture.
  func box(of field: PixelBox) -> PixelBox {
    let size = Double(reference.width)
    let scale = Double(present.width)
    var (xs, ys): ([Double], [Double]) = ([], [])
    for column in [field.x, field.maxX] {
      for row in [field.y, field.maxY] {
        let x = (Double(column) - size / 2) / size
        let y = (Double(row) - Double(reference.height) / 2) / size
        xs.append((x * cosine - y * sine + motion.x) * scale + scale / 2)
        ys.append((x * sine + y * cosine + motion.y) * scale + Double(present.height) / 2)
      }
    }
    func range(_ values: [Double], _ limit: Int) -> (Int, Int) {
      let first = min(max((values.min() ?? 0).rounded(), 0), Double(max(limit - 1, 0)))
      let last = min(max((values.max() ?? 0).rounded(), first + 1), Double(max(limit, 1)))
      return (Int(first), Int(last))
    }
    let (left, right) = range(xs, present.width)
    let (top, bottom) = range(ys, present.height)
    return PixelBox(x: left, y: top, width: right - left, height: bottom - top)
  }
}
