/// The output of a source that waits, in the source's order; images are read in the meantime.
final class OutputQueue: Sendable {
  enum Step: Sendable {
    case message(Message)
    case outcome(Outcome)
    /// An image that is being read.
    case image(Task<Outcome, Never>)
    /// Resumed once everything before it is shown.
    case mark(CheckedContinuation<Void, Never>)
  }

  let steps: AsyncStream<Step>
  private let end: AsyncStream<Step>.Continuation
  private let images: Semaphore
  /// Messages are small, but a board may send many of them.
  private let others = Semaphore(256)

  /// - Parameter images: images that may wait or be read at once.
  init(images: Int) {
    (steps, end) = AsyncStream.makeStream()
    self.images = Semaphore(images)
  }

  func add(_ message: Message) async { await add(.message(message)) }

  func add(_ outcome: Outcome) async { await add(.outcome(outcome)) }

  /// Adds a step that is no image, once there is room.
  private func add(_ step: Step) async {
    await others.take()
    end.yield(step)
  }

  /// Has an image read, once there is room.
  func add(_ read: @escaping @Sendable () async -> Outcome) async {
    await images.take()
    end.yield(.image(Task.detached { await read() }))
  }

  /// Waits until everything added so far is shown.
  func isShown() async {
    await others.take()
    await withCheckedContinuation { continuation in _ = end.yield(.mark(continuation)) }
  }

  func finish() { end.finish() }

  func widen(by count: Int) { images.give(count) }

  func giveRoom(of step: Step) {
    if case .image = step { images.give() } else { others.give() }
  }
}
