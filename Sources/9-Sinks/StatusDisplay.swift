import Glibc
import Synchronization

/// Messages on standard error, and below them, on a terminal, one line that keeps changing.
public final class StatusDisplay: Sendable {
  private struct Content {
    var shown = ""
    var lastDrawn: UInt64 = 0
    var limit: MessageLimit?
  }

  private let output: TextOutput
  private let content: Mutex<Content>
  /// Whether there is a terminal to keep a changing line on.
  public let isLive: Bool
  private let isColored: Bool

  /// - Parameters:
  ///   - output: the output to write to.
  ///   - limit: what keeps messages that repeat out of a log; on a terminal all are shown.
  public init(output: TextOutput = .errors, limit: MessageLimit? = nil) {
    self.output = output
    let isLog = !Terminal.isTerminal(output.descriptor)
    content = Mutex(Content(limit: isLog ? limit : nil))
    isLive = Terminal.isTerminal(output.descriptor)
    isColored = Terminal.usesColor(output.descriptor)
  }

  /// Prints a message that stays. Anything a terminal might obey is escaped.
  public func message(_ text: String, style: Terminal.Style? = nil) {
    let escaped = Terminal.escaped(text, keepingNewlines: true)
    let styled = if let style, isColored { Terminal.styled(escaped, style) } else { escaped }
    content.withLock { content in
      let (accounts, passes) = content.limit?.pass(text, now: Self.now()) ?? ([], true)
      let lines = Self.lines(accounts) + (passes ? styled + "\n" : "")
      guard !lines.isEmpty else { return }
      // A closed standard error is no reason to stop reading.
      try? output.write(erasure(content) + lines + content.shown)
    }
  }

  /// Changes the last line, on a terminal only and at most ten times a second.
  public func status(_ text: @autoclosure () -> String) {
    guard isLive else { return }
    content.withLock { content in
      let now = Self.now()
      guard now &- content.lastDrawn > 100_000_000 else { return }
      content.lastDrawn = now
      let width = max(Terminal.columns(output.descriptor) - 1, 1)
      let line = String(Terminal.escaped(text()).prefix(width))
      let erased = erasure(content)
      content.shown = line
      try? output.write(erased + line)
    }
  }

  /// Runs `body`, which writes to the same terminal, with the changing line out of the way.
  public func aside<Failure: Error>(_ body: () throws(Failure) -> Void) throws(Failure) {
    guard isLive else { return try body() }
    // Under the lock, so that no other thread draws its line in between.
    try content.withLock { content throws(Failure) in
      try? output.write(erasure(content))
      defer { try? output.write(content.shown) }
      try body()
    }
  }

  /// Removes the changing line, and tells of messages that were left out.
  public func clear() {
    content.withLock { content in
      try? output.write(erasure(content) + Self.lines(content.limit?.finish() ?? []))
      content.shown = ""
      content.lastDrawn = 0
    }
  }

  private static func lines(_ texts: [String]) -> String {
    texts.map { Terminal.escaped($0) + "\n" }.joined()
  }

  private func erasure(_ content: borrowing Content) -> String {
    content.shown.isEmpty ? "" : "\r\u{1B}[K"
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
