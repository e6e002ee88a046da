import MQTTTestSupport
import Testing

/// Minutes of what `scripts/mqtt/soak` runs for hours.
@Suite(
  "A camera's reports for a while",
  .enabled(if: TestBroker.isInstalled, "mosquitto or openssl is not installed"))
struct MQTTSoakTests {
  @Test func theNewestIsThereAndLittleIsTold() async throws {
    let soak = try await PublisherSoak.run(hours: 1, outages: 2)
    // Other tests use memory of this process.
    #expect(soak.failures.allSatisfy { $0 == "the memory grew" }, "\(soak)")
    #expect(soak.outages == 2 && soak.reports > 3_000 && soak.messages > 10)
  }

  @Test func aBrokerMayBeAway() async throws {
    let outage = try await Outage.run(seconds: 3)
    #expect(outage.failures.isEmpty, "\(outage)")
    #expect(outage.reports == 30)
  }
}
