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
    return [UInt8](unsafeUninitializedCapacity: features.values.count) { bytes, initialized in
      features.values.withUnsafeBufferPointer { values in
        for row in 0..<rows {
          for column in 0..<columns {
            let (first, to) = (column * channels + row * part, (row * columns + column) * part)
            for i in 0..<part { bytes[to + i] = UInt8(bitPattern: values[first + i]) ^ 0x80 }
          }
        }
      }
      initialized = features.values.count
    }
  }

  /// The values of each stage for the columns of some lines, kept for the way back.
  package struct Pass {
    /// The columns of each line.
    package var lines: [Range<Int>] = []
    var columns: Int { lines.last?.upperBound ?? 0 }
    /// `inputs[i]` is taken by stage i.
    var inputs: [Stage.Input] = []
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
      let input = stage.input(values, pass.lines)
      let sums = stage.outputs(of: input, columns: pass.columns)
      pass.inputs.append(input)
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
      let back = stage.backward(pass.inputs[number], gradient, columns: pass.columns)
      result = [back.weights, back.biases] + result
      guard number > 0, let top = stages[number - 1].top else { break }
      gradient = stage.inputGradient(back, pass.inputs[number], pass.lines)
      Self.stop(&gradient, of: pass.sums[number - 1], top: top)
    }
    return result
  }

  /// Rounding passes gradients on; the ends of the range don't.
  private static func stop(_ gradient: inout [Float], of sums: [Float], top: Float) {
    gradient.withUnsafeMutableBytes { gradient in
      sums.withUnsafeBytes { sums in
        // Eight at a time, since a branch for each is seldom foreseen.
        typealias Eight = SIMD8<Float>
        let (step, size) = (MemoryLayout<Eight>.stride, MemoryLayout<Float>.stride)
        let whole = gradient.count / step * step
        for i in stride(from: 0, to: whole, by: step) {
          var values = gradient.loadUnaligned(fromByteOffset: i, as: Eight.self)
          let sum = sums.loadUnaligned(fromByteOffset: i, as: Eight.self)
          values.replace(with: 0, where: (sum .<= 0) .| (sum .>= top))
          gradient.storeBytes(of: values, toByteOffset: i, as: Eight.self)
        }
        for i in stride(from: whole, to: gradient.count, by: size) {
          let sum = sums.load(fromByteOffset: i, as: Float.self)
          if sum <= 0 || sum >= top { gradient.storeBytes(of: 0, toByteOffset: i, as: Float.self) }
        }
      }
    }
  }
}
