import CMosquitto

/// Tells people how a connection goes: each change once, and a connection that comes and goes all
/// the time not at all.
struct ConnectionLog {
  let broker: BrokerChoice
  let tell: @Sendable (Publisher.Notice) -> Void

  private var isToldConnected = false
  /// Problems that were told since there was a connection: some take turns.
  private var told: [BrokerProblem] = []
  private static let mostTold = 16
  /// Connections in a row that ended soon.
  private var shortOnes = 0
  private static let shortOnesTold = 2
  private var refusals: Set<Int32> = []
  /// Messages that newer ones replaced, now and when it was told last.
  private var replaced = 0
  private var replacedTold = 0

  init(broker: BrokerChoice, tell: @escaping @Sendable (Publisher.Notice) -> Void) {
    self.broker = broker
    self.tell = tell
  }

  mutating func accepted(replaced: Int) {
    self.replaced = replaced
    if shortOnes < Self.shortOnesTold { tellConnected() }
  }

  /// Tells of a connection that was too short to be told of and goes on.
  mutating func lasts(isShort: Bool) {
    guard !isShort, shortOnes > 0 else { return }
    shortOnes = 0
    tellConnected()
  }

  private mutating func tellConnected() {
    guard !isToldConnected else { return }
    isToldConnected = true
    told = []
    let count = replaced - replacedTold
    replacedTold = replaced
    let meanwhile =
      count == 0 ? "" : "; \(count) message\(count == 1 ? " was" : "s were") replaced by newer ones"
    tell(
      .init(
        kind: .good,
        text: "connected to the broker \(broker.address), quality of service "
          + "\(broker.quality.rawValue)\(meanwhile)"))
  }

  mutating func ended(_ problem: BrokerProblem, wasShort: Bool) {
    let isOfConnection = problem == .lost
    if isOfConnection { shortOnes = wasShort ? min(shortOnes + 1, 1_000) : 0 }
    // Where nothing was told of a connection, nothing is of its end.
    if isOfConnection, !isToldConnected { return }
    isToldConnected = false
    guard !told.contains(problem), told.count < Self.mostTold else { return }
    told.append(problem)
    let goesOn =
      shortOnes == Self.shortOnesTold
      ? " (it keeps ending: told again once it lasts)" : " (trying again)"
    tell(.init(kind: .bad, text: problem.words(broker) + goesOn))
  }

  mutating func lowered(_ quality: Int) {
    tell(
      .init(kind: .warning, text: "the broker has no higher quality of service than \(quality)"))
  }

  /// Tells, once for each reason, that the broker doesn't take a message.
  mutating func refused(_ topic: String, _ code: Int32) {
    guard refusals.insert(code).inserted else { return }
    refused(topic, because: String(cString: mosquitto_reason_string(code)))
  }

  mutating func refused(_ topic: String, _ error: Connection.PublishError) {
    // The library's codes lie below those of brokers.
    guard refusals.insert(error.code).inserted else { return }
    refused(topic, because: error.words)
  }

  private func refused(_ topic: String, because words: String) {
    tell(.init(kind: .warning, text: "the broker doesn't take \(topic): \(words)"))
  }
}
