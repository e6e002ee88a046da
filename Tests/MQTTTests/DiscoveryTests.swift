import Foundation
import MQTT
import MQTTTestSupport
import Testing
import Values

/// What Home Assistant is told, by the rules of its documentation.
@Suite("Discovery") struct DiscoveryTests {
  private static let config = "homeassistant/sensor/cellar/counter/config"

  private func messages() throws -> CameraMessages {
    CameraMessages(
      camera: try CameraIdentity(name: "cellar", software: "1.2.3"),
      broker: BrokerChoice(address: BrokerAddress(host: "b")))
  }

  private func sent(_ messages: inout CameraMessages) -> [String: [UInt8]] {
    var all: [String: [UInt8]] = [:]
    while let message = messages.next() { all[message.topic] = message.payload }
    return all
  }

  private func sensor(_ field: Field) throws -> [String: Any] {
    var messages = try messages()
    try messages.use([field])
    let payload = sent(&messages)["homeassistant/sensor/cellar/\(field.name)/config"]
    let object = try JSONSerialization.jsonObject(with: Data(try #require(payload)))
    return try #require(object as? [String: Any])
  }

  @Test func aMetersSensorIsWhole() throws {
    let sensor = try sensor(TestReports.counter)
    try DiscoveryRules.check(sensor, component: "sensor")
    let device = try #require(sensor["device"] as? [String: Any])
    #expect(device["identifiers"] as? [String] == ["serialscribe/cellar"])
    #expect(device["name"] as? String == "cellar")
    #expect(device["manufacturer"] as? String == "SerialScribe")
    #expect(device["model"] as? String == "Camera that reads")
    #expect(device["sw_version"] as? String == "1.2.3")
    #expect(sensor["name"] as? String == "counter")
    #expect(sensor["unique_id"] as? String == "serialscribe/cellar/counter")
    #expect(sensor["state_topic"] as? String == "serialscribe/cellar/counter")
    #expect(sensor["availability_topic"] as? String == "serialscribe/cellar/status")
    #expect(sensor["json_attributes_topic"] as? String == "serialscribe/cellar/state")
    #expect(sensor["unit_of_measurement"] as? String == "m³")
    #expect(sensor["device_class"] as? String == "water")
    #expect(sensor["state_class"] as? String == "total_increasing")
    #expect(sensor["suggested_display_precision"] as? Int == 3)
    #expect(sensor["expire_after"] == nil)
    #expect(sensor["qos"] as? Int == 1)
  }

  @Test func aRefusedValueIsAProblem() throws {
    var messages = try messages()
    try messages.use([TestReports.counter])
    let payload = sent(&messages)["homeassistant/binary_sensor/cellar/counter/config"]
    let object = try JSONSerialization.jsonObject(with: Data(try #require(payload)))
    let problem = try #require(object as? [String: Any])
    try DiscoveryRules.check(problem, component: "binary_sensor")
    #expect(problem["device_class"] as? String == "problem")
    #expect(
      problem["value_template"] as? String
        == "{{ 'ON' if value_json['values']['counter']['state'] == 'refused' else 'OFF' }}")
  }

  @Test func statisticsFollowQuantityAndGrowth() throws {
    func statistics(_ quantity: String?, _ unit: String, grows: Bool) throws -> String? {
      try sensor(
        TestReports.field("x") {
          $0.quantity = quantity
          $0.unit = unit
          $0.digits = 4
          $0.limits.grows = grows
        })["state_class"] as? String
    }
    #expect(try statistics("energy", "kWh", grows: true) == "total_increasing")
    // A meter of water that may fall isn't a measurement to Home Assistant.
    #expect(try statistics("water", "L", grows: false) == "total")
    #expect(try statistics("temperature", "°C", grows: false) == "measurement")
    #expect(try statistics("temperature", "°C", grows: true) == "measurement")
    #expect(try statistics("weight", "kg", grows: true) == "total_increasing")
    #expect(try statistics("wind_direction", "°", grows: false) == nil)
    #expect(try statistics(nil, "", grows: true) == "total_increasing")
    #expect(try statistics(nil, "turns", grows: false) == "measurement")
  }

  @Test func everyQuantityMakesAValidSensor() throws {
    for quantity in Quantity.table {
      for (unit, grows) in [(quantity.units[0], false), (quantity.units.last ?? "", true)] {
        try DiscoveryRules.check(
          sensor(
            TestReports.field("x") {
              $0.quantity = quantity.name
              $0.unit = unit
              $0.limits.grows = grows
            }), component: "sensor")
      }
    }
  }

  /// Home Assistant refuses statistics of a text; whether a field is one shows with its first value.
  @Test func aFieldOfTextHasNoStatisticsUntilItIsANumber() throws {
    var messages = try messages()
    let plain = TestReports.field("counter")
    try messages.use([plain])
    var payload = String(decoding: sent(&messages)[Self.config] ?? [], as: UTF8.self)
    #expect(!payload.isEmpty && !payload.contains("state_class"))
    try messages.take(TestReports.values([TestReports.good(17, of: plain)]), now: 1)
    payload = String(decoding: sent(&messages)[Self.config] ?? [], as: UTF8.self)
    #expect(payload.contains(#""state_class":"measurement""#))
    // And only once.
    try messages.take(TestReports.values([TestReports.good(18, of: plain)]), now: 2)
    #expect(sent(&messages)[Self.config] == nil)
  }

  @Test func aFieldThatIsGoneIsRemoved() throws {
    var messages = try messages()
    try messages.use([TestReports.counter, TestReports.field("other")])
    try messages.take(
      TestReports.values([TestReports.good(1), TestReports.good(2, of: TestReports.field("other"))]
      ),
      now: 1)
    _ = sent(&messages)
    try messages.use([TestReports.counter])
    let all = sent(&messages)
    for topic in [
      "homeassistant/sensor/cellar/other/config", "homeassistant/binary_sensor/cellar/other/config",
      "serialscribe/cellar/other",
    ] {
      #expect(all[topic] == [], "\(topic)")
    }
    #expect(all.count == 3)
  }

  /// The description of a field that an earlier run of the program had.
  @Test func whatAnEarlierRunLeftIsRemovedOnceFieldsAreKnown() throws {
    var messages = try messages()
    let text =
      #"{"origin":{"name":"SerialScribe"},"device":{"identifiers":["serialscribe/cellar"]}}"#
    let own = Array(text.utf8)
    // The same camera's name under other topics.
    let other = Array(text.replacing("serialscribe/", with: "plant/").utf8)
    let old = "homeassistant/sensor/cellar/old/config"
    let foreign = "homeassistant/sensor/cellar/foreign/config"
    messages.hear(old, own, isRetained: true, isOnline: true)
    messages.hear(Self.config, own, isRetained: true, isOnline: true)
    messages.hear(foreign, other, isRetained: true, isOnline: true)
    #expect(sent(&messages).isEmpty)
    try messages.take(TestReports.values([TestReports.good(1)]), now: 1)
    let all = sent(&messages)
    #expect(all[old] == [] && all["serialscribe/cellar/old"] == [])
    #expect(all[Self.config]?.isEmpty == false)
    #expect(all[foreign] == nil)
    // One that is heard later is removed at once.
    messages.hear(
      "homeassistant/sensor/cellar/text/config", own, isRetained: true, isOnline: true)
    #expect(sent(&messages)["homeassistant/sensor/cellar/text/config"] == [])
  }

  @Test func homeAssistantsStartHasEverythingToldAgain() throws {
    var messages = try messages()
    try messages.take(TestReports.values([TestReports.good(1)]), now: 1)
    messages.say(isOnline: true)
    let first = sent(&messages)
    #expect(first.count == 5)
    let online = Array("online".utf8)
    messages.hear("homeassistant/status", online, isRetained: true, isOnline: true)
    messages.hear("homeassistant/status", Array("offline".utf8), isRetained: false, isOnline: true)
    #expect(sent(&messages).isEmpty)
    messages.hear("homeassistant/status", online, isRetained: false, isOnline: true)
    #expect(sent(&messages) == first)
  }

  /// A broker may find an earlier connection dead, and tell its last will, after we came.
  @Test func anOldLastWillIsAnswered() throws {
    var messages = try messages()
    let status = "serialscribe/cellar/status"
    messages.say(isOnline: true)
    _ = sent(&messages)
    messages.hear(status, Array("offline".utf8), isRetained: false, isOnline: true)
    #expect(sent(&messages) == [status: Array("online".utf8)])
    messages.hear(status, Array("online".utf8), isRetained: false, isOnline: true)
    messages.hear(status, Array("offline".utf8), isRetained: false, isOnline: false)
    #expect(sent(&messages).isEmpty)
  }
}
