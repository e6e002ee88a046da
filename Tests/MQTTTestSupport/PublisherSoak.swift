import Glibc
import MQTT
import PortTestSupport
import Sinks
import Synchronization

/// Hours of a camera's reports in minutes, while the broker goes and comes: the newest must be
/// there at the end, the memory flat, and what is told short.
public struct PublisherSoak: Sendable, CustomStringConvertible {
  public private(set) var reports = 0
  public private(set) var outages = 0
  public private(set) var messages = 0
  public private(set) var notices = 0
  public private(set) var memory = SoakMemory()
  /// Nanoseconds that a report took, with the broker and without it.
  public private(set) var with: [UInt64] = []
  public private(set) var without: [UInt64] = []
  public private(set) var failures: [String] = []

  /// Reports are of every second.
  ///
  /// - Parameters:
  ///   - hours: the time that is simulated.
  ///   - outages: how often the broker is away.
  /// - Returns: the account.
  /// - Throws: `TestFailure`.
  public static func run(hours: Double, outages: Int) async throws -> PublisherSoak {
    var soak = PublisherSoak()
    let broker = try await TestBroker()
    let notices = Mutex(0)
    let publisher = try Publisher(
      CameraIdentity(name: "cellar", software: "1"),
      to: BrokerChoice(address: BrokerAddress(host: "127.0.0.1", port: broker.port)),
      fields: [TestReports.counter]
    ) { _ in notices.withLock { $0 += 1 } }
    try publisher.start()
    let all = max(10, Int(hours * 3_600))
    let parts = 2 * outages + 1
    var digits: Int64 = 0
    for part in 0..<parts {
      let isAway = part % 2 == 1
      if isAway { await broker.stop() } else if part > 0 { try await broker.start() }
      let client = isAway ? nil : try await TestClient(broker, filter: "serialscribe/#")
      for _ in 0..<max(1, all / parts) {
        digits += 1
        soak.write(digits, publisher, isAway: isAway)
        if soak.reports % max(1, all / 1_000) == 0 {
          soak.memory.note(getpid())
          // Time for the other thread, as there is between images.
          usleep(1_000)
        }
      }
      guard let client else {
        soak.outages += 1
        continue
      }
      let newest = "\(digits / 1_000).\(String(1_000 + digits % 1_000).dropFirst())"
      let came = await client.waits(for: "serialscribe/cellar/counter") { $0.text == newest }
      if came == nil { soak.failures.append("\(newest) never came") }
      soak.messages += client.messages.count
    }
    await publisher.finish(within: 60, awaitsBroker: false)
    soak.notices = notices.withLock { $0 }
    if !soak.memory.isFlat { soak.failures.append("the memory grew") }
    // Of each outage: the connection is lost, nothing listens, the connection is there again.
    if soak.notices > 3 * outages + 1 { soak.failures.append("\(soak.notices) notices") }
    return soak
  }

  private mutating func write(_ digits: Int64, _ publisher: Publisher, isAway: Bool) {
    let value =
      digits % 10 == 0
      ? TestReports.refused(digits - 7, after: digits) : TestReports.good(digits)
    let report = TestReports.values([value], image: UInt32(truncatingIfNeeded: digits))
    let start = Self.now()
    publisher.write(report)
    let time = Self.now() - start
    if isAway { without.append(time) } else { with.append(time) }
    reports += 1
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  public var description: String {
    func words(_ times: [UInt64]) -> String {
      let sorted = times.sorted()
      guard !sorted.isEmpty else { return "-" }
      func microseconds(_ share: Int) -> String {
        "\((Double(sorted[min(sorted.count * share / 100, sorted.count - 1)]) / 100).rounded() / 10)"
      }
      return "\(microseconds(50)) us median, \(microseconds(99)) us for 99 of 100"
    }
    let lines = [
      "\(reports) reports, \(outages) outages; \(messages) messages heard, \(notices) notices told",
      "a report, broker there: \(words(with))", "a report, broker away:  \(words(without))",
      memory.words,
    ]
    return (lines + failures.map { "FAILED: \($0)" }).joined(separator: "\n")
  }
}
