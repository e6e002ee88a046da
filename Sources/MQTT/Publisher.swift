import Bytes
import FoundationEssentials
public import Sinks
public import Values

/// Tells a broker what a camera's reports say.
///
/// Connecting, waiting and sending happen in a thread of its own. `write` only notes what is new:
/// whatever the broker does, it takes microseconds, and the memory of one message a topic.
public final class Publisher: ReadingSink {
  /// Something to tell people of, once each time that it changes.
  public struct Notice: Sendable, Equatable {
    public enum Kind: Sendable {
      case good, warning, bad
    }

    public var kind: Kind
    public var text: String
  }

  private let courier: Courier

  /// - Parameters:
  ///   - camera: the camera.
  ///   - broker: the broker.
  ///   - fields: the camera's fields; nil where the first report tells them.
  ///   - tell: takes notices, in the publisher's thread.
  /// - Throws: `BrokerError` for what can't work with any broker.
  public init(
    _ camera: CameraIdentity, to broker: BrokerChoice, fields: [Field]? = nil,
    tell: @escaping @Sendable (Notice) -> Void
  ) throws(BrokerError) {
    try broker.check()
    var messages = CameraMessages(camera: camera, broker: broker)
    if let fields { try messages.use(fields) }
    courier = Courier(
      broker, id: broker.clientID ?? Self.clientID(broker.prefix, camera.name), messages, tell)
  }

  deinit { courier.stop(within: 0, awaitsBroker: false) }

  /// The same name at each start: a broker then ends a connection that it still holds for the
  /// program's last run before it takes the new one, and not after.
  private static func clientID(_ prefix: String, _ camera: String) -> String {
    let host = TopicLevel.made(of: ProcessInfo.processInfo.hostName)
    return "\(TopicLevel.made(of: prefix))-\(camera)-\(host)"
  }

  /// Starts to connect.
  ///
  /// - Throws: `BrokerError.noThread`.
  public func start() throws(BrokerError) {
    let courier = courier
    do {
      try startThread { courier.run() }
    } catch {
      throw .noThread(code: error.code)
    }
  }

  /// Takes a report: never waits for the broker, and never fails.
  public func write(_ report: ImageReport) { courier.take(report) }

  /// Takes fields that were changed while the program runs.
  public func use(_ fields: [Field]) { courier.use(fields) }

  /// Tells whether the camera's port is there: to the broker's clients it is offline else.
  public func camera(isThere: Bool) { courier.camera(isThere: isThere) }

  /// Says that the camera is offline, and ends the connection.
  ///
  /// - Parameters:
  ///   - seconds: the time that this may take.
  ///   - awaitsBroker: whether a broker that isn't there is waited for so long, too.
  public func finish(within seconds: Double, awaitsBroker: Bool) async {
    courier.stop(within: seconds, awaitsBroker: awaitsBroker)
    let end = steadyNanoseconds() + UInt64(seconds * 1e9)
    while !courier.hasEnded, steadyNanoseconds() < end {
      try? await Task.sleep(for: .milliseconds(5))
    }
    courier.tellUnsent()
  }
}
