import Bytes
import MQTT
import Sinks
import Values

/// The way of a session's readings to an MQTT broker: a publisher for each source, since the broker
/// tells of each by itself that it is gone.
struct BrokerOutput: Sendable {
  private var publishers: [String: Publisher] = [:]

  /// The version of this program, which Home Assistant shows.
  private static let version = "1.0.0"

  /// Connects to the broker, where there is one.
  ///
  /// - Parameters:
  ///   - options: the broker.
  ///   - sources: ports or recordings.
  ///   - fields: the fields of a source's camera; nil where the first report tells them.
  ///   - display: shows how the connection goes.
  /// - Throws: `BrokerError`.
  init(
    _ options: BrokerOptions, sources: [String], fields: (String) -> [Field]? = { _ in nil },
    display: StatusDisplay
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
        if let name = options.mqttName {
          try CameraIdentity(name: name, software: Self.version)
        } else {
          CameraIdentity(source: source, software: Self.version)
        }
      guard names.insert(camera.name).inserted else { throw .sameCamera(camera.name) }
      let start = sources.count > 1 ? "\(camera.name): " : ""
      publishers[source] = try Publisher(camera, to: broker, fields: fields(source)) { notice in
        display.message(start + notice.text, style: notice.style)
      }
    }
    for publisher in publishers.values { publisher.start() }
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
