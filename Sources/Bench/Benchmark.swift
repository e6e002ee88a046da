/// Something to measure.
struct Benchmark {
  /// Stage, subject and size, such as `inference/glyph/32`.
  let name: String
  /// Items that one call of the work deals with.
  let items: Int
  /// Multiplications and additions an item, if they are what counts.
  var macs: Int?
  /// Bytes an item, if they are what counts.
  var bytes: Int?
  /// Loads and makes what the work needs; what it returns does the work once.
  let prepare: () throws -> () -> Void
  /// Other inputs of the same work, as the images of a folder: quartiles are of them then, and not
  /// of repetitions. What it returns does the work on one of them.
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
