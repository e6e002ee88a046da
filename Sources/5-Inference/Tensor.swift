/// The values of a grid in a workspace, and the loops that need no kernel.
struct Tensor {
  let grid: Grid
  /// Values of the first patch.
  let values: UnsafeMutablePointer<Int16>

  init(_ grid: Grid, _ workspace: UnsafeMutablePointer<Int16>, slot: Int = 0) {
    self.grid = grid
    values = workspace + (grid.offset &+ slot &* grid.slot)
  }

  private init(grid: Grid, values: UnsafeMutablePointer<Int16>) {
    self.grid = grid
    self.values = values
  }

  /// The tensor in another of the patches that run at once.
  func patch(_ number: Int) -> Tensor {
    Tensor(grid: grid, values: values + number &* grid.slot)
  }

  /// The channels of a place.
  func place(_ y: Int, _ x: Int) -> UnsafeMutablePointer<Int16> { values + grid.index(y, x) }

  /// Replaces each place by four; the second row is a copy of the first.
  func upsample(to: Tensor) {
    let channels = grid.shape.channels
    for y in 0..<grid.shape.height {
      let source = place(y, 0)
      let row = to.place(2 &* y, 0)
      for x in 0..<grid.shape.width {
        let place = source + x &* channels
        let target = row + 2 &* x &* channels
        target.update(from: place, count: channels)
        (target + channels).update(from: place, count: channels)
      }
      to.place(2 &* y &+ 1, 0).update(from: row, count: to.grid.shape.width &* channels)
    }
  }

  /// Puts the channels of another tensor behind this one's.
  func concatenate(_ other: Tensor, to: Tensor) {
    let (mine, its) = (grid.shape.channels, other.grid.shape.channels)
    for y in 0..<to.grid.shape.height {
      let (a, b) = (place(y, 0), other.place(y, 0))
      let target = to.place(y, 0)
      for x in 0..<to.grid.shape.width {
        let place = target + x &* (mine &+ its)
        place.update(from: a + x &* mine, count: mine)
        (place + mine).update(from: b + x &* its, count: its)
      }
    }
  }
}

extension Layer {
  /// Replaces each value by its result in a table. `results` are centred.
  func look(up results: UnsafePointer<Int16>, from: Tensor, to: Tensor) {
    let row = input.width &* input.channels
    let offset = inputQuantization.zeroPoint &+ 128
    for y in 0..<input.height {
      let source = from.place(y, 0)
      let target = to.place(y, 0)
      for i in 0..<row { target[i] = results[Int(source[i]) &+ offset] }
    }
  }

  /// Runs only at a network's end, so neither tensor has padding.
  func softmax(_ powers: UnsafePointer<Int32>, from: Tensor, to: Tensor) {
    let labels = input.channels
    let zeroPoint = outputQuantization.zeroPoint
    for first in Swift.stride(from: 0, to: input.count, by: labels) {
      let source = from.values + first
      let target = to.values + first
      var greatest = Int16.min
      for i in 0..<labels { greatest = max(greatest, source[i]) }
      var sum: Int64 = 0
      for i in 0..<labels { sum &+= Softmax.term(powers[Int(greatest &- source[i])]) }
      let softmax = Softmax(sum: sum)
      for i in 0..<labels {
        let probability = softmax.probability(powers[Int(greatest &- source[i])])
        target[i] = Int16(truncatingIfNeeded: probability &- zeroPoint)
      }
    }
  }

  /// Runs a pool that isn't fused. Padding doesn't take part.
  func pool(from: Tensor, to: Tensor) {
    let channels = input.channels
    let zeroPoint = inputQuantization.zeroPoint
    for y in 0..<output.height {
      let top = y &* stride.height &- paddingTop
      let rows = max(top, 0)..<min(top &+ kernel.height, input.height)
      for x in 0..<output.width {
        let left = x &* stride.width &- paddingLeft
        let columns = max(left, 0)..<min(left &+ kernel.width, input.width)
        let target = to.place(y, x)
        for c in 0..<channels {
          var greatest = Int16.min
          var sum = 0
          for row in rows {
            for column in columns {
              let value = from.values[from.grid.index(row, column) &+ c]
              greatest = max(greatest, value)
              sum &+= Int(value)
            }
          }
          if kind == .averagePool {
            let count = rows.count &* columns.count
            greatest = Int16(roundedMean(sum &+ count &* zeroPoint, count) &- zeroPoint)
          }
          target[c] = greatest
        }
      }
    }
  }
}

/// The mean of int8 values as TensorFlow Lite Micro rounds it: halves away from 0.
func roundedMean(_ sum: Int, _ count: Int) -> Int {
  (sum > 0 ? sum + count / 2 : sum - count / 2) / count
}
