import Inference

/// Columns of features of one line, or the one column of a character.
package struct Features: Sendable, Equatable {
  package let values: [Int8]
  package let channels: Int
  package var columns: Int { values.count / channels }

  package init(values: [Int8], channels: Int) {
    (self.values, self.channels) = (values, channels)
  }
}

extension Head {
  /// Features as the layers before give them, row by row, put together column by column.
  package func features(of values: [Int8]) -> Features {
    guard rows > 1 else { return Features(values: values, channels: channels) }
    let part = channels / rows
    let columns = values.count / channels
    var turned: [Int8] = []
    turned.reserveCapacity(values.count)
    for column in 0..<columns {
      for row in 0..<rows {
        let first = (row * columns + column) * part
        turned += values[first..<first + part]
      }
    }
    return Features(values: turned, channels: channels)
  }

  /// Features row by row again, as bytes, value + 128: what the layers of a `Model.head(of:)` take.
  package func bytes(of features: Features) -> [UInt8] {
    let (part, columns) = (channels / rows, features.columns)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(features.values.count)
    for row in 0..<rows {
      for column in 0..<columns {
        let first = column * channels + row * part
        for value in features.values[first..<first + part] {
          bytes.append(UInt8(bitPattern: value) ^ 0x80)
        }
      }
    }
    return bytes
  }

  /// The values of each stage for the columns of some lines, kept for the way back.
  package struct Pass {
    /// The columns of each line.
    package var lines: [Range<Int>] = []
    var columns: Int { lines.last?.upperBound ?? 0 }
    /// `inputs[i]` is taken by stage i: the values under all its taps, column by column.
    var inputs: [[Float]] = []
    /// Outputs of all stages but the last before rounding: where they lie in 0...top, they learn.
    var sums: [[Float]] = []
    /// `Head.labels` a column.
    package var logits: [Float] = []
  }

  /// The head's logits for lines, of which none sees another. Without rounding to the integer
  /// network's steps they have slopes, which is what gradients are checked by.
  package func forward(_ lines: [Features], isRounded: Bool = true) -> Pass {
    var pass = Pass()
    for line in lines { pass.lines.append(pass.columns..<pass.columns + line.columns) }
    var values = real(lines)
    for stage in stages {
      let gathered = stage.gathered(values, pass.lines)
      let sums = outputs(of: stage, gathered, columns: pass.columns)
      pass.inputs.append(gathered)
      guard let top = stage.top else {
        pass.logits = sums
        break
      }
      values = isRounded ? Self.rounded(sums, top: top) : sums.map { min(max($0, 0), top) }
      pass.sums.append(sums)
    }
    return pass
  }

  /// What the features of lines stand for.
  private func real(_ lines: [Features]) -> [Float] {
    let scale = input.scale
    let count = lines.reduce(0) { $0 + $1.values.count }
    return [Float](unsafeUninitializedCapacity: count) { result, initialized in
      for line in lines {
        line.values.withUnsafeBufferPointer { values in
          for i in 0..<values.count {
            result[initialized + i] = scale * (Float(values[i]) + 128)
          }
        }
        initialized += line.values.count
      }
    }
  }

  private func outputs(of stage: Stage, _ input: [Float], columns: Int) -> [Float] {
    var sums = Products.multiply(
      input, .rows, stage.weights, m: columns, k: stage.inputs, n: stage.width)
    let width = stage.width
    sums.withUnsafeMutableBufferPointer { sums in
      stage.biases.withUnsafeBufferPointer { biases in
        for first in stride(from: 0, to: sums.count, by: width) {
          for i in 0..<width { sums[first + i] += biases[i] }
        }
      }
    }
    return stage.trimmed(sums, columns: columns)
  }

  /// The values of a layer's 256 steps in 0...top.
  private static func rounded(_ sums: [Float], top: Float) -> [Float] {
    let (step, steps) = (top / 255, 255 / top)
    // Adding it takes the digits behind the point away.
    let rounder: Float = 12_582_912
    return [Float](unsafeUninitializedCapacity: sums.count) { values, initialized in
      sums.withUnsafeBufferPointer { sums in
        for i in 0..<sums.count {
          let limited = sums[i] > 0 ? (sums[i] < top ? sums[i] : top) : 0
          values[i] = (limited * steps + rounder - rounder) * step
        }
      }
      initialized = sums.count
    }
  }

