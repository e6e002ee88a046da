import Glibc
import Gray

/// A small picture without its light: each pixel less the mean around it, in units of the contrast
/// around it.
struct EvenPlane: Sendable {
  let width: Int
  let height: Int
  let values: [Float]

  /// Pixels to each side that count as around a pixel.
  private static let radius = 6
  /// Contrast, in gray levels, below which there is nothing but noise.
  private static let noise: Float = 4

  private init(width: Int, height: Int, values: [Float]) {
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// Nil for a picture too small or too long to be made `width` pixels wide.
  init?(_ picture: GrayImage, width: Int) {
    guard picture.width >= 32, picture.height >= 24, picture.height <= 4 * picture.width else {
      return nil
    }
    self.width = width
    height = max(24, (picture.height * width + picture.width / 2) / picture.width)
    values = Self.evened(Self.means(of: picture, width, height), width, height)
  }

  /// The mean of the pixels that each one of the small picture covers.
  private static func means(of picture: GrayImage, _ width: Int, _ height: Int) -> [Float] {
    let pixels = picture.pixels.span
    var sums = [UInt32](repeating: 0, count: width)
    var means: [Float] = []
    means.reserveCapacity(width * height)
    for row in 0..<height {
      let first = row * picture.height / height
      let last = max(first + 1, (row + 1) * picture.height / height)
      for column in 0..<width { sums[column] = 0 }
      for y in first..<last {
        let start = y * picture.width
        var from = 0
        for column in 0..<width {
          let to = max(from + 1, (column + 1) * picture.width / width)
          var sum: UInt32 = 0
          for x in from..<min(to, picture.width) { sum &+= UInt32(pixels[start &+ x]) }
          sums[column] &+= sum
          from = min(to, picture.width - 1)
        }
      }
      for column in 0..<width {
        let left = column * picture.width / width
        let right = max(left + 1, (column + 1) * picture.width / width)
        means.append(Float(sums[column]) / Float((right - left) * (last - first)))
      }
    }
    return means
  }

  private static func evened(_ light: [Float], _ width: Int, _ height: Int) -> [Float] {
    // Sums of all pixels above and left, and of their squares.
    let line = width + 1
    var sums = [Double](repeating: 0, count: line * (height + 1))
    var squares = sums
    for y in 0..<height {
      var (sum, square) = (0.0, 0.0)
      for x in 0..<width {
        let value = Double(light[y * width + x])
        sum += value
        square += value * value
        let at = (y + 1) * line + x + 1
        sums[at] = sums[at - line] + sum
        squares[at] = squares[at - line] + square
      }
    }
    var values = light
    for y in 0..<height {
      let (top, bottom) = (max(0, y - radius) * line, min(height, y + radius + 1) * line)
      for x in 0..<width {
        let (left, right) = (max(0, x - radius), min(width, x + radius + 1))
        let count = Double((bottom - top) / line * (right - left))
        func box(_ sums: [Double]) -> Double {
          (sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left])
            / count
        }
        let mean = box(sums)
        let deviation = Float(max(0, box(squares) - mean * mean).squareRoot())
        values[y * width + x] = (light[y * width + x] - Float(mean)) / (deviation + noise)
      }
    }
    return values
  }

  func halved() -> EvenPlane {
    let (halfWidth, halfHeight) = (width / 2, height / 2)
    var halves: [Float] = []
    halves.reserveCapacity(halfWidth * halfHeight)
    for y in 0..<halfHeight {
      for x in 0..<halfWidth {
        let at = 2 * y * width + 2 * x
        halves.append(
          (values[at] + values[at + 1] + values[at + width] + values[at + width + 1]) / 4)
      }
    }
    return EvenPlane(width: halfWidth, height: halfHeight, values: halves)
  }

  /// The plane as a camera sees it that makes its content turn by `angle`.
  func turned(by angle: Double) -> EvenPlane {
    guard angle != 0 else { return self }
    let (cosine, sine) = (Float(cos(angle)), Float(sin(angle)))
    var turned = values
    for y in 0..<height {
      for x in 0..<width {
        let (column, row) = fromMiddle(x, y)
        turned[y * width + x] =
          value(column * cosine + row * sine, row * cosine - column * sine) ?? 0
      }
    }
    return EvenPlane(width: width, height: height, values: turned)
  }

  /// The sum of the squares in a part of the plane.
  func energy(x: Int, y: Int, _ columns: Int, _ rows: Int) -> Float {
    product(x: x, y: y, with: self, x: x, y: y, columns, rows)
  }

  /// The sum of the products of a part of the plane and a part of another one.
  ///
  /// - Precondition: both parts lie in their planes.
  func product(
    x: Int, y: Int, with other: EvenPlane, x otherX: Int, y otherY: Int, _ columns: Int,
    _ rows: Int
  ) -> Float {
    precondition(
      x >= 0 && y >= 0 && x + columns <= width && y + rows <= height && otherX >= 0 && otherY >= 0
        && otherX + columns <= other.width && otherY + rows <= other.height)
    return values.withUnsafeBytes { a in
      other.values.withUnsafeBytes { b in
        var lanes = SIMD8<Float>()
        var rest: Float = 0
        for row in 0..<rows {
          let (left, right) = ((y + row) * width + x, (otherY + row) * other.width + otherX)
          var column = 0
          while column &+ 8 <= columns {
            lanes +=
              a.loadUnaligned(fromByteOffset: 4 &* (left &+ column), as: SIMD8<Float>.self)
              * b.loadUnaligned(fromByteOffset: 4 &* (right &+ column), as: SIMD8<Float>.self)
            column &+= 8
          }
          while column < columns {
            rest +=
              a.loadUnaligned(fromByteOffset: 4 &* (left &+ column), as: Float.self)
              * b.loadUnaligned(fromByteOffset: 4 &* (right &+ column), as: Float.self)
            column &+= 1
          }
        }
        return lanes.sum() + rest
      }
    }
  }

  /// The place of a pixel's middle, from the middle of the plane.
  func fromMiddle(_ x: Int, _ y: Int) -> (x: Float, y: Float) {
    (Float(x) + 0.5 - Float(width) / 2, Float(y) + 0.5 - Float(height) / 2)
  }

  /// The value at a place from the middle; nil outside.
  @inline(__always)
  func value(_ x: Float, _ y: Float) -> Float? {
    let column = x + Float(width) / 2 - 0.5
    let row = y + Float(height) / 2 - 0.5
    guard column >= 0, row >= 0, column < Float(width - 1), row < Float(height - 1) else {
      return nil
    }
    let (left, top) = (Int(column), Int(row))
    let (fx, fy) = (column - Float(left), row - Float(top))
    let at = top &* width &+ left
    let above = values[at] * (1 - fx) + values[at &+ 1] * fx
    let below = values[at &+ width] * (1 - fx) + values[at &+ width &+ 1] * fx
    return above * (1 - fy) + below * fy
  }
}
