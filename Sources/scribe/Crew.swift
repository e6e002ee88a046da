import ArgumentParser
import Foundation
import Synchronization

/// How many cores to use.
struct JobOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images to read at once; what is written is the same for any. (default: one a core)",
      valueName: "count"))
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs is 1 to 1024.") }
  }

  var count: Int { jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }
}

/// Works on several things at once and hands over what came of them in their order.
struct Crew {
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

/// A number of places; who finds none free waits for one.
final class Places: Sendable {
  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: count)) }

  /// Takes a place, which is to be given back.
  func take() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        guard state.free > 0 else {
          state.waiting.append(continuation)
          return false
        }
        state.free -= 1
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  /// Gives places back, or more than there were.
  func give(_ count: Int = 1) {
    for _ in 0..<count {
      let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard !state.waiting.isEmpty else {
          state.free += 1
          return nil
        }
        return state.waiting.removeFirst()
      }
      next?.resume()
    }
  }
}
