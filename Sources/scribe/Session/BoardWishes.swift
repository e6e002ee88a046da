import Control
import Synchronization

/// What is wished of a board while a session runs, from any thread. `BoardTalk` takes it to the
/// board.
final class BoardWishes: Sendable {
  private struct State {
    var commands: [BoardCommand] = []
    var asker: Asker?
  }

  private let state = Mutex(State())
  /// Takes words about what became of a wish.
  let tell: @Sendable (String) -> Void

  init(tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

  /// Adds a command; of each kind the last one counts.
  func add(_ command: BoardCommand) {
    state.withLock { state in
      // The board's talk may be long in coming.
      if state.commands.count >= 16 { state.commands.removeFirst() }
      state.commands.append(command)
    }
  }

  func take() -> [BoardCommand] {
    state.withLock { state in
      defer { state.commands = [] }
      return state.commands
    }
  }

  func setAsker(_ asker: Asker?) { state.withLock { $0.asker = asker } }

  /// Asks a board that waits to be asked.
  ///
  /// - Returns: whether there is one.
  func askNow() -> Bool {
    guard let asker = state.withLock({ $0.asker }) else { return false }
    asker.askNow()
    return true
  }
}