  /// The gradient of all parameters, in their order, from that of the logits.
  package func backward(_ pass: Pass, _ gradient: [Float]) -> [[Float]] {
    var result: [[Float]] = []
    var gradient = gradient
    for number in stages.indices.reversed() {
      let stage = stages[number]
      let padded = stage.padded(gradient, columns: pass.columns)
      let weights = Products.multiply(
        pass.inputs[number], .columns, padded, m: stage.inputs, k: pass.columns, n: stage.width)
      result = [weights, stage.columnSums(padded)] + result
      guard number > 0, let top = stages[number - 1].top else { break }
      gradient = stage.scattered(
        inputGradient(of: stage, padded, columns: pass.columns), pass.lines)
      // Rounding passes gradients on; the ends of the range don't.
      gradient.withUnsafeMutableBufferPointer { gradient in
        pass.sums[number - 1].withUnsafeBufferPointer { sums in
          for i in 0..<gradient.count where !(sums[i] > 0 && sums[i] < top) { gradient[i] = 0 }
        }
      }
    }
    return result
  }

  /// From gradients of a stage's outputs to those of what its taps take.
  private func inputGradient(of stage: Stage, _ gradient: [Float], columns: Int) -> [Float] {
    let width = Products.padded(stage.inputs)
    var turned = [Float](repeating: 0, count: stage.width * width)
    turned.withUnsafeMutableBufferPointer { turned in
      stage.weights.withUnsafeBufferPointer { weights in
        for output in 0..<stage.width {
          for i in 0..<stage.inputs {
            turned[output * width + i] = weights[i * stage.width + output]
          }
        }
      }
    }
    let values = Products.multiply(
      gradient, .rows, turned, m: columns, k: stage.width, n: width)
    return resized(values, rows: columns, from: width, to: stage.inputs)
  }
}

extension Head.Stage {
  /// What the taps take at each column, zeros beyond a line's ends.
  fileprivate func gathered(_ values: [Float], _ lines: [Range<Int>]) -> [Float] {
    guard taps != [0] else { return values }
    var result = [Float](repeating: 0, count: values.count * taps.count)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        forEachTap(in: lines) { column, source, tap in
          let (from, to) = (source * channels, column * inputs + tap * channels)
          for i in 0..<channels { result[to + i] = values[from + i] }
        }
      }
    }
    return result
  }

  /// The way back of `gathered`: what was taken several times is added up.
  fileprivate func scattered(_ gathered: [Float], _ lines: [Range<Int>]) -> [Float] {
    guard taps != [0] else { return gathered }
    var result = [Float](repeating: 0, count: gathered.count / taps.count)
    gathered.withUnsafeBufferPointer { gathered in
      result.withUnsafeMutableBufferPointer { result in
        forEachTap(in: lines) { column, source, tap in
          let (from, to) = (column * inputs + tap * channels, source * channels)
          for i in 0..<channels { result[to + i] += gathered[from + i] }
        }
      }
    }
    return result
  }

  private func forEachTap(
    in lines: [Range<Int>], _ body: (_ column: Int, _ source: Int, _ tap: Int) -> Void
  ) {
    for line in lines {
      for column in line {
        for (tap, offset) in taps.enumerated() where line.contains(column + offset) {
          body(column, column + offset, tap)
        }
      }
    }
  }

  /// Rows without their padding.
  fileprivate func trimmed(_ values: [Float], columns: Int) -> [Float] {
    resized(values, rows: columns, from: width, to: outputs)
  }

  fileprivate func padded(_ values: [Float], columns: Int) -> [Float] {
    resized(values, rows: columns, from: outputs, to: width)
  }

  fileprivate func columnSums(_ values: [Float]) -> [Float] {
    var sums = [Float](repeating: 0, count: width)
    values.withUnsafeBufferPointer { values in
      sums.withUnsafeMutableBufferPointer { sums in
        for first in stride(from: 0, to: values.count, by: width) {
          for i in 0..<width { sums[i] += values[first + i] }
        }
      }
    }
    return sums
  }
}

/// Rows cut, or filled up with zeros.
private func resized(_ values: [Float], rows: Int, from old: Int, to new: Int) -> [Float] {
  guard old != new else { return values }
  var result = [Float](repeating: 0, count: rows * new)
  let kept = min(old, new)
  values.withUnsafeBufferPointer { values in
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<rows {
        for i in 0..<kept { result[row * new + i] = values[row * old + i] }
      }
    }
  }
  return result
}
