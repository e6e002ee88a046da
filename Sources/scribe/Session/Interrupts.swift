import Dispatch
import Glibc
import Synchronization

/// Turns Ctrl-C, kill and a closed terminal window into an orderly end.
///
/// If the orderly end hangs, as when nobody takes the output, the program soon ends as the signal
/// would have ended it; a second signal ends it at once.
struct Interrupts {
  /// Nil where the system gives no pipe; signals then end the program as usual.
  private let source: (any DispatchSourceRead)?
  private let ending = Ending()
  private static let numbers = [SIGINT, SIGTERM, SIGHUP]

  /// - Parameters:
  ///   - last: the last pieces of work, of at most 0.2 seconds, where the orderly end takes too
  ///     long; none of them waits for another.
  ///   - stop: begins the orderly end, and returns soon.
  init(last: [@Sendable () -> Void] = [], _ stop: @escaping @Sendable () -> Void) {
    Self.ignoreBrokenPipes()
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      source = nil
      return
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    let ending = ending
    let reader = ends[0]
    let source = DispatchSource.makeReadSource(fileDescriptor: reader, queue: ending.queue)
    source.setEventHandler {
      var number: UInt8 = 0
      while read(reader, &number, 1) == 1 { ending.begin(CInt(number), last, stop) }
    }
    source.resume()
    self.source = source
    signalPipe = ends[1]
    // A handler, since a dispatch source for signals wants them ignored before it listens: a signal
    // in between would be lost.
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      let code = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(signalPipe, &byte, 1)
      errno = code
    }
    action.sa_flags = SA_RESTART
    for number in Self.numbers where !Self.isKeptIgnored(number) {
      sigaction(number, &action, nil)
    }
  }

  /// Whether we were started to outlive the terminal, as by nohup.
  private static func isKeptIgnored(_ number: CInt) -> Bool {
    var action = sigaction()
    // SIG_IGN, whose definition Swift can't import as a number.
    return number == SIGHUP && sigaction(number, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  /// Lets writing to a reader that has gone give an error, instead of ending this program.
  static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Lets the orderly end take its time; only a second signal cuts it short.
  func calm() { ending.calm() }

  func cancel() { ending.calm() }
}

/// The pipe that the signal handler writes signal numbers to; set once, before there is a handler.
private nonisolated(unsafe) var signalPipe: CInt = -1

/// The progress of the end.
private final class Ending: Sendable {
  private enum State {
    case running, stopping, calm
  }

  /// A serial queue on which nothing else waits.
  let queue = DispatchQueue(label: "signals")
  private let state = Mutex(State.running)

  /// Time for the orderly end, and for the last work instead. Together below a second, as long as a
  /// user waits after Ctrl-C.
  private static let grace = (looks: 7, each: DispatchTimeInterval.milliseconds(100))
  private static let lastGrace = DispatchTimeInterval.milliseconds(200)

  func calm() { state.withLock { if $0 == .stopping { $0 = .calm } } }

  /// Begins the end: a signal came.
  func begin(
    _ number: CInt, _ last: [@Sendable () -> Void], _ stop: @Sendable () -> Void
  ) {
    let isFirst = state.withLock { state in
      defer { if state == .running { state = .stopping } }
      return state == .running
    }
    guard isFirst else { Self.die(of: number) }
    stop()
    wait(Self.grace.looks) {
      let done = DispatchGroup()
      for task in last { DispatchQueue(label: "last").async(group: done) { task() } }
      _ = done.wait(timeout: .now() + Self.lastGrace)
      Self.die(of: number)
    }
  }

  /// Waits for the orderly end, in several looks: where a busy machine gives this program no time,
  /// none passes.
  private func wait(_ looks: Int, then end: @escaping @Sendable () -> Void) {
    queue.asyncAfter(deadline: .now() + Self.grace.each) { [self] in
      guard state.withLock({ $0 == .stopping }) else { return }
      if looks > 1 { wait(looks - 1, then: end) } else { end() }
    }
  }

  /// Ends the program as the signal would have, since shells and scripts look at that.
  private static func die(of number: CInt) -> Never {
    signal(number, SIG_DFL)
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, number)
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    raise(number)
    _exit(128 + number)
  }
}
