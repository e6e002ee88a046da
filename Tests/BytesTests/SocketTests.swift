import Bytes
import Glibc
import PortTestSupport
import Testing

/// The far side of a socket: a bridge that serves a port to one reader at a time.
final class Bridge: @unchecked Sendable {  // Used from one test at a time.
  let address: String
  private var listener: CInt
  private var connection: CInt = -1

  /// Listens on a free port of this machine, or at `path`.
  init(path: String? = nil, backlog: CInt = 4) throws {
    ignoreBrokenPipes()
    let listener = socket(
      path == nil ? AF_INET : AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.listener = listener
    guard listener >= 0 else { throw TestFailure.call("socket") }
    if let path {
      address = "unix:\(path)"
      var place = sockaddr_un()
      place.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
      guard Self.bind(listener, &place) else { throw TestFailure.call("bind") }
    } else {
      var place = sockaddr_in()
      place.sin_family = sa_family_t(AF_INET)
      place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let named = withUnsafeMutablePointer(to: &place) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0
        }
      }
      guard named else { throw TestFailure.call("bind") }
      address = "tcp:127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
    }
    guard listen(listener, backlog) == 0 else { throw TestFailure.call("listen") }
  }

  private static func bind<Place>(_ descriptor: CInt, _ place: inout Place) -> Bool {
    withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Place>.size)) == 0
      }
    }
  }

  /// Takes the next reader, who has connected or is about to.
  func accept() throws {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, 180_000) == 1 else { throw TestFailure.call("accept") }
    let last = connection
    connection = Glibc.accept(listener, nil, nil)
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    if last >= 0 { close(last) }
  }

  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      sent += count
    }
  }

  func receive(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var buffer = [UInt8](repeating: 0, count: count - bytes.count)
      var entry = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
      guard poll(&entry, 1, 180_000) == 1 else { break }
      let got = read(connection, &buffer, buffer.count)
      if got <= 0 { break }
      bytes += buffer[..<got]
    }
    return bytes
  }

  func hangUp() {
    if connection >= 0 { close(connection) }
    connection = -1
  }

  /// Serves no longer.
  func stop() {
    hangUp()
    if listener >= 0 { close(listener) }
    listener = -1
  }

  deinit { stop() }
}

@Suite("Sockets") struct SocketTests {
  private func error(_ address: String, milliseconds: Int = 5_000) -> PortError? {
    do {
      _ = try ByteSource(
        path: address, configuration: PortConfiguration(connectMilliseconds: milliseconds))
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [false, true])
  func bytesGoBothWays(isUnix: Bool) async throws {
    let folder = try TemporaryFolder()
    let bridge = try Bridge(path: isUnix ? "\(folder.path)/board" : nil)
    let source = try ByteSource(path: bridge.address)
    #expect(!source.waits)
    let log = EventLog(source)
    try bridge.accept()
    let sent = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    bridge.send(sent)
    #expect(await log.waits { $0.bytes.count == sent.count })
    #expect(log.bytes == sent)
    try source.write([1, 2, 3])
    #expect(bridge.receive(3) == [1, 2, 3])
    source.close()
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.changes == [.connected(name: bridge.address), .ended])
  }

  @Test func aBridgeThatComesBackIsReadOn() async throws {
    let bridge = try Bridge()
    let source = try ByteSource(path: bridge.address)
    let log = EventLog(source)
    try bridge.accept()
    bridge.send([1])
    #expect(await log.waits { $0.bytes == [1] })
    bridge.hangUp()
    #expect(await log.waits { $0.changes.contains(.disconnected(.hangUp)) })
    try bridge.accept()
    bridge.send([2])
    #expect(await log.waits { $0.bytes == [1, 2] })
    let connected = ByteEvent.connected(name: bridge.address)
    #expect(log.changes == [connected, .disconnected(.hangUp), connected])
    source.close()
  }

