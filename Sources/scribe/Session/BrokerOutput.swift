import Bytes
import FirmwareProto
import MQTT
import Sinks
import Values

/// The way of a session's readings to an MQTT broker: a publisher for each source, since the broker
/// tells of each by itself that it is gone.
struct BrokerOutput: Sendable {
  private var publishers: [String: Publisher] = [:]

  /// A port or recording that is told of.
  struct Source: Sendable {
    var name: String
    /// The camera's name in its file; nil for a name that is made of the source's.
    var camera: String?
    /// The fields of its camera; nil where the first report tells them.
    var fields: [Field]?
  }

  /// Connects to the broker, where there is one.
  ///
  /// - Parameters:
  ///   - options: the broker.
  ///   - sources: ports or recordings.
  ///   - display: shows how the connection goes.
  /// - Throws: `BrokerError`.
  init(
    _ options: BrokerOptions, sources: [Source], display: StatusDisplay
  ) throws(BrokerError) {
    guard let broker = try options.choice() else { return }
    if let path = options.mqttPasswordFile, Password.isExposed(path) {
      display.message(
        "every user of this machine can read \(path): chmod 600 it", style: .yellow)
    }
    if broker.exposesPassword {
      display.message(
        "the password goes to \(broker.address) unencrypted; mqtts:// encrypts", style: .yellow)
    }
    var names: Set<String> = []
    for source in sources {
      let camera =
        if let name = options.mqttName ?? source.camera {
          try CameraIdentity(name: name, software: SCRIBE_VERSION)
        } else {
          CameraIdentity(source: source.name, software: SCRIBE_VERSION)
        }
      guard names.insert(camera.name).inserted else { throw .sameCamera(camera.name) }
      let start = sources.count > 1 ? "\(camera.name): " : ""
      publishers[source.name] = try Publisher(
        camera, to: broker, fields: source.fields
      ) { notice in
        display.message(start + notice.text, style: notice.style)
      }
    }
    for publisher in publishers.values { try publisher.start() }
  }

  /// A sink that the source's publisher follows.
  func sink(
    beside sink: any ReadingSink, of source: String, _ reading: ReaderOptions
  ) -> any ReadingSink {
    guard let publisher = publishers[source] else { return sink }
    return FanOutSink([
      sink, ConfidenceFilter(publisher, leastConfidence: reading.minConfidence),
    ])
  }

  /// Tells whether a source's port is there, and passes the event on.
  func follow(_ event: ByteEvent?, of source: String) -> ByteEvent? {
    switch event {
    case .connected: publishers[source]?.camera(isThere: true)
    case .disconnected: publishers[source]?.camera(isThere: false)
    default: break
    }
    return event
  }

  /// Says that all cameras are offline, and ends the connections.
  ///
  /// - Parameters:
  ///   - seconds: the time that this may take.
  ///   - awaitsBroker: whether a broker that is away is waited for so long, too.
  func finish(within seconds: Double, awaitsBroker: Bool) async {
    await withTaskGroup(of: Void.self) { group in
      for publisher in publishers.values {
        group.addTask { await publisher.finish(within: seconds, awaitsBroker: awaitsBroker) }
      }
    }
  }
}

extension Publisher.Notice {
  fileprivate var style: Terminal.Style {
    switch kind {
    case .good: .green
    case .warning: .yellow
    case .bad: .red
    }
  }
}
