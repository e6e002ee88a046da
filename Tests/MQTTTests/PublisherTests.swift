import Foundation
import MQTT
import MQTTTestSupport
import PortTestSupport
import Sinks
import Synchronization
import Testing
import Values

/// A publisher and a real broker.
@Suite(
  "Publishing to a broker",
  .enabled(if: TestBroker.isInstalled, "mosquitto or openssl is not installed"))
struct PublisherTests {
  private static let status = "serialscribe/cellar/status"
  private static let counter = "serialscribe/cellar/counter"

  /// Notices that were told.
  private final class Notices: Sendable {
    private let all = Mutex<[Publisher.Notice]>([])
    var texts: [String] { all.withLock { $0.map(\.text) } }
    func add(_ notice: Publisher.Notice) { all.withLock { $0.append(notice) } }

    func waits(for text: String) async -> Bool {
      await PortTestSupport.waits { texts.contains { $0.contains(text) } }
    }
  }

  private func publisher(
    _ address: String, _ notices: Notices = Notices(), name: String = "cellar",
    _ change: (inout BrokerChoice) -> Void = { _ in }
  ) throws -> Publisher {
    var broker = BrokerChoice(address: try BrokerAddress.parse(address).0)
    change(&broker)
    let publisher = try Publisher(
      try CameraIdentity(name: name, software: "1"), to: broker,
      fields: [TestReports.counter], tell: notices.add)
    try publisher.start()
    return publisher
  }

