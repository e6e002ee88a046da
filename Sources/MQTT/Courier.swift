import Sinks
import Synchronization
import Values

/// The thread that brings a camera's messages to a broker, for as long as the program runs: it
/// connects, sends what is new, and connects anew.
final class Courier: Sendable {
  private struct State {
    var messages: CameraMessages
    /// Whether the camera's port is there.
    var isThere = true
    var stop: Stop?
    var hasEnded = false
    var faults: Set<String> = []
  }

  private struct Stop {
    /// The time after which nothing is waited for.
    var deadline: UInt64
    var awaitsBroker: Bool
  }

  private enum End {
    case stopped
    case problem(BrokerProblem, lasted: UInt64)
  }

  /// Messages that the library may hold: more wait here, where newer ones replace them.
  private static let mostInFlight = 16
  /// The time in which a broker answers a new connection.
  private static let patience: UInt64 = 30_000_000_000
  /// Connections that end sooner don't count as such.
  private static let short: UInt64 = 10_000_000_000
  /// Names of wrong fields that are told; a camera has few.
  private static let mostFaults = 100

  private let broker: BrokerChoice
  private let id: String
  private let tell: @Sendable (Publisher.Notice) -> Void
  private let state: Mutex<State>
  private let wake = WakeUp()

  init(
    _ broker: BrokerChoice, id: String, _ messages: CameraMessages,
    _ tell: @escaping @Sendable (Publisher.Notice) -> Void
  ) {
    self.broker = broker
    self.id = id
    self.tell = tell
    state = Mutex(State(messages: messages))
  }

  // MARK: From other threads

  func take(_ report: ImageReport) {
    let now = steadyNanoseconds()
    change { state throws(BrokerError) in try state.messages.take(report, now: now) }
  }

  func use(_ fields: [Field]) {
    change { state throws(BrokerError) in try state.messages.use(fields) }
  }

  func camera(isThere: Bool) {
    change { state throws(BrokerError) in
      guard state.isThere != isThere else { return }
      state.isThere = isThere
      state.messages.say(isOnline: isThere)
    }
  }

  /// Changes what is to be told; a field that can't be told is mentioned once.
  private func change(_ body: (inout State) throws(BrokerError) -> Void) {
    let fault: BrokerError? = state.withLock { state in
      do throws(BrokerError) {
        try body(&state)
        return nil
      } catch {
        guard state.faults.count < Self.mostFaults else { return nil }
        return state.faults.insert("\(error)").inserted ? error : nil
      }
    }
    wake.ring()
    if let fault { tell(.init(kind: .warning, text: "\(fault); the broker doesn't get it")) }
  }

  func stop(within seconds: Double, awaitsBroker: Bool) {
    let deadline = steadyNanoseconds() + UInt64(max(0, seconds) * 1e9)
    state.withLock { state in
      guard state.stop == nil else { return }
      state.stop = Stop(deadline: deadline, awaitsBroker: awaitsBroker)
      state.messages.say(isOnline: false)
    }
    wake.ring()
  }

  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  /// Tells how much the broker never got.
  func tellUnsent() {
    let isSent = state.withLock { $0.hasEnded && $0.messages.outbox.isEmpty }
    guard !isSent else { return }
    tell(.init(kind: .warning, text: "the broker did not get the newest values"))
  }

  // MARK: In its own thread

  func run() {
    defer { state.withLock { $0.hasEnded = true } }
    var backoff = Backoff()
    var log = ConnectionLog(broker: broker, tell: tell)
    while true {
      guard case .problem(let problem, let lasted) = connect(&log) else { return }
      log.ended(problem, wasShort: lasted < Self.short)
      if lasted >= Self.short { backoff.startOver() }
      let end = steadyNanoseconds() + UInt64(backoff.milliseconds()) * 1_000_000
      while true {
        guard !isOver(isConnected: false) else { return }
        let now = steadyNanoseconds()
        guard now < end else { break }
        // A ring is of a new report or of the end.
        wake.wait(milliseconds: min(Int((end - now) / 1_000_000) + 1, 1_000))
      }
    }
  }

