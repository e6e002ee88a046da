/// Rules of Home Assistant's documentation for what describes an entity, written a second time: by
/// them tests judge what the program sends.
public enum DiscoveryRules {
  public struct Violation: Error {
    public var text: String
  }

  /// Keys that a sensor of the kind may have, as the documentation of MQTT sensors lists them.
  private static let common: Set<String> = [
    "availability_topic", "device", "device_class", "enabled_by_default", "entity_category",
    "expire_after", "name", "origin", "qos", "state_topic", "unique_id", "value_template",
    "json_attributes_topic", "json_attributes_template",
  ]
  private static let ofSensors: Set<String> = [
    "state_class", "suggested_display_precision", "unit_of_measurement",
  ]
  /// Meters' classes, of which nothing may be a measurement, and what only adds up.
  private static let totals: Set<String> = [
    "energy", "gas", "water", "volume", "reactive_energy",
  ]
  private static let both: Set<String> = [
    "area", "data_size", "distance", "duration", "precipitation", "weight",
  ]

  /// Checks the description of an entity.
  ///
  /// - Throws: `Violation`.
  public static func check(_ entity: [String: Any], component: String) throws(Violation) {
    func require(_ condition: Bool, _ text: String) throws(Violation) {
      if !condition { throw Violation(text: text) }
    }
    let keys = component == "sensor" ? common.union(ofSensors) : common
    let unknown = Set(entity.keys).subtracting(keys)
    try require(unknown.isEmpty, "unknown keys \(unknown)")
    for key in ["state_topic", "unique_id", "name"] {
      try require((entity[key] as? String)?.isEmpty == false, "no \(key)")
    }
    // A device is only made where there is an id, and one is needed to tell it from others.
    let device = entity["device"] as? [String: Any] ?? [:]
    try require((device["identifiers"] as? [String])?.count == 1, "no device")
    let origin = entity["origin"] as? [String: Any] ?? [:]
    try require(origin["name"] as? String != nil, "the origin has no name")
    try require((0...2).contains(entity["qos"] as? Int ?? -1), "wrong qos")
    for key in ["state_topic", "availability_topic", "json_attributes_topic"] {
      let topic = entity[key] as? String ?? "x"
      try require(!topic.contains { "+#\0".contains($0) }, "wildcards in \(key)")
    }
    guard component == "sensor" else {
      try require(
        entity["device_class"] as? String == "problem" || entity["device_class"] == nil,
        "wrong device class of a binary sensor")
      return
    }
    try checkStatistics(
      entity["device_class"] as? String, entity["state_class"] as? String,
      entity["unit_of_measurement"] as? String)
  }

  private static func checkStatistics(
    _ deviceClass: String?, _ stateClass: String?, _ unit: String?
  ) throws(Violation) {
    guard let stateClass else {
      if unit != nil, deviceClass != "wind_direction" { throw Violation(text: "no state class") }
      return
    }
    let all: Set<String> = ["measurement", "total", "total_increasing"]
    let allowed: Set<String> =
      if let deviceClass {
        totals.contains(deviceClass)
          ? ["total", "total_increasing"] : both.contains(deviceClass) ? all : ["measurement"]
      } else {
        all
      }
    if !allowed.contains(stateClass) {
      throw Violation(text: "\(deviceClass ?? "a sensor") has state class \(stateClass)")
    }
  }
}
