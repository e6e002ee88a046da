/// The commands to a camera with a VC0706, and the steps that follow its answers: reset, hold the
/// picture, ask for its length, read all of it at once, let the camera go on.
///
/// Commands start with 56 00, answers with 76 00, the command's number and a status, 0 for good. The
/// picture comes between two answers to the command that reads it, so a JPEG stream's decoder finds
/// it among them.
struct VC0706: Sendable {
  private enum Step {
    /// Nothing is asked.
    case resting
    case reset, hold, length, resume
    /// A picture is read, of `count` bytes without the answers before and after it.
    case read(count: Int)
  }

  private enum Command {
    static let reset: UInt8 = 0x26
    static let read: UInt8 = 0x32
    static let length: UInt8 = 0x34
    static let buffer: UInt8 = 0x36
  }

  private static let answer: [UInt8] = [0x76, 0x00]
  private static let statusBytes = 5
  /// Nanoseconds that a camera takes to start: after a reset it sends its name, and isn't ready
  /// before.
  private static let start: UInt64 = 2_500_000_000
  /// Nanoseconds without a byte after which an answer counts as lost.
  private static let patience: UInt64 = 3_000_000_000
  /// The most bytes of a picture; real ones have some hundred kilobytes at most.
  private static let mostBytes = 1 << 22

  private let interval: UInt64
  private var step = Step.resting
  /// The start of an answer, and the number of bytes of a picture that came.
  private var answer: [UInt8] = []
  private var received = 0
  /// The time when the next picture is due.
  private var due: UInt64 = 0
  /// The time when something was sent or came last.
  private var last: UInt64 = 0

  /// - Parameter interval: the least time from picture to picture, in nanoseconds.
  init(interval: UInt64) { self.interval = interval }

  mutating func connected(at now: UInt64) -> [UInt8] {
    due = now + Self.start
    return say(.reset, [Command.reset, 0x00], at: now)
  }

  mutating func received(_ bytes: [UInt8], at now: UInt64) -> [UInt8] {
    last = now
    if case .read(let count) = step { return receive(bytes.count, of: count, at: now) }
    // Only the last bytes can be the start of the answer that is waited for.
    answer += bytes
    if answer.count > 4096 { answer.removeFirst(answer.count - 4096) }
    switch step {
    case .reset:
      // The camera's name follows; the first picture is due after it.
      guard take(Command.reset, 1) != nil else { return [] }
      step = .resting
    case .hold:
      guard let status = take(Command.buffer, 1) else { return [] }
      guard status.isGood else { return rest(at: now) }
      return say(.length, [Command.length, 0x01, 0x00], at: now)
    case .length:
      guard let length = take(Command.length, 5) else { return [] }
      let count = length.bytes.suffix(4).reduce(0) { $0 << 8 | Int($1) }
      guard length.isGood, 0 < count, count <= Self.mostBytes else { return rest(at: now) }
      received = 0
      let size = length.bytes.suffix(4)
      return say(
        .read(count: count),
        [Command.read, 0x0C, 0x00, 0x0A, 0x00, 0x00, 0x00, 0x00] + size + [0x00, 0x0A], at: now)
    case .resume:
      guard take(Command.buffer, 1) != nil else { return [] }
      step = .resting
      due = max(due + interval, now)
      return tick(at: now)
    case .resting, .read: answer = []
    }
    return []
  }

  mutating func tick(at now: UInt64) -> [UInt8] {
    if case .resting = step {
      guard now >= due else { return [] }
      due = now
      return say(.hold, [Command.buffer, 0x01, 0x00], at: now)
    }
    guard now >= last + Self.patience else { return [] }
    return connected(at: now)
  }

  /// Rests after a refusal; the camera is asked again a little later.
  private mutating func rest(at now: UInt64) -> [UInt8] {
    step = .resting
    answer = []
    due = now + 500_000_000
    return []
  }

  private mutating func receive(_ bytes: Int, of count: Int, at now: UInt64) -> [UInt8] {
    received += bytes
    guard received >= count + 2 * Self.statusBytes else { return [] }
    return say(.resume, [Command.buffer, 0x01, 0x03], at: now)
  }

  private mutating func say(_ step: Step, _ command: [UInt8], at now: UInt64) -> [UInt8] {
    self.step = step
    answer = []
    last = now
    return [0x56, 0x00] + command
  }

  private struct Answer {
    var isGood: Bool
    /// The bytes of the answer, beginning with their count.
    var bytes: ArraySlice<UInt8>
  }

  /// The answer to `command` with `count` bytes behind its status, once it is there.
  private func take(_ command: UInt8, _ count: Int) -> Answer? {
    guard let found = answer.firstRange(of: Self.answer + [command]) else { return nil }
    let rest = answer[found.upperBound...]
    guard let status = rest.first else { return nil }
    if status != 0 { return Answer(isGood: false, bytes: []) }
    guard rest.count >= 1 + count else { return nil }
    return Answer(isGood: true, bytes: rest.dropFirst().prefix(count))
  }
}
