import Sinks
import Values

/// What Home Assistant is told of a camera, so that its values appear there by themselves.
///
/// After https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
struct Discovery: Sendable {
  let prefix: String
  let camera: CameraIdentity
  let topics: CameraTopics
  let quality: BrokerChoice.Quality
  let expiry: Int?

  struct Entity: Equatable {
    var topic: String
    var payload: String
  }

  /// The topic on which Home Assistant says that it has started.
  var birth: String { "\(prefix)/status" }

  /// A filter for all entities of this camera.
  var entities: String { "\(prefix)/+/\(camera.name)/+/config" }

  /// Whether a description is of this very camera, as an earlier run of the program made it.
  func isOwn(_ payload: [UInt8]) -> Bool {
    payload.starts(with: #"{"origin":{"name":"SerialScribe""#.utf8)
      && String(decoding: payload, as: UTF8.self).contains(#""identifiers":["\#(topics.base)"]"#)
  }

  /// A field's sensor, and one that tells whether its value is refused.
  ///
  /// - Parameters:
  ///   - field: the field.
  ///   - quantity: its quantity.
  ///   - isNumber: whether the field's text stands for a number: units and statistics are of
  ///     numbers only.
  /// - Returns: both.
  func entities(of field: Field, _ quantity: Quantity?, isNumber: Bool) -> [Entity] {
    let value = "value_json['values']['\(field.name)']"
    let sensor = payload(named: field.name, id: field.name) { line in
      line.member("state_topic", topics.field(field.name))
      line.member("json_attributes_topic", topics.state)
      line.member(
        "json_attributes_template",
        "{{ {'state': \(value)['state'], 'reason': \(value)['reason'], 'text': \(value)['text']} "
          + "| tojson }}")
      if isNumber {
        if !field.unit.isEmpty {
          line.member("unit_of_measurement", Quantity.plain(field.unit))
        }
        let statistics =
          quantity.map { $0.statistics(grows: field.limits.grows) }
          ?? (field.limits.grows ? .totalIncreasing : .measurement)
        if let statistics { line.member("state_class", statistics.rawValue) }
        line.member("suggested_display_precision", field.decimals)
        if let quantity { line.member("device_class", quantity.name) }
      }
    }
    let problem = payload(named: "\(field.name) refused", id: "\(field.name)/refused") { line in
      line.member("state_topic", topics.state)
      line.member(
        "value_template", "{{ 'ON' if \(value)['state'] == 'refused' else 'OFF' }}")
      line.member("device_class", "problem")
      line.member("entity_category", "diagnostic")
    }
    return [
      Entity(topic: topic("sensor", field.name), payload: sensor),
      Entity(topic: topic("binary_sensor", field.name), payload: problem),
    ]
  }

  /// The sensor of a camera without fields: its text, of which Home Assistant keeps 255 characters.
  var text: Entity {
    Entity(
      topic: topic("sensor", "text"),
      payload: payload(named: "text", id: "text") { line in
        line.member("state_topic", topics.text)
        line.member("value_template", "{{ value[:255] }}")
      })
  }

  /// The name of the field or text whose sensor a topic describes; nil where it is no sensor's.
  func sensor(of topic: String) -> String? {
    let levels = topic.dropFirst(prefix.count + 1).split(separator: "/")
    guard levels.count == 4, levels[0] == "sensor", levels[1] == camera.name else { return nil }
    return String(levels[2])
  }

  private func topic(_ component: String, _ name: String) -> String {
    "\(prefix)/\(component)/\(camera.name)/\(name)/config"
  }

  private func payload(
    named name: String, id: String, _ rest: (inout JSONLine) -> Void
  ) -> String {
    var line = JSONLine()
    line.object { line in
      line.key("origin")
      line.object {
        $0.member("name", "SerialScribe")
        $0.member("sw_version", camera.software)
      }
      line.key("device")
      line.object {
        $0.key("identifiers")
        $0.array { $0.value(topics.base) }
        $0.member("name", camera.name)
        $0.member("manufacturer", "SerialScribe")
        $0.member("model", "Camera that reads")
        $0.member("sw_version", camera.software)
      }
      line.member("name", name)
      // Topics are unique, and so are names made of them.
      line.member("unique_id", "\(topics.base)/\(id)")
      line.member("availability_topic", topics.status)
      line.member("qos", quality.rawValue)
      if let expiry { line.member("expire_after", expiry) }
      rest(&line)
    }
    return line.text
  }
}

/// The topics of a camera.
struct CameraTopics: Sendable {
  static let online = "online"
  static let offline = "offline"

  let base: String

  init(prefix: String, camera: String) { base = "\(prefix)/\(camera)" }

  var state: String { "\(base)/state" }
  var status: String { "\(base)/status" }
  var text: String { "\(base)/text" }
  func field(_ name: String) -> String { "\(base)/\(name)" }
}
