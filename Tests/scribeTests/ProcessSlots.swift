import Foundation
import Synchronization
import Testing

/// Lets as many test cases run at once as the machine has cores: each starts programs, and hundreds
/// of them would wait for one another longer than their tests take.
///
/// A case counts once, however many programs talk to each other in it, so that no case ever holds a
/// place while it waits for another.
struct ProcessSlots: SuiteTrait, TestTrait, TestScoping {
  let isRecursive = true

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    await Self.slots.take()
    defer { Self.slots.giveBack() }
    try await function()
  }

  private static let slots = Slots(ProcessInfo.processInfo.activeProcessorCount)
}

extension Trait where Self == ProcessSlots {
  /// Runs with at most as many other cases as the machine has cores.
  static var startsPrograms: Self { Self() }
}

/// Places that are given in the order of requests.
private final class Slots: Sendable {
  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(_ count: Int) { state = Mutex(State(free: max(1, count))) }

  func take() async {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
  }

  func giveBack() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}