  @Test func withoutReconnectingItEnds() async throws {
    let bridge = try Bridge()
    let source = try ByteSource(
      path: bridge.address, configuration: PortConfiguration(reconnects: false))
    let log = EventLog(source)
    try bridge.accept()
    bridge.send([1, 2])
    bridge.hangUp()
    #expect(await log.waits { $0.changes.last == .ended })
    #expect(log.bytes == [1, 2])
    #expect(log.changes.suffix(2) == [.disconnected(.hangUp), .ended])
  }

  /// A signal would end the whole program here.
  @Test func writingToABridgeThatLeftThrows() async throws {
    let bridge = try Bridge()
    let source = try ByteSource(path: bridge.address)
    try bridge.accept()
    bridge.stop()
    var thrown: PortError?
    for _ in 0..<2_000 where thrown == nil {
      do {
        try source.write([UInt8](repeating: 0, count: 1_000))
        usleep(1_000)
      } catch {
        thrown = error
      }
    }
    #expect(thrown == .disconnected(bridge.address))
    source.close()
  }

  @Test func nobodyThereIsSaid() throws {
    let bridge = try Bridge()
    let address = bridge.address
    bridge.stop()
    #expect(error(address) == .noConnection(address, code: ECONNREFUSED))
    #expect(
      "\(PortError.noConnection(address, code: ECONNREFUSED))".contains("nobody listens"))
    let missing = "unix:/tmp/serialscribe-no-such-socket"
    #expect(error(missing) == .noConnection(missing, code: ENOENT))
    let unknown = "tcp:no-such-board.invalid:3333"
    guard case .unknownHost(unknown, "no-such-board.invalid", let reason)? = error(unknown) else {
      Issue.record("\(String(describing: error(unknown)))")
      return
    }
    #expect(!reason.isEmpty)
  }

  /// A listener whose queue is full no longer answers, like a board without power.
  @Test func whoDoesNotAnswerIsGivenUp() throws {
    let bridge = try Bridge(backlog: 0)
    var last: PortError?
    var sources: [ByteSource] = []
    for _ in 0..<8 where last == nil {
      do {
        sources.append(
          try ByteSource(
            path: bridge.address, configuration: PortConfiguration(connectMilliseconds: 100)))
      } catch {
        last = error
      }
    }
    #expect(last == .noConnection(bridge.address, code: ETIMEDOUT))
    #expect("\(PortError.noConnection(bridge.address, code: ETIMEDOUT))".contains("not answer"))
  }

  @Test func closingEndsTheWaitForABridge() async throws {
    let bridge = try Bridge(backlog: 0)
    let first = try ByteSource(
      path: bridge.address, configuration: PortConfiguration(connectMilliseconds: 60_000))
    let log = EventLog(first)
    try bridge.accept()
    // The queue is filled, so that reconnecting gets no answer for a minute.
    var others: [ByteSource] = []
    while let other = try? ByteSource(
      path: bridge.address, configuration: PortConfiguration(connectMilliseconds: 100)),
      others.count < 8
    { others.append(other) }
    bridge.hangUp()
    #expect(await log.waits { $0.changes.contains(.disconnected(.hangUp)) })
    try await Task.sleep(for: .milliseconds(500))
    first.close()
    #expect(await log.waits { $0.changes.last == .ended })
  }

  @Test(arguments: [
    "tcp:", "tcp:host", "tcp:host:", "tcp:host:0", "tcp:host:65536", "tcp:host:port", "tcp::3333",
    "tcp:fe80::1:3333", "tcp:[]:3333", "unix:", "unix:/" + String(repeating: "x", count: 120),
  ])
  func addressesThatAreNoneAreRefused(address: String) {
    #expect(error(address) == .badAddress(address))
  }

  @Test func anIPv6AddressStandsInBrackets() {
    // Nobody listens at port 1; it is enough that connecting is tried.
    guard case .noConnection("tcp:[::1]:1", _)? = error("tcp:[::1]:1") else {
      Issue.record("\(String(describing: error("tcp:[::1]:1")))")
      return
    }
  }

  @Test func aSocketFileSaysHowItIsGiven() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/board"
    let bridge = try Bridge(path: path)
    #expect(error(path) == .notSerial(path, what: "a socket, to be given as \(bridge.address)"))
  }
}
