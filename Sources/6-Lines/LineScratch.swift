/// Memory that is taken once and used again: it keeps the contents of its last use.
struct Buffer<Element: BitwiseCopyable>: ~Copyable {
  private var memory: UnsafeMutableBufferPointer<Element>

  init() { memory = UnsafeMutableBufferPointer(start: nil, count: 0) }

  deinit { memory.deallocate() }

  /// Room for at least `count` values, `count` > 0; the contents of a smaller room are lost.
  mutating func room(for count: Int) -> UnsafeMutablePointer<Element> {
    if count > memory.count || memory.baseAddress == nil {
      memory.deallocate()
      memory = .allocate(capacity: max(count, 1) + count / 2)
    }
    return memory.baseAddress.unsafelyUnwrapped
  }
}

/// Scratch memory for drawing a line, kept from line to line.
package struct LineScratch: ~Copyable {
  package init() {}

  /// Rows of the image, each at the line's columns.
  var rows = Buffer<Float>()
  var fixed = Buffer<UInt16>()
  var halfFixed = Buffer<UInt16>()
  var ramp = Buffer<Float>()
  /// The line's brightness, then its contrast.
  var samples = Buffer<Float>()
  /// The line's brightness in bytes, and its paper's.
  var values = Buffer<UInt8>()
  var paper = Buffer<UInt8>()
  /// The line's ink, 1 or 0.
  var mask = Buffer<UInt8>()
  var padded = Buffer<UInt8>()
  var across = Buffer<UInt8>()
  var dilated = Buffer<UInt8>()
  /// Sums and counts of columns, then of cells.
  var columns = Buffer<Float>()
  var cells = Buffer<Float>()
  var areas = Buffer<Double>()
  var levels = Buffer<Float>()
  var histogram = Buffer<Int32>()
}
