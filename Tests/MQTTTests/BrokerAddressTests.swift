import Foundation
import MQTT
import Testing

@Suite("Brokers' addresses and passwords") struct BrokerAddressTests {
  @Test(arguments: [
    ("mqtt://broker", "mqtt://broker:1883", nil),
    ("mqtts://broker", "mqtts://broker:8883", nil),
    ("MQTT://10.0.0.2:1884/", "mqtt://10.0.0.2:1884", nil),
    ("mqtt://[fd00::2]:99", "mqtt://[fd00::2]:99", nil),
    ("mqtt://[fd00::2]", "mqtt://[fd00::2]:1883", nil),
    ("tcp://meter@broker", "mqtt://broker:1883", "meter"),
    ("ssl://a@b@broker:1", "mqtts://broker:1", "a@b"),
  ])
  func addressesAreRead(text: String, address: String, user: String?) throws {
    let (read, name) = try BrokerAddress.parse(text)
    #expect(read.description == address && name == user)
  }

  @Test(arguments: [
    ("broker", BrokerError.AddressFault.noScheme), ("http://broker", .noScheme), ("", .noScheme),
    ("ws://broker", .webSocket), ("mqtt://", .noHost), ("mqtt://:1883", .noHost),
    ("mqtt://@broker", .noHost), ("mqtt://a b", .noHost), ("mqtt://[::1", .noHost),
    ("mqtt://b\u{0}c", .noHost), ("mqtt://b:0", .port), ("mqtt://b:65536", .port),
    ("mqtt://b:x", .port), ("mqtt://fd00::2:1883", .port), ("mqtt://b:", .port),
    ("mqtt://b/x", .path), ("mqtt://b?x", .path),
  ])
  func whatIsNoneIsRefused(text: String, fault: BrokerError.AddressFault) {
    #expect(throws: BrokerError.address(text, fault)) { try BrokerAddress.parse(text) }
  }

  /// Also where the rest is wrong: no error may repeat it.
  @Test(arguments: [
    "mqtt://me:secret@broker", "http://me:secret@broker", "me:secret@b", "mqtt://:secret@b",
  ])
  func aPasswordIsRefusedAndNotRepeated(text: String) {
    let error = #expect(throws: BrokerError.passwordInAddress) { try BrokerAddress.parse(text) }
    #expect(error?.description.contains("secret") == false)
    #expect(error?.description.contains("--mqtt-password-file") == true)
  }

  private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "password-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try body(path)
  }

  @Test(arguments: ["p w", "p w\n", "p w\r\n"])
  func aPasswordIsALineOfAFile(content: String) throws {
    try withFile(Array(content.utf8)) { path in
      let password = try Password(file: path)
      #expect(password == Password("p w"))
    }
  }

  @Test(arguments: ["", "\n", "a\nb\n", "a\u{0}", String(repeating: "x", count: 5_000)])
  func aFileOfNoPasswordIsRefused(content: String) throws {
    try withFile(Array(content.utf8)) { path in
      #expect(throws: BrokerError.noPassword(path: path)) { _ = try Password(file: path) }
    }
    #expect(throws: BrokerError.unreadable(path: "/nowhere/x", code: 2)) {
      try Password(file: "/nowhere/x")
    }
  }

  @Test func noDescriptionShowsAPassword() {
    var broker = BrokerChoice(address: BrokerAddress(host: "b"))
    broker.password = Password("secret")
    var dumped = ""
    dump(broker, to: &dumped)
    for text in ["\(broker)", String(reflecting: broker), dumped] {
      #expect(!text.contains("secret"))
    }
  }

  @Test func aFileThatOthersReadIsKnown() throws {
    try withFile([97]) { path in
      chmod(path, 0o600)
      #expect(!Password.isExposed(path))
      chmod(path, 0o644)
      #expect(Password.isExposed(path))
    }
  }

  private func fault(_ change: (inout BrokerChoice) -> Void) -> BrokerError? {
    var broker = BrokerChoice(address: BrokerAddress(host: "b"))
    change(&broker)
    do throws(BrokerError) {
      try broker.check()
      return nil
    } catch {
      return error
    }
  }

  @Test func whatDoesNotFitTogetherIsRefused() {
    #expect(fault { _ in } == nil)
    #expect(fault { $0.password = Password("x") } == .passwordWithoutUser)
    #expect(fault { $0.certificates.trustsAnybody = true } == .tlsWithoutTLS)
    #expect(
      fault {
        $0.address.usesTLS = true
        $0.certificates.key = "/dev/null"
      } == .keyWithoutCertificate)
    #expect(
      fault {
        $0.address.usesTLS = true
        $0.certificates.authorities = "/nowhere/ca"
      } == .unreadable(path: "/nowhere/ca", code: 2))
    for prefix in ["", "/", "a/", "/a", "a//b", "a/+", "#", "a b", "$SYS", "é", "a\u{0}"] {
      #expect(fault { $0.prefix = prefix } == .prefix(prefix))
    }
    #expect(fault { $0.prefix = "plant.1/hall-2/x_y" } == nil)
    #expect(fault { $0.discovery = "#" } == .prefix("#"))
    #expect(fault { $0.keepAlive = 0 } == .outOfRange(.keepAlive, 0))
    #expect(fault { $0.refresh = -1 } == .outOfRange(.refresh, -1))
    #expect(fault { $0.expiry = 0 } == .outOfRange(.expiry, 0))
  }
}
