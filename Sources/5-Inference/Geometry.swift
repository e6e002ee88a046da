internal import CKernels

/// The geometry of a layer with weights: which values of one grid make which values of the next.
struct Geometry {
  let layer: Layer
  /// Whether the maximum of 2x2 outputs is taken.
  let pooled: Bool
  /// Patches that run at once.
  let patches: Int
  let from: Grid
  let to: Grid

  /// Offsets of the inputs under a kernel's weights, from the first one's.
  var taps: [Int32] {
    (0..<layer.kernel.height).flatMap { y in
      (0..<layer.kernel.width).map { x in
        let place = y * layer.dilation.height * from.paddedWidth + x * layer.dilation.width
        return Int32(place * from.shape.channels)
      }
    }
  }

  /// Offsets of runs of neighbouring inputs with neighbouring weights: rows, unless dilated.
  var rows: [Int32] {
    guard layer.dilation.width == 1 else { return taps }
    let taps = taps
    return stride(from: 0, to: taps.count, by: layer.kernel.width).map { taps[$0] }
  }

  /// Offsets of the first input and of the result of each position of one patch.
  var positions: (sources: [Int32], targets: [Int32]) {
    if layer.kind == .dense { return ([0], [0]) }
    let (height, width) = (layer.output.height, layer.output.width)
    let step = Int32(layer.stride.width * from.shape.channels)
    let side = pooled ? 2 : 1
    let (rows, columns) = (height / side, width / side)
    var sources: [Int32] = []
    var targets: [Int32] = []
    sources.reserveCapacity(rows * columns * side * side)
    targets.reserveCapacity(rows * columns)
    for y in 0..<rows {
      let (row, target) = (source(side * y, 0), Int32(to.index(y, 0)))
      let next = pooled ? source(side * y + 1, 0) : row
      for x in 0..<Int32(columns) {
        if pooled {
          let (left, right) = (2 * x * step, (2 * x + 1) * step)
          sources.append(row + left)
          sources.append(row + right)
          sources.append(next + left)
          sources.append(next + right)
        } else {
          sources.append(row + x * step)
        }
        targets.append(target + x * Int32(to.shape.channels))
      }
    }
    return (sources, targets)
  }

  /// The tiles of all patches.
  func tiles(_ tiling: Tiling) -> [ScribeTile] {
    let pool = pooled ? 2 : 1
    return (0..<patches).flatMap { patch in
      tiling.rows.flatMap { row in
        tiling.columns.map { column in
          ScribeTile(
            source: source(pool * row.first, pool * column.first) + Int32(patch * from.slot),
            target: Int32(to.index(row.first, column.first) + patch * to.slot),
            height: Int32(row.count), width: Int32(column.count))
        }
      }
    }
  }

  /// Offsets of one patch for all patches, which lie `slot` apart.
  func repeated(_ offsets: [Int32], slot: Int) -> [Int32] {
    guard patches > 1 else { return offsets }
    return (0..<patches).flatMap { patch in offsets.map { $0 + Int32(patch * slot) } }
  }

  /// The offset of the kernel's top left corner for an output position.
  private func source(_ y: Int, _ x: Int) -> Int32 {
    Int32(
      from.index(
        y * layer.stride.height - layer.paddingTop, x * layer.stride.width - layer.paddingLeft))
  }
}

extension ScribeWinograd {
  /// The shape of a step; weights and tables are set where it runs.
  init(
    _ geometry: Geometry, _ tiling: Tiling, _ requantization: Step.Requantization, isSquare: Bool
  ) {
    let (layer, from, to) = (geometry.layer, geometry.from, geometry.to)
    self.init(
      weights: nil,
      requantization: ScribeRequantization(
        bias: nil, multiplier: nil, left: nil, right: nil, channels: requantization.channels,
        low: requantization.low, high: requantization.high),
      points: isSquare ? 36 : 6,
      rows: Int32(isSquare ? (layer.kernel.height + 2) / 3 : layer.kernel.height),
      columns: Int32((layer.kernel.width + 2) / 3),
      rowStep: Int32(layer.dilation.height * from.row),
      columnStep: Int32(layer.dilation.width * from.shape.channels),
      inputs: Int32(from.shape.channels), targetRowStep: Int32(tiling.rowStep * to.row),
      targetColumnStep: Int32(tiling.columnStep * to.shape.channels),
      pooled: geometry.pooled ? 1 : 0)
  }
}
