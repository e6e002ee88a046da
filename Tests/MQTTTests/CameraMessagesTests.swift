import Foundation
import MQTT
import MQTTTestSupport
import Sinks
import Testing
import Values

@Suite("A camera's messages") struct CameraMessagesTests {
  private static let second: UInt64 = 1_000_000_000

  private func messages(
    _ change: (inout BrokerChoice) -> Void = { _ in }
  ) throws -> CameraMessages {
    var broker = BrokerChoice(address: BrokerAddress(host: "b"))
    change(&broker)
    return CameraMessages(
      camera: try CameraIdentity(name: "cellar", software: "1.2.3"), broker: broker)
  }

  /// Everything that is to be sent, by topic.
  private func sent(_ messages: inout CameraMessages) -> [String: String] {
    var all: [String: String] = [:]
    while let message = messages.next() {
      all[message.topic] = String(decoding: message.payload, as: UTF8.self)
    }
    return all
  }

  private func json(_ text: String?) throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data((text ?? "").utf8))
    return try #require(object as? [String: Any])
  }

  @Test func aGoodValueIsANumberAndADocument() throws {
    var messages = try messages { $0.discovery = nil }
    try messages.take(TestReports.values([TestReports.good(12_340)], image: 7), now: 1)
    let all = sent(&messages)
    #expect(Set(all.keys) == ["serialscribe/cellar/state", "serialscribe/cellar/counter"])
    #expect(all["serialscribe/cellar/counter"] == "12.340")
    #expect(
      all["serialscribe/cellar/state"]
        == #"{"camera":"cellar","image":7,"time":"2026-09-21T14:13:20.000Z","values":"#
        + #"{"counter":{"value":12.34,"text":"12.340","unit":"m³","state":"good","reason":null,"#
        + #""confidence":0.98,"lastGood":{"value":12.34,"text":"12.340","#
        + #""time":"2026-09-21T14:13:20.000Z"}}}}"#)
  }

  @Test func aRefusedValueLeavesTheLastGoodOne() throws {
    var messages = try messages { $0.discovery = nil }
    try messages.take(TestReports.values([TestReports.refused(11_000, after: 12_340)]), now: 1)
    let all = sent(&messages)
    #expect(all["serialscribe/cellar/counter"] == "12.340")
    let values = try #require(
      try json(all["serialscribe/cellar/state"])["values"] as? [String: [String: Any]])
    #expect(values["counter"]?["state"] as? String == "refused")
    #expect(values["counter"]?["reason"] as? String == "falls")
    #expect(values["counter"]?["value"] as? Double == 11)
  }

  @Test func withoutAGoodValueThereIsNoNumber() throws {
    var messages = try messages { $0.discovery = nil }
    try messages.take(TestReports.values([TestReports.refused(11_000, after: nil)]), now: 1)
    #expect(Set(sent(&messages).keys) == ["serialscribe/cellar/state"])
  }

  @Test func aCameraWithoutFieldsTellsItsText() throws {
    var messages = try messages { $0.prefix = "plant/hall-1" }
    try messages.take(TestReports.text("LOT 47\nB"), now: 1)
    let all = sent(&messages)
    #expect(all["plant/hall-1/cellar/text"] == "LOT 47\nB")
    #expect(try json(all["plant/hall-1/cellar/state"])["text"] as? String == "LOT 47\nB")
    let sensor = try json(all["homeassistant/sensor/cellar/text/config"])
    #expect(sensor["state_topic"] as? String == "plant/hall-1/cellar/text")
    #expect(sensor["state_class"] == nil && sensor["unit_of_measurement"] == nil)
  }

  @Test func whatIsNewGoesOutAtOnceAndTheRestNowAndThen() throws {
    var messages = try messages {
      $0.discovery = nil
      $0.refresh = 10
    }
    func take(_ text: String, _ image: UInt32, _ seconds: UInt64) throws -> Int {
      try messages.take(TestReports.text(text, image: image), now: seconds * Self.second)
      return sent(&messages).count
    }
    #expect(try take("A", 0, 100) == 2)
    #expect(try take("A", 1, 101) == 0)
    #expect(try take("B", 2, 102) == 2)
    #expect(try take("B", 3, 111) == 0)
    #expect(try take("B", 4, 112) == 2)
  }

  @Test func everyImageIsToldWhereThatIsWished() throws {
    var messages = try messages {
      $0.discovery = nil
      $0.refresh = 0
    }
    for image in 0..<3 {
      try messages.take(TestReports.text("A", image: UInt32(image)), now: 5)
      #expect(sent(&messages).count == 2)
    }
  }

  /// A value that Home Assistant lets expire is told often enough.
  @Test func valuesDoNotExpireWhileImagesCome() throws {
    var messages = try messages {
      $0.refresh = 60
      $0.expiry = 30
    }
    for second in 0..<60 {
      try messages.take(
        TestReports.values([TestReports.good(1)]), now: (1_000 + UInt64(second)) * Self.second)
      let all = sent(&messages)
      #expect((all["serialscribe/cellar/counter"] != nil) == (second % 10 == 0))
      if second == 0 {
        let sensor = try json(all["homeassistant/sensor/cellar/counter/config"])
        #expect(sensor["expire_after"] as? Int == 30)
      }
    }
  }

  @Test func textThatMeansHarmStaysText() throws {
    let harm = "\"}\u{0}\u{7}\u{1B}[2J\\ \u{202E}é\u{10FFFF}</script>\r\n+/#"
    var messages = try messages()
    try messages.take(TestReports.text(harm), now: 1)
    let all = sent(&messages)
    #expect(try json(all["serialscribe/cellar/state"])["text"] as? String == harm)
    #expect(all["serialscribe/cellar/state"]?.utf8.allSatisfy { $0 >= 0x20 } == true)
    #expect(all["serialscribe/cellar/text"] == harm)
    #expect(all.count == 3)
  }

  @Test func aTextIsBounded() throws {
    var messages = try messages()
    try messages.take(TestReports.text(String(repeating: "x", count: 1_000_000)), now: 1)
    #expect(sent(&messages)["serialscribe/cellar/text"]?.count == CameraMessages.longestText)
  }

  @Test(arguments: ["", "a/b", "a+", "#", "a b", "é", "state", "text", "status", "$x", "a\u{0}"])
  func aFieldsNameMakesNoOtherTopic(name: String) throws {
    var messages = try messages()
    let fields = [TestReports.field(name), TestReports.field("good")]
    #expect(throws: BrokerError.fieldName(name)) { try messages.use(fields) }
    try messages.take(
      TestReports.values(fields.map { TestReports.good(5, of: $0) }), now: 1)
    // The other field is told.
    let all = sent(&messages)
    #expect(all["serialscribe/cellar/good"] == "5")
    for topic in all.keys {
      #expect(topic.hasPrefix("serialscribe/cellar/") || topic.contains("/good/"))
      #expect(!topic.hasSuffix("/\(name)") || ["state"].contains(name))
    }
  }

  @Test(arguments: ["", "a/b", "+", "#", "a b", "é", String(repeating: "a", count: 65)])
  func aCamerasNameMakesNoOtherTopic(name: String) {
    #expect(throws: BrokerError.cameraName(name)) {
      try CameraIdentity(name: name, software: "1")
    }
  }

  @Test(arguments: [
    ("/dev/ttyUSB0", "ttyUSB0"), ("tcp:10.0.0.1:3333", "tcp_10_0_0_1_3333"), ("-", "-"),
    ("/dev/serial/by-id/usb+#", "usb__"), ("", "camera"), ("/", "camera"), ("a é", "a___"),
  ])
  func aPortNamesACamera(port: String, name: String) {
    #expect(CameraIdentity(source: port, software: "1").name == name)
  }

  @Test func fieldsOfTheSameNameAreRefused() throws {
    var messages = try messages()
    #expect(throws: BrokerError.sameField("a")) {
      try messages.use([TestReports.field("a"), TestReports.field("a")])
    }
  }

  @Test func anImageWithoutValuesSaysNothingOfFields() throws {
    var messages = try messages()
    try messages.use([TestReports.counter])
    _ = sent(&messages)
    try messages.take(TestReports.text("lens cap"), now: 1)
    #expect(sent(&messages).isEmpty)
  }
}
