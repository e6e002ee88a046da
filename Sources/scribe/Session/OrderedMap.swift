/// A parallel map: works on several items at once and hands over the results in the items' order.
struct OrderedMap {
  /// The number of items worked on at once.
  let jobs: Int

  /// Works on `items`. At most twice `jobs` items are begun and not yet handed over.
  ///
  /// - Parameters:
  ///   - items: the items, taken one by one.
  ///   - work: the work on an item, done on any thread.
  ///   - take: takes the results, one at a time.
  /// - Throws: the error of `take`, which ends the work.
  func work<Item: Sendable, Output: Sendable>(
    on items: some Sequence<Item>, _ work: @escaping @Sendable (Item) async -> Output,
    take: (Output) throws -> Void
  ) async throws {
    var items = items.makeIterator()
    try await withThrowingTaskGroup(of: (Int, Output).self) { group in
      var waiting: [Int: Output] = [:]
      var (begun, taken, running) = (0, 0, 0)
      while true {
        while running < jobs, begun - taken < 2 * jobs, let item = items.next() {
          let number = begun
          group.addTask { (number, await work(item)) }
          begun += 1
          running += 1
        }
        guard let (number, output) = try await group.next() else { break }
        running -= 1
        waiting[number] = output
        while let next = waiting.removeValue(forKey: taken) {
          taken += 1
          try take(next)
        }
      }
    }
  }
}
