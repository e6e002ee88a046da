/// A piece of work to measure.
struct Benchmark {
  /// Stage, subject and size, such as `inference/glyph/32`.
  let name: String
  /// Items that one call of the work processes.
  let items: Int
  /// Multiplications and additions per item, if these are measured.
  var macs: Int?
  /// Bytes per item, if these are measured.
  var bytes: Int?
  /// Loads and makes what the work needs; the closure that it returns does the work once.
  let prepare: () throws -> () -> Void
  /// The same work on other inputs, such as the images of a folder: quartiles are then of these,
  /// not of repetitions. Each closure that is returned does the work on one of them.
  var variants: [() throws -> () -> Void] = []
}

extension Benchmark {
  /// The same work on one input after another.
  init(_ name: String, variants: [() throws -> () -> Void]) {
    self.init(
      name: name, items: 1,
      prepare: {
        let works = try variants.map { try $0() }
        return { for work in works { work() } }
      }, variants: variants)
  }
}
