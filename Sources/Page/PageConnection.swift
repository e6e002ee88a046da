import Glibc

/// A connection of a viewer. For the page's thread alone.
final class PageConnection {
  /// Bounds on a connection.
  enum Limit {
    /// Seconds that a request may take to come.
    static let request = 15.0
    /// Seconds after which a connection on which nothing happens is closed.
    static let idle = 75.0
    /// Seconds for which a viewer may read nothing of what waits for it.
    static let stalled = 30.0
    /// Seconds in which a viewer whose connection ends may still send: closed at once, its system
    /// would forget the answer.
    static let parting = 2.0
    /// Bytes that the system keeps for a viewer: a slow one gets a newer picture instead of more
    /// old ones.
    static let sendBuffer: CInt = 128 << 10
    /// Bytes of one read.
    static let read = 16 << 10
  }

  let descriptor: CInt
  private let site: PageSite
  private var received: [UInt8] = []
  private var waiting = WaitingBytes()
  private var events: EventStream?
  private var closesWhenWritten = false
  /// The time when nothing more is said, and only the viewer's end is waited for.
  private var parted: Double?
  private(set) var isClosed = false
  /// The times of the first byte of a request that isn't whole, of the last byte in any direction,
  /// and of the last one that the viewer took.
  private var asked: Double?
  private var moved: Double
  private var taken: Double

  init(_ descriptor: CInt, _ site: PageSite, _ now: Double) {
    self.descriptor = descriptor
    self.site = site
    (moved, taken) = (now, now)
    var size = Limit.sendBuffer
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    var one: CInt = 1
    setsockopt(
      descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
  }

  deinit { close() }

  /// Events to wait for. While an answer waits for the viewer, no further request is read; a viewer
  /// of events may still say that it goes.
  var interest: pollfd {
    pollfd(
      fd: descriptor, events: Int16(waiting.isEmpty ? POLLIN : POLLOUT), revents: 0)
  }

  /// Reads and writes what can be read and written.
  func serve(_ happened: Int16, _ now: Double) {
    if happened & Int16(POLLIN | POLLHUP | POLLERR) != 0, waiting.isEmpty { read(now) }
    if happened & Int16(POLLERR) != 0 { close() }
    write(now)
  }

  /// Tells a viewer of events what is new, if the last was taken.
  func tell(_ now: Double) {
    guard !isClosed, waiting.isEmpty, let news = events?.take(), !news.isEmpty else { return }
    taken = now
    waiting.add(news)
    write(now)
  }

  /// Closes the connection where the viewer takes too long.
  func check(_ now: Double) {
    if let parted {
      if now - parted > Limit.parting { close() }
    } else if !waiting.isEmpty {
      if now - taken > Limit.stalled { close() }
    } else if let asked, now - asked > Limit.request {
      refuse(.requestTimeout, now)
    } else if events == nil, now - moved > Limit.idle {
      close()
    }
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    if events != nil { site.viewers.leave() }
    Glibc.close(descriptor)
  }

  private func read(_ now: Double) {
    var code: CInt = 0
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Limit.read) { buffer, used in
      count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      code = errno
      used = max(0, count)
    }
    guard count > 0 else {
      if count == 0 || code != EAGAIN && code != EINTR { close() }
      return
    }
    moved = now
    guard parted == nil else { return }
    // A viewer of events has nothing to say.
    guard events == nil, !closesWhenWritten else { return close() }
    received += bytes
    if asked == nil { asked = now }
    answer(now)
  }

  /// Answers the first request of those that came, once it is whole.
  private func answer(_ now: Double) {
    guard !received.isEmpty, waiting.isEmpty, events == nil else { return }
    switch HTTPParser.parse(received) {
    case .incomplete: return
    case .refused(let status): refuse(status, now)
    case .request(let request, let bytes):
      received.removeFirst(bytes)
      asked = received.isEmpty ? nil : now
      send(site.answer(request), keepsAlive: request.keepsAlive, now)
    }
  }

  private func refuse(_ status: HTTPStatus, _ now: Double) {
    received = []
    asked = nil
    send(site.dressed(.problem(status, status.words)), keepsAlive: false, now)
    write(now)
  }

  private func send(_ answer: Answer, keepsAlive: Bool, _ now: Double) {
    taken = now
    var parts = [answer.head(keepsAlive: keepsAlive)]
    switch answer.body {
    case .bytes(let bytes):
      if !bytes.isEmpty { parts.append(bytes) }
      closesWhenWritten = !keepsAlive
    case .events:
      var stream = EventStream(site.feeds)
      parts += stream.take()
      events = stream
    }
    waiting.add(parts)
  }

  private func write(_ now: Double) {
    while !isClosed, !waiting.isEmpty {
      let before = waiting.count
      guard waiting.write(to: descriptor) else { return close() }
      if waiting.count < before { (moved, taken) = (now, now) }
      guard waiting.isEmpty else { return }
      if closesWhenWritten {
        shutdown(descriptor, CInt(SHUT_WR))
        parted = now
        return
      }
      // A request that came with the last one.
      answer(now)
    }
  }
}

/// Bytes that wait to be written, in parts that several connections may share.
private struct WaitingBytes {
  private var parts: [[UInt8]] = []
  private var start = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  mutating func add(_ new: [[UInt8]]) {
    parts += new
    for part in new { count += part.count }
  }

  /// Writes what the other side takes now.
  ///
  /// - Returns: whether it still takes any.
  mutating func write(to descriptor: CInt) -> Bool {
    while let part = parts.first {
      let written = part.withUnsafeBytes { buffer in
        send(
          descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start,
          CInt(MSG_NOSIGNAL))
      }
      if written < 0 { return errno == EAGAIN || errno == EINTR }
      start += written
      count -= written
      guard start == part.count else { continue }
      parts.removeFirst()
      start = 0
    }
    return true
  }
}
