package import Binary
import Foundation
import Gray

/// A line of text, straightened, brought to one size and freed of light and polarity.
///
/// `LineStrip.height` rows; the tops of the tallest characters lie on `topRow`, the baseline on
/// `baseRow`. Values are ink coverage: 0 paper, 255 ink, whatever the print's polarity. The grays of
/// the camera are kept: what a blurred edge says about its place is lost once it is black or white.
package struct LineStrip: Sendable {
  package static let height = 48
  package static let topRow = 10.0
  package static let baseRow = 34.0
  /// Blank columns before and after the ink.
  package static let margin = 20
  /// Longer lines are cut off.
  package static let maximumWidth = 4096

  package let line: TextLine
  package let width: Int
  package var coverage: [UInt8]
  /// Strip pixels per working pixel.
  package let scale: Double
  /// How far the ink's brightness is from the paper's: the logarithm of their ratio, positive.
  package private(set) var contrast = 0.0
  private let originX: Double
  private let originY: Double
  private let cosine: Double
  private let sine: Double

  /// Samples the line out of the working image.
  package init(_ line: TextLine, in binarization: Binarization, pyramid: GrayPyramid) {
    self.line = line
    scale = (LineStrip.baseRow - LineStrip.topRow) / line.height
    let length = (1 + line.slope * line.slope).squareRoot()
    cosine = 1 / length
    sine = line.slope / length
    let extent = (line.end - line.start) * length * scale
    width = min(LineStrip.maximumWidth, Int(extent.rounded(.up)) + 2 * LineStrip.margin)
    originX = line.start
    originY = line.baseline(at: line.start)
    coverage = [UInt8](repeating: 0, count: width * LineStrip.height)

    let samples = sample(pyramid)
    let ink = inkMask(binarization.ink(line.polarity))
    normalize(samples, ink: ink, lightOnDark: line.polarity == .lightOnDark)
  }

  /// The working image's point under a strip position.
  package func imagePoint(column: Double, row: Double) -> (x: Double, y: Double) {
    let along = (column - Double(LineStrip.margin)) / scale
    let down = (row - LineStrip.baseRow) / scale
    return (originX + along * cosine - down * sine, originY + along * sine + down * cosine)
  }

  /// The upright bounds, in the working image, of some ink of the strip.
  package func imageBounds(of runs: [Run]) -> Bounds {
    var bounds = Bounds()
    // The outline of a half-covered edge runs through the middle of its pixels.
    for run in runs {
      bounds.include(imagePoint(column: Double(run.start), row: Double(run.y)))
      bounds.include(imagePoint(column: Double(run.end) - 1, row: Double(run.y)))
    }
    let half = 0.5 / scale + 0.5
    return Bounds(
      minX: bounds.minX - half + 0.5, minY: bounds.minY - half + 0.5,
      maxX: bounds.maxX + half + 0.5, maxY: bounds.maxY + half + 0.5)
  }

  // MARK: Sampling

  private func sample(_ pyramid: GrayPyramid) -> [Float] {
    let level = pyramid.level(forScale: scale)
    let image = pyramid.levels[level]
    let shrink = 1 / Double(1 << level)
    let stepX = cosine / scale * shrink
    let stepY = sine / scale * shrink
    var samples = [Float](repeating: 0, count: width * LineStrip.height)
    let maxX = Float(image.width - 1)
    let maxY = Float(image.height - 1)
    let stride = image.width
    image.pixels.withUnsafeBufferPointer { p in
      for row in 0..<LineStrip.height {
        let start = imagePoint(column: 0, row: Double(row))
        var x = Float((start.x + 0.5) * shrink - 0.5)
        var y = Float((start.y + 0.5) * shrink - 0.5)
        for column in 0..<width {
          let cx = min(max(x, 0), maxX)
          let cy = min(max(y, 0), maxY)
          let x0 = Int(cx)
          let y0 = Int(cy)
          let x1 = min(x0 &+ 1, image.width &- 1)
          let y1 = min(y0 &+ 1, image.height &- 1)
          let fx = cx - Float(x0)
          let fy = cy - Float(y0)
          let top = Float(p[y0 &* stride &+ x0]) * (1 - fx) + Float(p[y0 &* stride &+ x1]) * fx
          let bottom = Float(p[y1 &* stride &+ x0]) * (1 - fx) + Float(p[y1 &* stride &+ x1]) * fx
          samples[row &* width &+ column] = top * (1 - fy) + bottom * fy
          x += Float(stepX)
          y += Float(stepY)
        }
      }
    }
    return samples
  }

  private func inkMask(_ ink: BinaryImage) -> [UInt8] {
    var mask = [UInt8](repeating: 0, count: width * LineStrip.height)
    for row in 0..<LineStrip.height {
      for column in 0..<width {
        let point = imagePoint(column: Double(column), row: Double(row))
        let x = Int(point.x + 0.5)
        let y = Int(point.y + 0.5)
        guard x >= 0, y >= 0, x < ink.width, y < ink.height else { continue }
        mask[row &* width &+ column] = ink.pixels[y &* ink.width &+ x]
      }
    }
    return mask
  }

  // MARK: Light

  /// Divides the paper's light out and scales by the ink's contrast.
  private mutating func normalize(_ samples: [Float], ink: [UInt8], lightOnDark: Bool) {
    let paper = paperLevel(samples, ink: ink)
    var contrast = [Float](repeating: 0, count: samples.count)
    for i in samples.indices {
      let ratio = samples[i] / max(paper[i], 4)
      contrast[i] = lightOnDark ? ratio - 1 : 1 - ratio
    }
    let overall = overallContrast(contrast, ink: ink)
    self.contrast = Double(lightOnDark ? log(1 + overall) : -log(1 - min(overall, 0.99)))
    let full = inkContrast(contrast, ink: ink, overall: overall)
    for row in 0..<LineStrip.height {
      for column in 0..<width {
        let value = contrast[row &* width &+ column] / full[column]
        coverage[row &* width &+ column] = UInt8(max(0, min(255, value * 255)))
      }
    }
  }

  /// Mean brightness of the paper around each pixel; ink and its edges do not count.
  private func paperLevel(_ samples: [Float], ink: [UInt8]) -> [Float] {
    let width = width
    let height = LineStrip.height
    let spread = 2
    // Summed areas of the brightness and of the count of paper pixels.
    let stride = width + 1
    var sums = [Float](repeating: 0, count: stride * (height + 1))
    var counts = [Int32](repeating: 0, count: stride * (height + 1))
    var dilated = [UInt8](repeating: 0, count: ink.count)
    for row in 0..<height {
      for column in 0..<width where ink[row &* width &+ column] != 0 {
        for y in max(0, row - spread)...min(height - 1, row + spread) {
          for x in max(0, column - spread)...min(width - 1, column + spread) {
            dilated[y &* width &+ x] = 1
          }
        }
      }
    }
    for row in 0..<height {
      var sum: Float = 0
      var count: Int32 = 0
      for column in 0..<width {
        if dilated[row &* width &+ column] == 0 {
          sum += samples[row &* width &+ column]
          count &+= 1
        }
        sums[(row &+ 1) &* stride &+ column &+ 1] = sums[row &* stride &+ column &+ 1] + sum
        counts[(row &+ 1) &* stride &+ column &+ 1] =
          counts[row &* stride &+ column &+ 1] &+ count
      }
    }
    let total = counts[counts.count - 1]
    let overall = total > 0 ? sums[sums.count - 1] / Float(total) : (samples.max() ?? 255)
    var level = [Float](repeating: overall, count: samples.count)
    for row in 0..<height {
      for column in 0..<width {
        for radius in [10, 24] {
          let top = max(0, row - radius)
          let bottom = min(height, row + radius + 1)
          let left = max(0, column - radius)
          let right = min(width, column + radius + 1)
          let n =
            counts[bottom * stride + right] - counts[top * stride + right]
            - counts[bottom * stride + left] + counts[top * stride + left]
          guard n >= 40 else { continue }
          let sum =
            sums[bottom * stride + right] - sums[top * stride + right]
            - sums[bottom * stride + left] + sums[top * stride + left]
          level[row * width + column] = sum / Float(n)
          break
        }
      }
    }
    return level
  }

  /// The contrast of the line's full ink: four fifths of its pixels have less.
  private func overallContrast(_ contrast: [Float], ink: [UInt8]) -> Float {
    var values: [Float] = []
    for i in contrast.indices where ink[i] != 0 { values.append(contrast[i]) }
    values.sort()
    return max(0.02, values.isEmpty ? 1 : values[values.count * 8 / 10])
  }

  /// The contrast of full ink for each column: the local maximum, held near the line's own.
  private func inkContrast(_ contrast: [Float], ink: [UInt8], overall: Float) -> [Float] {
    var peaks = [Float](repeating: 0, count: width)
    for row in 4..<(LineStrip.height - 4) {
      for column in 0..<width where ink[row &* width &+ column] != 0 {
        peaks[column] = max(peaks[column], contrast[row &* width &+ column])
      }
    }
    let radius = 30
    var full = [Float](repeating: overall, count: width)
    for column in 0..<width {
      var sum: Float = 0
      var weight: Float = 0
      for x in max(0, column - radius)...min(width - 1, column + radius) where peaks[x] > 0 {
        // Columns of stems count more than those of hairlines: they show the full ink.
        let w = peaks[x] * peaks[x]
        sum += w * peaks[x]
        weight += w
      }
      if weight > 0 { full[column] = min(max(sum / weight, 0.6 * overall), 1.5 * overall) }
    }
    return full
  }
}
