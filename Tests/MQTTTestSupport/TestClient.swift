import CMosquitto
import Foundation
import PortTestSupport
import Synchronization

/// A client beside the program under test: it hears everything, and can say something.
public final class TestClient: Sendable {
  public struct Message: Sendable, Equatable {
    public var topic: String
    public var payload: [UInt8]
    public var quality: Int
    /// Whether the broker had kept it from before.
    public var isRetained: Bool

    public var text: String { String(decoding: payload, as: UTF8.self) }

    /// The payload as a JSON object.
    public var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(payload))) as? [String: Any] ?? [:]
    }
  }

  private let heard = Mutex<[Message]>([])
  private let isSubscribed = Mutex(false)
  private nonisolated(unsafe) let client: OpaquePointer
  private static let library = mosquitto_lib_init()

  /// Connects and subscribes to all topics.
  ///
  /// - Throws: `TestFailure`.
  public init(_ broker: TestBroker, filter: String = "#") async throws {
    _ = Self.library
    guard let client = mosquitto_new("test-\(UUID().uuidString)", true, nil) else {
      throw TestFailure.call("mosquitto_new")
    }
    self.client = client
    mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
    mosquitto_message_callback_set(client) { _, object, message in
      guard let object, let message = message?.pointee, let topic = message.topic else { return }
      let payload = UnsafeRawBufferPointer(
        start: message.payload, count: message.payload == nil ? 0 : Int(message.payloadlen))
      let copy = Message(
        topic: String(cString: topic), payload: Array(payload), quality: Int(message.qos),
        isRetained: message.retain)
      Unmanaged<TestClient>.fromOpaque(object).takeUnretainedValue().heard.withLock {
        $0.append(copy)
      }
    }
    mosquitto_subscribe_callback_set(client) { _, object, _, _, _ in
      guard let object else { return }
      Unmanaged<TestClient>.fromOpaque(object).takeUnretainedValue().isSubscribed.withLock {
        $0 = true
      }
    }
    guard mosquitto_connect(client, "127.0.0.1", Int32(broker.port), 60) == 0,
      mosquitto_subscribe(client, nil, filter, 2) == 0, mosquitto_loop_start(client) == 0
    else { throw TestFailure.call("mosquitto_connect") }
    guard await PortTestSupport.waits(for: { isSubscribed.withLock { $0 } }) else {
      throw TestFailure.call("mosquitto_subscribe")
    }
  }

  deinit {
    mosquitto_disconnect(client)
    mosquitto_loop_stop(client, true)
    mosquitto_destroy(client)
  }

  /// Everything heard so far, in its order.
  public var messages: [Message] { heard.withLock { $0 } }

  /// The newest message of a topic.
  public subscript(topic: String) -> Message? { messages.last { $0.topic == topic } }

  public func say(_ topic: String, _ payload: String, isRetained: Bool = false) {
    let bytes = Array(payload.utf8)
    mosquitto_publish(client, nil, topic, Int32(bytes.count), bytes, 1, isRetained)
  }

  /// Waits for a message of a topic.
  public func waits(
    for topic: String, where condition: (Message) -> Bool = { _ in true }
  ) async -> Message? {
    var found: Message?
    _ = await PortTestSupport.waits {
      found = messages.last { $0.topic == topic && condition($0) }
      return found != nil
    }
    return found
  }
}
