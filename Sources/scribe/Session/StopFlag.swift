import Synchronization

/// A flag that is set once, from any thread, to end something.
final class StopFlag: Sendable {
  private let flag = Atomic(false)
  private let other: StopFlag?

  /// A flag that also counts as set where `other` is.
  init(or other: StopFlag? = nil) { self.other = other }

  var isSet: Bool { flag.load(ordering: .relaxed) || other?.isSet ?? false }
  func set() { flag.store(true, ordering: .relaxed) }
}
