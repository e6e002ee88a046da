import Foundation
import Glibc
import MQTTTestSupport
import PortTestSupport
import Testing

/// `--mqtt`: the program and a real broker.
@Suite(
  .startsPrograms, .enabled(if: TestBroker.isInstalled, "mosquitto or openssl is not installed"))
struct BrokerTests {
  private static let images = ["clean_000.png", "clean_001.png"].map { BoardImages.path($0) }

  private func board(_ scratch: Scratch, _ options: [String] = []) async throws -> ScribeProcess {
    try await ScribeProcess.board(
      scratch, ["--baud", "0", "--rate", "5"] + Self.images.flatMap { ["--image", $0] } + options)
  }

  @Test func whatIsReadIsAtTheBrokerAndADeathIsTold() async throws {
    let scratch = try Scratch()
    let broker = try await TestBroker()
    let client = try await TestClient(broker)
    let board = try await board(scratch)
    let live = try ScribeProcess([
      "live", "--port", scratch.path("board"), "--json", "--mqtt", broker.address, "--mqtt-name",
      "meter",
    ])
    let text = try #require(await client.waits(for: "serialscribe/meter/text"), "\(live.errors)")
    #expect(await client.waits(for: "serialscribe/meter/status")?.text == "online")
    #expect(await client.waits(for: "serialscribe/meter/state") != nil)
    let sensor = try #require(await client.waits(for: "homeassistant/sensor/meter/text/config"))
    try DiscoveryRules.check(sensor.json, component: "sensor")
    // What the program writes is what it tells.
    #expect(
      await live.waits { process in
        (try? JSONReading.all(in: process.wholeLines))?.contains { $0.text == text.text } == true
      })
    live.signal(SIGKILL)
    let will = try #require(
      await client.waits(for: "serialscribe/meter/status") { $0.text == "offline" })
    #expect(will.topic == "serialscribe/meter/status")
    // And it is kept, for those who come later.
    let late = try await TestClient(broker)
    #expect(await late.waits(for: "serialscribe/meter/status")?.text == "offline")
    #expect(late["serialscribe/meter/status"]?.isRetained == true)
    _ = await board.interrupted()
  }

  @Test func aPortThatGoesTakesTheCameraOffline() async throws {
    let scratch = try Scratch()
    let broker = try await TestBroker()
    let client = try await TestClient(broker)
    let board = try await board(scratch)
    let live = try ScribeProcess([
      "live", "--port", scratch.path("board"), "--mqtt", broker.address,
    ])
    #expect(await client.waits(for: "serialscribe/board/status")?.text == "online")
    _ = await client.waits(for: "serialscribe/board/text")
    _ = await board.interrupted()
    #expect(await client.waits(for: "serialscribe/board/status") { $0.text == "offline" } != nil)
    #expect(live.isRunning)
    let again = try await self.board(scratch)
    #expect(
      await waits { client["serialscribe/board/status"]?.text == "online" }, "\(live.errors)")
    let result = await live.interrupted()
    #expect(result.status == 0, "\(result.errors)")
    #expect(await waits { client["serialscribe/board/status"]?.text == "offline" })
    _ = await again.interrupted()
  }

  @Test func aRecordingIsTold() async throws {
    let scratch = try Scratch()
    let broker = try await TestBroker()
    let board = try await board(scratch, ["--images", "2"])
    let file = scratch.path("a.pcapng")
    let record = try await ScribeProcess.run([
      "record", "--no-reconnect", "--port", scratch.path("board"), file,
    ])
    #expect(record.status == 0, "\(record.errors)")
    _ = await board.interrupted()
    let replay = try await ScribeProcess.run(["replay", "--json", "--mqtt", broker.address, file])
    #expect(replay.status == 0, "\(replay.errors)")
    let client = try await TestClient(broker)
    let last = try #require(try JSONReading.all(in: replay.output).last)
    #expect(await client.waits(for: "serialscribe/a_pcapng/text")?.text == last.text)
    #expect(!replay.errors.contains("did not get"))
  }

  /// No argument holds the password: `ps` would show it.
  @Test(arguments: [true, false])
  func aPasswordComesFromAFileOrTheEnvironment(isFile: Bool) async throws {
    let scratch = try Scratch()
    let users = scratch.path("users")
    let maker = try ChildProcess(
      "/usr/bin/env", ["mosquitto_passwd", "-c", "-b", users, "meter", "s3cret"])
    #expect(await waits { !maker.isRunning })
    let broker = try await TestBroker("allow_anonymous false\npassword_file \(users)")
    let board = try await board(scratch)
    try "s3cret\n".write(toFile: scratch.path("password"), atomically: true, encoding: .utf8)
    chmod(scratch.path("password"), 0o644)
    let live = try ScribeProcess(
      ["live", "--port", scratch.path("board"), "--mqtt", broker.address]
        + (isFile
          ? ["--mqtt-user", "meter", "--mqtt-password-file", scratch.path("password")] : []),
      environment: isFile
        ? [:] : ["SERIALSCRIBE_MQTT_USER": "meter", "SERIALSCRIBE_MQTT_PASSWORD": "s3cret"])
    #expect(await live.waits { $0.errors.contains("connected to the broker") }, "\(live.errors)")
    let arguments = try Data(contentsOf: URL(filePath: "/proc/\(live.processID)/cmdline"))
    #expect(!String(decoding: arguments, as: UTF8.self).contains("s3cret"))
    #expect(live.errors.contains("chmod 600 it") == isFile)
    #expect(!live.errors.contains("s3cret"))
    _ = await live.interrupted()
    _ = await board.interrupted()
  }

  @Test func aBrokerThatIsAwayHoldsNothingUp() async throws {
    let scratch = try Scratch()
    let listener = try TestListener()
    let board = try await board(scratch, ["--images", "3"])
    let live = try await ScribeProcess.run([
      "live", "--port", scratch.path("board"), "--json", "--no-reconnect", "--mqtt",
      "mqtt://127.0.0.1:\(listener.port)",
    ])
    #expect(live.status == 0, "\(live.errors)")
    #expect(!(try JSONReading.all(in: live.output)).isEmpty)
    #expect(live.errors.contains("the broker did not get the newest values"), "\(live.errors)")
    _ = await board.interrupted()
  }

  @Test(arguments: [
    (["--mqtt", "mqtt://me:secret@b"], "SERIALSCRIBE_MQTT_PASSWORD"),
    (["--mqtt", "b"], "starts with mqtt://"),
    (["--mqtt", "mqtt://b", "--mqtt-name", "a/b"], "cannot be a camera's name"),
    (["--mqtt", "mqtt://b", "--mqtt-prefix", "a/#"], "cannot start topics"),
    (["--mqtt", "mqtt://b", "--mqtt-insecure"], "mqtts://"),
    (["--mqtt", "mqtt://b", "--mqtt-password-file", "/nowhere/p"], "cannot be read"),
    (["--mqtt", "mqtt://b", "--mqtt-qos", "3"], "--mqtt-qos"),
    (["--mqtt", "mqtt://b", "--mqtt-version", "4"], "--mqtt-version"),
    (["--mqtt-user", "me"], "need --mqtt"),
    (["--mqtt", "mqtt://b", "--mqtt-name", "x", "--port", "/dev/null"], "names one --port"),
    (["--mqtt", "mqtt://b", "--port", "/tmp/x"], "two cameras are named 'x'"),
  ])
  func wrongOptionsAreNamed(options: [String], words: String) async throws {
    let scratch = try Scratch()
    // A file, so that ports are there.
    try Data().write(to: scratch.folder.appending(path: "x"))
    let more = options.map { $0 == "/tmp/x" ? "\(scratch.folder.path)/./x" : $0 }
    let result = try await ScribeProcess.run(["live", "--port", scratch.path("x")] + more)
    #expect(result.status == 64, "\(result.errors)")
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(!result.errors.contains("secret"))
  }

  /// A part of what `scripts/mqtt/soak` runs for long.
  @Test func asAServiceItStaysSmall() async throws {
    let soak = try await ServiceSoak.run(
      scribe: try ScribeProcess.program().path, pictures: Self.images, images: 200)
    #expect(soak.failures.isEmpty, "\(soak)")
    #expect(soak.outages > 0)
  }
}
