/// A parallel map: works on several things at once and hands over what came of them in their order.
struct OrderedMap {
  /// Things that are worked on at once.
  let jobs: Int

  /// Works on `items`, of which no more are begun and not yet handed over than twice as many as are
  /// worked on at once.
  ///
  /// - Parameters:
  ///   - items: are taken one by one.
  ///   - work: is done on any thread.
  ///   - take: gets the results, one at a time.
  /// - Throws: what `take` throws, which ends the work.
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
