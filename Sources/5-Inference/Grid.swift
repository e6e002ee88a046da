/// The place of one tensor's values in a workspace, with the padding that its reader needs.
struct Grid {
  let shape: TensorShape
  let top: Int
  let left: Int
  let paddedWidth: Int
  /// Values from one patch to the next.
  let slot: Int
  var offset = 0

  /// The tensor that `reader` reads, or the logits. Pools leave padding out by themselves.
  init(shape: TensorShape, reader: Layer?) {
    self.shape = shape
    guard let reader, reader.kind.hasKernel, reader.kind.hasWeights else {
      (top, left, paddedWidth) = (0, 0, shape.width)
      slot = (shape.count + 1) / 2 * 2
      return
    }
    top = reader.paddingTop
    left = reader.paddingLeft
    paddedWidth = reader.paddedInput.width
    slot = (reader.paddedInput.count + 1) / 2 * 2
  }

  /// The first channel at a place, which may lie in the padding.
  func index(_ y: Int, _ x: Int) -> Int {
    ((y + top) * paddedWidth + x + left) * shape.channels
  }

  /// Values from one row to the next.
  var row: Int { paddedWidth * shape.channels }

  /// Writes 0 around a tensor that lies at `start`.
  func clearPadding(_ start: UnsafeMutablePointer<Int16>) {
    let inside = shape.width * shape.channels
    let first = index(0, 0)
    guard slot > shape.count || first > 0 else { return }
    start.update(repeating: 0, count: first)
    for y in 0..<shape.height {
      let end = index(y, 0) + inside
      let next = y + 1 < shape.height ? index(y + 1, 0) : slot
      (start + end).update(repeating: 0, count: next - end)
    }
  }
}