  @Test(arguments: BrokerChoice.Version.allCases, BrokerChoice.Quality.allCases)
  func valuesAreKeptByTheBroker(
    version: BrokerChoice.Version, quality: BrokerChoice.Quality
  ) async throws {
    let broker = try await TestBroker()
    let early = try await TestClient(broker)
    let notices = Notices()
    let publisher = try publisher(broker.address, notices) {
      $0.version = version
      $0.quality = quality
    }
    publisher.write(TestReports.values([TestReports.good(12_340)]))
    let heard = try #require(await early.waits(for: Self.counter))
    #expect(heard.text == "12.340" && heard.quality == quality.rawValue && !heard.isRetained)
    #expect(await notices.waits(for: "connected to the broker \(broker.address), quality of"))
    #expect(broker.log.contains("p\(version == .v5 ? 5 : 2)"))
    // Who comes later hears it all.
    let late = try await TestClient(broker)
    for topic in [
      Self.status, Self.counter, "serialscribe/cellar/state",
      "homeassistant/sensor/cellar/counter/config",
      "homeassistant/binary_sensor/cellar/counter/config",
    ] {
      let message = try #require(await late.waits(for: topic), "\(topic)")
      #expect(message.isRetained && message.quality == quality.rawValue, "\(topic)")
    }
    #expect(late[Self.status]?.text == "online")
    try DiscoveryRules.check(
      try #require(late["homeassistant/sensor/cellar/counter/config"]).json, component: "sensor")
    await publisher.finish(within: 180, awaitsBroker: false)
    #expect(await late.waits(for: Self.status) { $0.text == "offline" } != nil)
    #expect(!notices.texts.contains { $0.contains("did not get") })
  }

  /// The broker forgets everything, and the newest is there again.
  @Test func aBrokerThatGoesAndComesHasTheNewestAgain() async throws {
    let broker = try await TestBroker()
    let notices = Notices()
    let publisher = try publisher(broker.address, notices)
    publisher.write(TestReports.values([TestReports.good(1_000)]))
    let first = try await TestClient(broker)
    #expect(await first.waits(for: Self.counter) != nil)
    await broker.stop()
    #expect(await notices.waits(for: "trying again"))
    for number in 2..<500 {
      publisher.write(TestReports.values([TestReports.good(Int64(number) * 1_000)]))
    }
    try await broker.start()
    let second = try await TestClient(broker)
    #expect(await second.waits(for: Self.counter) { $0.text == "499.000" } != nil)
    #expect(await second.waits(for: Self.status)?.text == "online")
    #expect(
      await second.waits(for: "homeassistant/sensor/cellar/counter/config") != nil)
    // Of what was replaced meanwhile nothing is told, and of the outage little.
    #expect(second.messages.filter { $0.topic == Self.counter }.count <= 2)
    #expect(notices.texts.count <= 4, "\(notices.texts)")
    #expect(notices.texts.contains { $0.contains("messages were replaced by newer ones") })
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  @Test func aBrokerThatComesLaterGetsTheNewest() async throws {
    let broker = try await TestBroker()
    await broker.stop()
    let notices = Notices()
    let publisher = try publisher(broker.address, notices)
    #expect(await notices.waits(for: "nothing listens at 127.0.0.1:\(broker.port)"))
    publisher.write(TestReports.values([TestReports.good(5)]))
    // Some attempts more, each of them in silence.
    try await Task.sleep(for: .seconds(3))
    try await broker.start()
    let client = try await TestClient(broker)
    #expect(await client.waits(for: Self.counter)?.text == "0.005")
    #expect(notices.texts.count { $0.contains("nothing listens") } == 1)
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  /// A broker that takes connections and never says a word: who waited for it would wait forever.
  @Test func aSilentBrokerHoldsNothingUp() async throws {
    let listener = try TestListener()
    let publisher = try publisher("mqtt://127.0.0.1:\(listener.port)")
    for number in 0..<10_000 {
      publisher.write(TestReports.values([TestReports.good(Int64(number))]))
    }
    await publisher.finish(within: 0.1, awaitsBroker: false)
    _ = listener
  }

  @Test func whatSpeaksNoMQTTIsNamed() async throws {
    let listener = try TestListener()
    let notices = Notices()
    let publisher = try publisher("mqtt://127.0.0.1:\(listener.port)", notices)
    let page = String(repeating: "<p>this is a web server</p>", count: 20)
    try await inThread { listener.answer(Array("HTTP/1.1 400 Bad Request\r\n\(page)".utf8)) }
    #expect(await notices.waits(for: "speaks no MQTT"), "\(notices.texts)")
    await publisher.finish(within: 180, awaitsBroker: false)
    _ = listener
  }

  @Test func anUnknownHostIsNamed() async throws {
    let notices = Notices()
    let publisher = try publisher("mqtt://broker.invalid", notices)
    #expect(await notices.waits(for: "nobody knows the name broker.invalid"), "\(notices.texts)")
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  @Test func homeAssistantsStartBringsEverythingAgain() async throws {
    let broker = try await TestBroker()
    let publisher = try publisher(broker.address)
    let client = try await TestClient(broker)
    let config = "homeassistant/sensor/cellar/counter/config"
    #expect(await client.waits(for: config) != nil)
    let before = client.messages.count { $0.topic == config }
    client.say("homeassistant/status", "online")
    #expect(
      await PortTestSupport.waits { client.messages.count { $0.topic == config } > before })
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  @Test func descriptionsOfAnEarlierRunAreRemoved() async throws {
    let broker = try await TestBroker()
    let client = try await TestClient(broker)
    let old = "homeassistant/sensor/cellar/old/config"
    let foreign = "homeassistant/sensor/cellar/foreign/config"
    client.say(
      old, #"{"origin":{"name":"SerialScribe"},"device":{"identifiers":["serialscribe/cellar"]}}"#,
      isRetained: true)
    client.say(foreign, "{}", isRetained: true)
    #expect(await client.waits(for: foreign) != nil)
    let publisher = try publisher(broker.address)
    #expect(await client.waits(for: old) { $0.payload.isEmpty } != nil)
    publisher.write(TestReports.values([TestReports.good(1)]))
    #expect(await client.waits(for: Self.counter) != nil)
    #expect(client[foreign]?.text == "{}")
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  @Test func aCameraWithoutItsPortIsOffline() async throws {
    let broker = try await TestBroker()
    let publisher = try publisher(broker.address)
    let client = try await TestClient(broker)
    for isThere in [false, true] {
      publisher.camera(isThere: isThere)
      #expect(
        await client.waits(for: Self.status) { $0.text == (isThere ? "online" : "offline") } != nil)
    }
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  // MARK: Users

  private func brokerWithUsers() async throws -> TestBroker {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "mqtt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let users = folder.appending(path: "users").path
    let maker = try ChildProcess(
      "/usr/bin/env", ["mosquitto_passwd", "-c", "-b", users, "meter", "s3 crét"])
    _ = await waits { !maker.isRunning }
    try #require(maker.ending == 0)
    try """
    user meter
    topic readwrite serialscribe/#
    topic read homeassistant/#

    """.write(to: folder.appending(path: "rights"), atomically: true, encoding: .utf8)
    return try await TestBroker(
      "allow_anonymous false\npassword_file FOLDER/users\nacl_file FOLDER/rights", in: folder)
  }

  @Test(arguments: BrokerChoice.Version.allCases)
  func passwordsLetIn(version: BrokerChoice.Version) async throws {
    let broker = try await brokerWithUsers()
    for (user, password, words) in [
      ("meter", "s3 crét", "connected to the broker"),
      ("meter", "not it", "the broker doesn't let user meter in: wrong password"),
      (nil, nil, "the broker wants a user and a password"),
    ] {
      let notices = Notices()
      let publisher = try publisher(broker.address, notices) {
        $0.version = version
        $0.user = user
        $0.password = password.map { Password($0) }
      }
      #expect(await notices.waits(for: words), "\(notices.texts)")
      #expect(!notices.texts.contains { $0.contains(password ?? "nothing") })
      await publisher.finish(within: 180, awaitsBroker: false)
    }
  }

  /// MQTT 5 tells what a user may not write; before, nobody does.
  @Test func whatTheBrokerDoesNotTakeIsTold() async throws {
    let broker = try await brokerWithUsers()
    let notices = Notices()
    let publisher = try publisher(broker.address, notices) {
      $0.version = .v5
      $0.user = "meter"
      $0.password = Password("s3 crét")
    }
    #expect(await notices.waits(for: "doesn't take homeassistant/"), "\(notices.texts)")
    await publisher.finish(within: 180, awaitsBroker: false)
    #expect(notices.texts.count { $0.contains("doesn't take") } == 1)
  }

  // MARK: Encryption

  private func encryptedBroker(_ certificate: String, _ more: String = "") async throws -> (
    TestBroker, TestCertificates
  ) {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "mqtt-\(UUID().uuidString)")
    let files = try await TestCertificates(in: folder)
    switch certificate {
    case "expired": try await files.make(certificate, host: "localhost", days: -1)
    case "other": try await files.make(certificate, host: "elsewhere.example")
    default: try await files.make(certificate, host: "localhost")
    }
    let broker = try await TestBroker(
      """
      allow_anonymous true
      cafile FOLDER/ca.crt
      certfile FOLDER/\(certificate).crt
      keyfile FOLDER/\(certificate).key
      \(more)
      """, in: folder)
    return (broker, files)
  }

  @Test func valuesGoEncrypted() async throws {
    let (broker, files) = try await encryptedBroker("good")
    let notices = Notices()
    let publisher = try publisher("mqtts://localhost:\(broker.port)", notices) {
      $0.certificates.authorities = files.path("ca.crt")
    }
    publisher.write(TestReports.values([TestReports.good(7)]))
    #expect(await notices.waits(for: "connected to the broker mqtts://localhost:\(broker.port)"))
    #expect(
      await waits { broker.log.contains("Received PUBLISH") && broker.log.contains(Self.counter) })
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  @Test(arguments: [
    ("expired", "ca", "certificate has expired"),
    ("other", "ca", "certificate is of another host than localhost"),
    ("good", "stranger", "signed by nobody we trust"),
    ("good", nil, "signed by nobody we trust"),
  ])
  func whatIsWrongWithACertificateIsTold(
    certificate: String, authority: String?, words: String
  ) async throws {
    let (broker, files) = try await encryptedBroker(certificate)
    if authority == "stranger" {
      _ = try await TestCertificates(in: files.folder, authority: "stranger")
    }
    let notices = Notices()
    let publisher = try publisher("mqtts://localhost:\(broker.port)", notices) {
      $0.certificates.authorities = authority.map { files.path("\($0).crt") }
    }
    #expect(await notices.waits(for: words), "\(notices.texts)")
    await publisher.finish(within: 180, awaitsBroker: false)
    #expect(!broker.log.contains("PUBLISH"))
  }

  @Test(arguments: ["expired", "other"])
  func anyCertificateIsTakenWhereThatIsSaid(certificate: String) async throws {
    let (broker, _) = try await encryptedBroker(certificate)
    let notices = Notices()
    let publisher = try publisher("mqtts://localhost:\(broker.port)", notices) {
      $0.certificates.trustsAnybody = true
    }
    #expect(await notices.waits(for: "connected to the broker"), "\(notices.texts)")
    await publisher.finish(within: 180, awaitsBroker: false)
  }

  @Test func aClientsCertificateIsShown() async throws {
    let (broker, files) = try await encryptedBroker("good", "require_certificate true")
    try await files.make("client", host: "meter")
    for isShown in [false, true] {
      let notices = Notices()
      let publisher = try publisher("mqtts://localhost:\(broker.port)", notices) {
        $0.certificates.authorities = files.path("ca.crt")
        guard isShown else { return }
        $0.certificates.certificate = files.path("client.crt")
        $0.certificates.key = files.path("client.key")
      }
      // The broker's reason may be lost, as it closes the connection at once.
      #expect(
        await notices.waits(
          for: isShown ? "connected to the broker" : "certificate of ours"),
        "\(notices.texts)")
      await publisher.finish(within: 180, awaitsBroker: false)
    }
  }

  @Test func theWrongPortIsTold() async throws {
    let (encrypted, files) = try await encryptedBroker("good")
    let plain = try await TestBroker()
    for (address, words) in [
      (
        "mqtt://localhost:\(encrypted.port)",
        "closed the connection without an answer: is it a port for TLS"
      ),
      ("mqtts://127.0.0.1:\(plain.port)", "without an answer: is it the broker's port for TLS"),
    ] {
      let notices = Notices()
      let publisher = try publisher(address, notices) {
        if $0.address.usesTLS { $0.certificates.authorities = files.path("ca.crt") }
      }
      #expect(await notices.waits(for: words), "\(notices.texts)")
      await publisher.finish(within: 180, awaitsBroker: false)
    }
  }
}
