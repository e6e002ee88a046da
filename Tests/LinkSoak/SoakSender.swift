import Board
import Glibc
import PortTestSupport
import Synchronization

/// The board's side of one session, from plugging in to the hang-up.
struct SentSession: Sendable {
  var kind: SoakPlan.Kind
  /// Numbers of images, up to the next session's first.
  var numbers: Range<UInt64>
  var imagesSent = 0
  var imagesCut = 0
  var imagesSkipped = 0
  var channel = FaultyChannel.Counters()
  var written = StreamHash()
  /// Bytes kept for comparison where the plug is pulled with bytes on their way: it is not known
  /// which of them arrive.
  var bytes: [UInt8]?
}

/// The board, its bad wire and the hand that pulls the plug; runs in a thread of its own.
final class SoakSender: Sendable {
  struct State: Sendable {
    var sessions: [SentSession] = []
    var stalls = 0
    var renumberings = 0
    var simulatedSeconds = 0.0
    var failures: [String] = []
  }

  let state = Mutex(State())
  /// Bytes that came out of the source, and the part of them that has been decoded, in all
  /// sessions.
  let received = Atomic(0)
  let decoded = Atomic(0)
  let connections = Atomic(0)
  let disconnections = Atomic(0)

  private let plan: SoakPlan
  private let link: String
  private let recorder: SoakRecorder

  init(plan: SoakPlan, link: String, recorder: SoakRecorder) {
    self.plan = plan
    self.link = link
    self.recorder = recorder
  }

  /// Sends all sessions, then leaves the wire as it is.
  ///
  /// - Parameters:
  ///   - first: the terminal that `link` leads to.
  ///   - progress: gets the completed share of the sessions.
  /// - Throws: an error if an image can't be encoded, or there is no terminal.
  func run(_ first: TestTerminal, progress: (Double) -> Void) throws {
    var terminal = first
    var board: SimulatedBoard?
    var written = 0
    for session in 0..<plan.sessions {
      var current = try board ?? plan.board(plan.kind(of: session), session: session)
      let sent = try send(&current, session: session, over: terminal, written: &written)
      board = session % 2 == 0 ? current : nil
      state.withLock { $0.sessions.append(sent) }
      progress(Double(session + 1) / Double(plan.sessions))
      guard session + 1 < plan.sessions else { break }

      if !plan.isAbrupt(session) {
        wait("all bytes read") { received.load(ordering: .relaxed) == written }
      }
      unlink(link)
      // Opened first, so that it gets another number, as a USB adapter often does.
      let next = try TestTerminal()
      if next.path != terminal.path { state.withLock { $0.renumberings += 1 } }
      terminal.hangUp()
      wait("the hang-up seen") { disconnections.load(ordering: .relaxed) == session + 1 }
      compare(session)
      // Bytes lost with the plug are not waited for.
      written = received.load(ordering: .relaxed)
      symlink(next.path, link)
      terminal = next
      wait("connected again") { connections.load(ordering: .relaxed) == session + 2 }
      // The board has gone on for half a second of its camera.
      for _ in 0..<15 { board?.skipImage() }
      state.withLock { $0.simulatedSeconds += 0.5 }
    }
    wait("all bytes read") { received.load(ordering: .relaxed) == written }
  }

  /// The bytes of a session that was cut off must be those sent, as far as they came.
  private func compare(_ session: Int) {
    let received = recorder.state.sessions.last
    state.withLock { state in
      guard let bytes = state.sessions[session].bytes.take(), let received else { return }
      var expected = StreamHash()
      expected.add(bytes.prefix(received.count))
      if received != expected {
        state.failures.append("session \(session): other bytes came than were sent")
      }
    }
  }

  private func send(
    _ board: inout SimulatedBoard, session: Int, over terminal: TestTerminal, written: inout Int
  ) throws -> SentSession {
    let kind = plan.kind(of: session)
    var sent = SentSession(kind: kind, numbers: board.imageNumber..<board.imageNumber)
    if plan.isAbrupt(session) { sent.bytes = [] }
    var channel = FaultyChannel(plan.faults(of: session), seed: plan.seed &+ UInt64(session))
    var random = SplitMix64(seed: plan.seed &+ UInt64(session) &* 977)
    let start = board.clock
    var extraSeconds = 0.0
    var pausesLeft = 2
    while Double(board.clock - start) / 1e6 + extraSeconds < plan.secondsPerSession {
      // The board falls silent in the middle of an image, or gives it up with a full buffer.
      let event = Int(random.next() % 24)
      var packetsToGo = Int(random.next() % 40)
      let whole = try board.sendNextImage { packet in
        if packetsToGo == 0, event == 0, pausesLeft > 0 {
          pausesLeft -= 1
          extraSeconds += 5
          usleep(60_000)
          state.withLock { $0.stalls += 1 }
        }
        if packetsToGo <= 0, event == 1 { return false }
        packetsToGo -= 1
        let bytes = channel.transmit(packet)
        terminal.send(bytes)
        written += bytes.count
        sent.written.add(bytes)
        sent.bytes?.append(contentsOf: bytes)
        return true
      }
      if whole { sent.imagesSent += 1 } else { sent.imagesCut += 1 }
      if kind.skips > 0 {
        for _ in 0..<random.next() % UInt64(kind.skips) {
          board.skipImage()
          sent.imagesSkipped += 1
        }
      }
      // Accelerated time must not outrun the decoder.
      wait("decoding") { written - decoded.load(ordering: .relaxed) < 1 << 20 }
    }
    sent.channel = channel.counters
    sent.numbers = sent.numbers.lowerBound..<board.imageNumber
    let seconds = Double(board.clock - start) / 1e6 + extraSeconds
    state.withLock { $0.simulatedSeconds += seconds }
    return sent
  }

  private func wait(_ what: String, until condition: () -> Bool) {
    for _ in 0..<1_800_000 {
      if condition() { return }
      usleep(1_000)
    }
    state.withLock { $0.failures.append("waited half an hour in vain for: \(what)") }
  }
}
