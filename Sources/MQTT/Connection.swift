import CMosquitto
import Glibc

/// One connection to a broker by libmosquitto, from its start to its end. It belongs to one thread.
final class Connection {
  enum Event: Equatable {
    /// The broker took us.
    case accepted
    case heard(topic: String, payload: [UInt8], isRetained: Bool)
    /// A message got through, or was refused with a code.
    case delivered(id: Int32, code: Int32)
  }

  private let client: OpaquePointer
  private let broker: BrokerChoice
  private var events: [Event] = []
  /// The reason that a callback or a line of the library's log gave.
  private var reason: BrokerProblem?
  private var isAccepted = false

  /// Bytes of a message of the broker's that are taken; what is listened to is short.
  private static let longestHeard = 65_536

  private static let library: Int32 = mosquitto_lib_init()

  /// - Throws: `BrokerError` for what the library refuses.
  init(_ broker: BrokerChoice, id: String, will: RetainedMessage) throws(BrokerError) {
    guard Self.library == MOSQ_ERR_SUCCESS.rawValue, let client = mosquitto_new(id, true, nil)
    else { throw .library("libmosquitto doesn't start") }
    self.client = client
    self.broker = broker
    mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
    listen()
    let version = broker.version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
    try check(mosquitto_int_option(client, MOSQ_OPT_PROTOCOL_VERSION, version))
    try check(mosquitto_int_option(client, MOSQ_OPT_TCP_NODELAY, 1))
    try check(
      mosquitto_will_set(
        client, will.topic, Int32(will.payload.count), will.payload,
        Int32(broker.quality.rawValue), true))
    if let user = broker.user {
      try check(mosquitto_username_pw_set(client, user, broker.password?.text))
    }
    if broker.address.usesTLS { try encrypt() }
  }

  deinit { mosquitto_destroy(client) }

  private func check(_ code: Int32) throws(BrokerError) {
    guard code == MOSQ_ERR_SUCCESS.rawValue else {
      throw .library(String(cString: mosquitto_strerror(code)))
    }
  }

  private func encrypt() throws(BrokerError) {
    let files = broker.certificates
    let system = files.authorities == nil ? X509_get_default_cert_dir() : nil
    if system != nil { try check(mosquitto_int_option(client, MOSQ_OPT_TLS_USE_OS_CERTS, 1)) }
    // A key that wants a password fails, in place of asking for it at the terminal.
    try check(
      mosquitto_tls_set(
        client, files.authorities, system, files.certificate, files.key, { _, _, _, _ in 0 }))
    if files.trustsAnybody {
      try check(mosquitto_tls_opts_set(client, SSL_VERIFY_NONE, nil, nil))
      try check(mosquitto_tls_insecure_set(client, true))
    }
  }

  // MARK: Callbacks

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> Connection? {
    pointer.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
  }

  /// All callbacks come from `step` and `open`, in their thread.
  private func listen() {
    mosquitto_connect_v5_callback_set(client) { _, object, code, _, _ in
      Connection.of(object)?.answered(code)
    }
    mosquitto_disconnect_v5_callback_set(client) { _, object, code, _ in
      if code == MQTT_RC_SESSION_TAKEN_OVER.rawValue { Connection.of(object)?.reason = .takenOver }
    }
    mosquitto_publish_v5_callback_set(client) { _, object, id, code, _ in
      Connection.of(object)?.events.append(.delivered(id: id, code: code))
    }
    mosquitto_message_callback_set(client) { _, object, message in
      guard let message = message?.pointee, let topic = message.topic,
        (0...Connection.longestHeard).contains(Int(message.payloadlen))
      else { return }
      let payload = UnsafeRawBufferPointer(
        start: message.payload, count: message.payload == nil ? 0 : Int(message.payloadlen))
      Connection.of(object)?.events.append(
        .heard(
          topic: String(cString: topic), payload: Array(payload), isRetained: message.retain))
    }
    mosquitto_log_callback_set(client) { _, object, _, text in
      if let text { Connection.of(object)?.logged(String(cString: text)) }
    }
  }

  private func answered(_ code: Int32) {
    guard code != 0 else {
      isAccepted = true
      events.append(.accepted)
      return
    }
    reason = BrokerProblem(answer: code, broker.version)
  }

  /// Takes the reason of a failed handshake, which the library tells nowhere else.
  private func logged(_ text: String) {
    guard broker.address.usesTLS, reason == nil, !isAccepted else { return }
    if text.contains("host name verification failed") {
      reason = .certificate(.otherName)
    } else if text.contains("certificate verify failed"), let handle = mosquitto_ssl_get(client) {
      reason = .certificate(.init(code: SSL_get_verify_result(OpaquePointer(handle))))
    } else if text.contains("wrong version number") || text.contains("packet length too long") {
      reason = .notTLS
    } else if text.contains("unexpected eof") {
      reason = .closedUnanswered
    } else if text.contains(":SSL routines:"), text.contains(" alert ") {
      reason = Self.isAboutOurs(text) ? .ownCertificate : .tls(Self.end(of: text))
    } else if text.hasPrefix("Error:") || text.hasPrefix("OpenSSL Error") {
      reason = .tls(Self.end(of: text))
    }
  }

