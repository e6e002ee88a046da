/// Something to measure.
struct Benchmark {
  /// Stage, subject and size, such as `inference/glyph/32`.
  let name: String
  /// Items that one call of the work deals with.
  let items: Int
  /// Multiplications and additions an item, if they are what counts.
  var macs: Int?
  /// Loads and makes what the work needs; what it returns does the work once.
  let prepare: () throws -> () -> Void
}
