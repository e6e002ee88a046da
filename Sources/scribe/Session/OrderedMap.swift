import Synchronization

/// A parallel map: works on several items at once and hands over the results in the items' order.
struct OrderedMap {
  /// The number of items worked on at once.
  let jobs: Int

  /// Works on `items`. At most twice `jobs` items are begun and not yet handed over.
  ///
  /// - Parameters:
  ///   - items: the items.
  ///   - work: the work on an item, done on any thread.
  ///   - take: takes the results, one at a time.
  /// - Throws: the error of `take`, which ends the work.
  func work<Item: Sendable, Output: Sendable>(
    on items: some Sequence<Item>, _ work: @escaping @Sendable (Item) async -> Output,
    take: (Output) throws -> Void
  ) async throws {
    let rest = Rest(items)
    try await self.work(pulling: { rest.next() }, work, take: take)
  }

  /// Works on items that come as slowly as they may: each result is handed over as soon as it and
  /// those before it are there, while the next item is waited for.
  ///
  /// - Parameters:
  ///   - next: gives the next item, nil behind the last; called once at a time.
  ///   - work: as above.
  ///   - take: as above.
  /// - Throws: as above.
  func work<Item: Sendable, Output: Sendable>(
    pulling next: @escaping @Sendable () async -> Item?,
    _ work: @escaping @Sendable (Item) async -> Output, take: (Output) throws -> Void
  ) async throws {
    try await withThrowingTaskGroup(of: Step<Item, Output>.self) { group in
      var waiting: [Int: Output] = [:]
      var (begun, taken, running) = (0, 0, 0)
      var (isPulling, isOver) = (false, false)
      while true {
        if !isPulling, !isOver, running < jobs, begun - taken < 2 * jobs {
          group.addTask { await next().map { .item($0) } ?? .end }
          isPulling = true
        }
        guard let step = try await group.next() else { break }
        switch step {
        case .item(let item):
          let number = begun
          group.addTask { .output(await work(item), number) }
          begun += 1
          running += 1
          isPulling = false
        case .end:
          isOver = true
          isPulling = false
        case .output(let output, let number):
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

  private enum Step<Item: Sendable, Output: Sendable>: Sendable {
    case item(Item)
    case end
    case output(Output, Int)
  }

  /// The items that are not yet pulled.
  private final class Rest<Item: Sendable>: Sendable {
    private let items: Mutex<ArraySlice<Item>>

    init(_ items: some Sequence<Item>) { self.items = Mutex(Array(items)[...]) }

    func next() -> Item? { items.withLock { $0.popFirst() } }
  }
}
