import MQTT
import PortTestSupport
import Sinks

/// A broker that is stopped for a while, as for an update, while values go on.
public struct Outage: Sendable, CustomStringConvertible {
  public private(set) var seconds: Int
  public private(set) var reports = 0
  /// Seconds from the broker's start until it had the newest value.
  public private(set) var secondsUntilNewest = 0.0
  public private(set) var failures: [String] = []

  /// - Parameter seconds: the time for which the broker is away.
  /// - Returns: the account.
  /// - Throws: `TestFailure`.
  public static func run(seconds: Int) async throws -> Outage {
    var outage = Outage(seconds: seconds)
    let broker = try await TestBroker()
    let publisher = try Publisher(
      CameraIdentity(name: "cellar", software: "1"),
      to: BrokerChoice(address: BrokerAddress(host: "127.0.0.1", port: broker.port)),
      fields: [TestReports.counter]
    ) { print("  \($0.text)") }
    try publisher.start()
    publisher.write(TestReports.values([TestReports.good(1)]))
    let before = try await TestClient(broker)
    if await before.waits(for: "serialscribe/cellar/counter") == nil {
      outage.failures.append("nothing came before")
    }
    await broker.stop()
    for tick in 1...max(1, 10 * seconds) {
      publisher.write(TestReports.values([TestReports.good(Int64(tick))]))
      outage.reports += 1
      try await Task.sleep(for: .milliseconds(100))
    }
    publisher.write(TestReports.values([TestReports.good(4_711_000)]))
    try await broker.start()
    let start = ContinuousClock.now
    let after = try await TestClient(broker)
    let newest = await after.waits(for: "serialscribe/cellar/counter") { $0.text == "4711.000" }
    if newest == nil { outage.failures.append("the newest never came") }
    outage.secondsUntilNewest = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
    for topic in [
      "serialscribe/cellar/status", "serialscribe/cellar/state",
      "homeassistant/sensor/cellar/counter/config",
    ] where await after.waits(for: topic) == nil {
      outage.failures.append("\(topic) never came")
    }
    let values = after.messages.count { $0.topic == "serialscribe/cellar/counter" }
    if values > 2 { outage.failures.append("\(values) values came, and not the newest alone") }
    await publisher.finish(within: 60, awaitsBroker: false)
    return outage
  }

  public var description: String {
    let line =
      "broker away for \(seconds) s, \(reports) reports meanwhile; the newest was there "
      + "\(secondsUntilNewest) s after its start"
    return ([line] + failures.map { "FAILED: \($0)" }).joined(separator: "\n")
  }
}
