import Bytes
import Dispatch
import Glibc
import Synchronization

/// Serves the page of some cameras, in a thread of its own that never waits for a viewer.
public final class PageServer: Sendable {
  /// Where and to whom the page is served.
  public struct Place: Sendable {
    /// An address of this machine; 127.0.0.1 and ::1 are reached from nowhere else.
    public var address: String
    /// 0 for any that is free.
    public var port: UInt16
    public var token: PageToken?

    public init(address: String = "127.0.0.1", port: UInt16, token: PageToken? = nil) {
      self.address = address
      self.port = port
      self.token = token
    }

    var isLocal: Bool { address == "::1" || address.hasPrefix("127.") }
  }

  /// Connections at once. Further ones are told so and closed.
  package static let mostConnections = 128
  /// Connections that are taken before those who are here are served again.
  private static let mostAtOnce = 16

  /// The page's address, for people.
  public let url: String
  private let listener: PageListener
  private let site: PageSite
  private let isEnding = Atomic(false)
  private let hasEnded = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - place: where it is served.
  ///   - cameras: the cameras, by their numbers.
  ///   - viewers: those that the feeds tell.
  /// - Throws: `PageError`.
  public init(_ place: Place, cameras: [PageCamera], viewers: Viewers) throws(PageError) {
    guard place.isLocal || place.token != nil else { throw .needsToken(address: place.address) }
    listener = try PageListener(address: place.address, port: place.port)
    site = PageSite(
      cameras, viewers,
      PageGuard(token: place.token, isLocal: place.isLocal, port: listener.port))
    let host =
      switch place.address {
      case "0.0.0.0", "::": PageGuard.ownNames.min { $0.count < $1.count } ?? "localhost"
      case let address where address.contains(":"): "[\(address)]"
      case let address: address
      }
    url = "http://\(host):\(listener.port)/"
  }

  /// Starts to serve; to be called once.
  ///
  /// - Throws: `PageError.noThread`; there is nothing to stop then.
  public func start() throws(PageError) {
    do {
      try startThread { [self] in
        serve()
        hasEnded.signal()
      }
    } catch {
      hasEnded.signal()
      throw .noThread(reason: systemMessage(error.code))
    }
  }

  /// Ends all connections, and returns when that is done; to be called after `start`.
  public func stop() {
    guard !isEnding.exchange(true, ordering: .releasing) else { return }
    site.viewers.ringAlways()
    hasEnded.wait()
  }

  private func serve() {
    var connections: [PageConnection] = []
    var nextSecond = PageClock.seconds()
    while !isEnding.load(ordering: .acquiring) {
      var entries = [
        pollfd(fd: site.viewers.bell, events: Int16(POLLIN), revents: 0),
        pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      for connection in connections { entries.append(connection.interest) }
      let rest = max(0, min(1, nextSecond - PageClock.seconds()))
      _ = poll(&entries, nfds_t(entries.count), CInt((1000 * rest).rounded(.up)))
      let now = PageClock.seconds()
      for (index, connection) in connections.enumerated() where entries[2 + index].revents != 0 {
        connection.serve(entries[2 + index].revents, now)
      }
      if entries[1].revents != 0 { accept(&connections, now) }
      if now >= nextSecond {
        nextSecond = now + 1
        for feed in site.feeds { feed.sampleLink() }
        for connection in connections { connection.check(now) }
      }
      // Also those who have just taken the last news, of which the bell tells nothing.
      site.viewers.hear()
      for connection in connections { connection.tell(now) }
      connections.removeAll { $0.isClosed }
    }
    for connection in connections { connection.close() }
    listener.close()
  }

  private func accept(_ connections: inout [PageConnection], _ now: Double) {
    for _ in 0..<Self.mostAtOnce {
      guard let client = listener.accept() else { return }
      if connections.count < Self.mostConnections {
        connections.append(PageConnection(client, site, now))
        continue
      }
      let answer = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
      _ = Array(answer.utf8).withUnsafeBytes {
        send(client, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
      }
      close(client)
    }
  }
}

package enum PageClock {
  /// Seconds of a clock that doesn't go back.
  package static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
