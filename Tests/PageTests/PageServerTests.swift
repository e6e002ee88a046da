import Foundation
import Glibc
import Page
import PortTestSupport
import Testing

/// A page that is served: viewers at sockets, also such as behave badly.
@Suite("Served page", .serialized) struct PageServerTests {
  /// A page that is served as long as this lives.
  private final class Served {
    let fixture: PageFixture
    let server: PageServer

    init() throws {
      fixture = try PageFixture()
      server = try PageServer(
        PageServer.Place(port: 0), cameras: [fixture.camera], viewers: fixture.viewers)
      try server.start()
    }

    deinit { server.stop() }

    var port: UInt16 { UInt16(server.url.split(separator: ":").last?.dropLast() ?? "") ?? 0 }
    func client() throws -> Client { try Client(port) }
  }

  /// A viewer's end of a connection.
  private final class Client {
    private let descriptor: CInt
    private var received: [UInt8] = []

    init(_ port: UInt16) throws {
      descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      // A viewer that reads nothing fills little.
      var size: CInt = 4096
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<CInt>.size))
      let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      try #require(code == 0)
      // Nothing takes as long, but where it hangs.
      var patience = timeval(tv_sec: 180, tv_usec: 0)
      setsockopt(
        descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
      let bytes = Array(text.utf8)
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.send(
            descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, CInt(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        sent += count
      }
    }

    func get(_ path: String, _ headers: String = "") {
      send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(headers)\r\n")
    }

    /// Reads until `mark` has come; all until then, or until the end.
    func read(to mark: String) -> String {
      let mark = Array(mark.utf8)
      while !received.contains(mark) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { break }
        received += bytes[..<count]
      }
      defer { received = [] }
      return String(decoding: received, as: UTF8.self)
    }

    /// Whether the other side has closed; reads what comes before.
    func isClosed() -> Bool {
      var bytes = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count == 0 { return true }
        if count < 0 { return errno == ECONNRESET }
      }
    }
  }

  @Test func aConnectionServesRequestAfterRequest() throws {
    let served = try Served()
    served.fixture.show(1)
    let client = try served.client()
    client.get("/api/cameras")
    #expect(client.read(to: "}]}").hasPrefix("HTTP/1.1 200 OK\r\n"))
    // Two at once.
    client.send(
      "GET /api/cameras/1/values HTTP/1.1\r\nHost: localhost\r\n\r\n"
        + "GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    let both = client.read(to: "nothing here\"}")
    #expect(both.contains("\"values\":[]") && both.contains("404 Not Found"))
    #expect(client.isClosed())
  }

  @Test func eventsComeAsTheyHappen() async throws {
    let served = try Served()
    let client = try served.client()
    client.get("/api/events")
    #expect(client.read(to: "event: changed\ndata: {\"camera\":1}\n\n").contains("event-stream"))
    served.fixture.show(5, text: "4711")
    #expect(client.read(to: "\"text\":\"4711\"").contains("event: picture"))
    #expect(await waits { served.fixture.viewers.count == 1 })
  }

  @Test func aViewerThatReadsNothingHarmsNobody() async throws {
    let served = try Served()
    let deaf = try (0..<8).map { _ in try served.client() }
    for client in deaf { client.get("/api/events") }
    #expect(await waits { served.fixture.viewers.count == 8 })
    let client = try served.client()
    client.get("/api/events")
    _ = client.read(to: "event: changed")
    // Far more than sockets hold.
    for number in 1...60 {
      let image = PageFixture.image(UInt32(number), width: 640, height: 480)
      served.fixture.feed.received(image, time: 0)
      served.fixture.feed.read(
        PageFixture.report(UInt32(number), text: "n\(number).", width: 640, height: 480))
    }
    #expect(client.read(to: "n60.").contains("event: picture"))
    let other = try served.client()
    other.get("/api/cameras/1/reading")
    #expect(other.read(to: "n60.").contains("200 OK"))
    withExtendedLifetime(deaf) {}
  }

  @Test func viewersThatLeaveMakeRoom() async throws {
    let served = try Served()
    for _ in 0..<3 {
      let clients = try (0..<Viewers.most).map { _ in try served.client() }
      for client in clients { client.get("/api/events") }
      #expect(await waits { served.fixture.viewers.count == Viewers.most })
      let client = try served.client()
      client.get("/api/events")
      #expect(client.read(to: "}").contains("503"))
      withExtendedLifetime(clients) {}
      // Those who are gone are seen to be gone once something is told to them.
    }
    served.fixture.show(1)
    #expect(await waits { served.fixture.viewers.count == 0 })
  }

  @Test func connectionsAreBounded() async throws {
    let served = try Served()
    var clients = try (0..<PageServer.mostConnections).map { _ in try served.client() }
    // Each is served, so all of them are taken.
    for client in clients {
      client.get("/api/cameras/1/values")
      #expect(client.read(to: "[]}").contains("200 OK"))
    }
    let one = try served.client()
    #expect(one.isClosed())
    clients.removeLast(8)
    #expect(
      await waits {
        guard let client = try? served.client() else { return false }
        client.get("/api/cameras/1/values")
        return client.read(to: "[]}").contains("200 OK")
      })
  }

  @Test func requestsAreBounded() throws {
    let served = try Served()
    let long = try served.client()
    long.send("GET / HTTP/1.1\r\nHost: localhost\r\nA: \(String(repeating: "a", count: 40_000))")
    #expect(long.read(to: "\"}").contains("431") && long.isClosed())
    let large = try served.client()
    large.send(
      "PUT /api/cameras/1/mount HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
    #expect(large.read(to: "\"}").contains("413") && large.isClosed())
    let odd = try served.client()
    odd.send("\u{16}\u{3}\u{1}\u{2}\r\n\r\n")
    #expect(odd.read(to: "\"}").contains("400") && odd.isClosed())
  }

  @Test func anotherSitesNameIsRefused() throws {
    let served = try Served()
    let client = try served.client()
    client.send("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    let answer = client.read(to: "\"}")
    #expect(answer.contains("421") && !answer.contains("<html"))
  }

  @Test func aPageThatEndsClosesAll() throws {
    let served = try Served()
    let client = try served.client()
    client.get("/api/events")
    _ = client.read(to: "event: changed")
    served.server.stop()
    #expect(client.isClosed())
    let again = try PageServer(
      PageServer.Place(port: served.port), cameras: [served.fixture.camera],
      viewers: served.fixture.viewers)
    try again.start()
    again.stop()
  }
}