  /// Whether an alert of the broker's is about this program's certificate.
  private static func isAboutOurs(_ alert: String) -> Bool {
    [
      "certificate required", "unknown ca", "bad certificate", "certificate expired",
      "certificate unknown", "handshake failure",
    ].contains(where: alert.contains)
  }

  private static func end(of text: String) -> String {
    String(text.split(separator: ":").last ?? "").trimmed
  }

  // MARK: The connection

  /// Opens the connection: waits for names and for the host, as long as the system does.
  func open() -> BrokerProblem? {
    let code = mosquitto_connect(
      client, broker.address.host, Int32(broker.address.port), Int32(broker.keepAlive))
    return problem(code, errno)
  }

  /// Waits for the broker, for `wake` to become readable, or for the time to pass; then does what
  /// is to be done.
  func step(wake: Int32, milliseconds: Int32) -> BrokerProblem? {
    let socket = mosquitto_socket(client)
    guard socket >= 0 else { return reason ?? .lost }
    var entries = [
      pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
    ]
    if mosquitto_want_write(client) { entries[0].events |= Int16(POLLOUT) }
    // Bytes that were decrypted already make no socket readable.
    let isPending = mosquitto_ssl_get(client).map { SSL_pending(OpaquePointer($0)) > 0 } ?? false
    poll(&entries, 2, isPending ? 0 : milliseconds)
    let found = Int32(entries[0].revents)
    if isPending || found & (POLLIN | POLLHUP | POLLERR) != 0 {
      if let problem = problem(mosquitto_loop_read(client, 1), errno) { return problem }
    }
    if found & POLLOUT != 0 || mosquitto_want_write(client) {
      if let problem = problem(mosquitto_loop_write(client, 1), errno) { return problem }
    }
    return problem(mosquitto_loop_misc(client), errno)
  }

  var hasEvents: Bool { !events.isEmpty }

  /// The events since the last time.
  func takeEvents() -> [Event] {
    defer { events.removeAll(keepingCapacity: true) }
    return events
  }

  func subscribe(_ filters: [String]) {
    for filter in filters { mosquitto_subscribe(client, nil, filter, 1) }
  }

  /// Gives a message to the library.
  ///
  /// - Returns: its id, or the library's error.
  func publish(_ message: RetainedMessage, quality: Int) -> Result<Int32, PublishError> {
    var id: Int32 = 0
    let code = mosquitto_publish(
      client, &id, message.topic, Int32(message.payload.count), message.payload, Int32(quality),
      true)
    guard code != MOSQ_ERR_SUCCESS.rawValue else { return .success(id) }
    return .failure(PublishError(code: code))
  }

  struct PublishError: Error {
    let code: Int32

    var isOfQuality: Bool { code == MOSQ_ERR_QOS_NOT_SUPPORTED.rawValue }
    /// Whether the connection is to blame, and not the message.
    var isOfConnection: Bool {
      code == MOSQ_ERR_NO_CONN.rawValue || code == MOSQ_ERR_CONN_LOST.rawValue
        || code == MOSQ_ERR_ERRNO.rawValue
    }
    var words: String { String(cString: mosquitto_strerror(code)) }
  }

  func close() { mosquitto_disconnect(client) }

  private func problem(_ code: Int32, _ system: Int32) -> BrokerProblem? {
    guard code != MOSQ_ERR_SUCCESS.rawValue else { return nil }
    if let reason { return reason }
    return switch mosq_err_t(code) {
    case MOSQ_ERR_EAI: .unknownHost
    case MOSQ_ERR_ERRNO where system == ECONNREFUSED: .nobodyListens
    case MOSQ_ERR_ERRNO where !isAccepted && [ECONNRESET, EPIPE, EPROTO, 0].contains(system):
      .closedUnanswered
    case MOSQ_ERR_ERRNO where !isAccepted: .system(code: system)
    case MOSQ_ERR_PROTOCOL where !isAccepted, MOSQ_ERR_MALFORMED_PACKET where !isAccepted,
      MOSQ_ERR_OVERSIZE_PACKET where !isAccepted:
      .notMQTT
    case MOSQ_ERR_TLS where !isAccepted, MOSQ_ERR_TLS_HANDSHAKE where !isAccepted:
      .closedUnanswered
    case MOSQ_ERR_KEEPALIVE where !isAccepted: .noAnswer
    default: isAccepted ? .lost : .closedUnanswered
    }
  }
}

extension BrokerProblem {
  /// The problem that a broker's answer tells, by the codes of either version.
  init(answer code: Int32, _ version: BrokerChoice.Version) {
    switch (version, code) {
    case (.v3, 1), (.v5, 1), (.v5, 0x84): self = .wrongVersion
    case (.v3, 2), (.v5, 0x85): self = .clientID
    case (.v3, 4), (.v3, 5), (.v5, 0x86), (.v5, 0x87), (.v5, 0x8C): self = .login(code: code)
    // Their codes say the same.
    case (.v3, 3): self = .refused(code: 0x88)
    default: self = .refused(code: code)
    }
  }
}

extension String {
  /// The text without spaces and newlines at its ends.
  fileprivate var trimmed: String {
    let rest = drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
    return String(rest.reversed())
  }
}