  /// Whether nothing more is to be done: with a connection, once all is sent; between two
  /// attempts, unless the broker is waited for.
  private func isOver(isConnected: Bool) -> Bool {
    state.withLock { state in
      guard let stop = state.stop else { return false }
      if steadyNanoseconds() >= stop.deadline { return true }
      return isConnected ? state.messages.outbox.isEmpty : !stop.awaitsBroker
    }
  }

  /// Runs one connection to its end.
  private func connect(_ log: inout ConnectionLog) -> End {
    let connection: Connection
    do throws(BrokerError) {
      let will = state.withLock { $0.messages.will }
      connection = try Connection(broker, id: id, will: will)
    } catch {
      return .problem(.tls("\(error)"), lasted: 0)
    }
    if let problem = connection.open() { return .problem(problem, lasted: 0) }
    let opened = steadyNanoseconds()
    var accepted: UInt64?
    var sending = Sending(quality: broker.quality)
    while true {
      for event in connection.takeEvents() {
        switch event {
        case .accepted:
          accepted = steadyNanoseconds()
          log.accepted(replaced: greet(connection))
        case .heard(let topic, let payload, let isRetained):
          state.withLock {
            $0.messages.hear(
              topic, payload, isRetained: isRetained, isOnline: $0.isThere && $0.stop == nil)
          }
        case .delivered(let id, let code):
          if let topic = sending.delivered(id, code) { log.refused(topic, code) }
        }
      }
      if let accepted {
        send(over: connection, &sending, &log)
        if sending.isEmpty, isOver(isConnected: true) { return end(connection) }
        log.lasts(isShort: steadyNanoseconds() - accepted < Self.short)
      } else if steadyNanoseconds() - opened > Self.patience {
        return .problem(.noAnswer, lasted: 0)
      }
      // What was delivered at once makes room.
      if connection.hasEvents { continue }
      let problem = connection.step(wake: wake.descriptor, milliseconds: 1_000)
      wake.clear()
      if let problem {
        return .problem(problem, lasted: accepted.map { steadyNanoseconds() - $0 } ?? 0)
      }
      if let stop = state.withLock({ $0.stop }), steadyNanoseconds() >= stop.deadline {
        return end(connection)
      }
    }
  }

  /// Listens, and has everything sent that there is: the broker may have been started anew.
  ///
  /// - Returns: messages that newer ones replaced before they were sent.
  private func greet(_ connection: Connection) -> Int {
    let (filters, replaced) = state.withLock { state in
      state.messages.startOver()
      state.messages.say(isOnline: state.isThere && state.stop == nil)
      return (state.messages.subscriptions, state.messages.outbox.replaced)
    }
    connection.subscribe(filters)
    return replaced
  }

  private func send(
    over connection: Connection, _ sending: inout Sending, _ log: inout ConnectionLog
  ) {
    while sending.count < Self.mostInFlight,
      let message = state.withLock({ $0.messages.next() })
    {
      switch connection.publish(message, quality: sending.quality) {
      case .success(let id): sending.sent(message.topic, id)
      case .failure(let error) where error.isOfQuality && sending.quality > 0:
        sending.quality -= 1
        log.lowered(sending.quality)
        state.withLock { $0.messages.takeBack(message) }
      case .failure(let error) where error.isOfConnection:
        // The next step tells why.
        state.withLock { $0.messages.takeBack(message) }
        return
      case .failure(let error): log.refused(message.topic, error)
      }
    }
  }

  private func end(_ connection: Connection) -> End {
    connection.close()
    // Until it is written.
    _ = connection.step(wake: wake.descriptor, milliseconds: 100)
    return .stopped
  }
}

/// Messages that the library has and the broker hasn't confirmed.
private struct Sending {
  var quality: Int
  private var topics: [Int32: String] = [:]

  init(quality: BrokerChoice.Quality) { self.quality = quality.rawValue }

  var count: Int { topics.count }
  var isEmpty: Bool { topics.isEmpty }

  mutating func sent(_ topic: String, _ id: Int32) { topics[id] = topic }

  /// - Returns: the topic where the broker refused the message.
  mutating func delivered(_ id: Int32, _ code: Int32) -> String? {
    let topic = topics.removeValue(forKey: id)
    return code >= 0x80 ? topic : nil
  }
}
