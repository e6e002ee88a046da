import Page
import Testing

/// Requests as they come off a socket, whole, in pieces, and as nobody should send them.
@Suite("Requests") struct HTTPParserTests {
  private func parse(_ text: String) -> HTTPParser.Found { HTTPParser.parse(Array(text.utf8)) }

  private func refusal(_ text: String) -> HTTPStatus? {
    if case .refused(let status) = parse(text) { status } else { nil }
  }

  private static let get = "GET /api/cameras?x=1&token=a%20b HTTP/1.1\r\nHost: localhost\r\n\r\n"

  @Test func aRequestIsFoundInWhateverPiecesItComes() throws {
    let bytes = Array(Self.get.utf8)
    for count in 0..<bytes.count {
      #expect(HTTPParser.parse(Array(bytes[..<count])) == .incomplete, "\(count) bytes")
    }
    let more = bytes + Array("GET / HT".utf8)
    guard case .request(let request, let taken) = HTTPParser.parse(more) else {
      Issue.record("no request")
      return
    }
    #expect(taken == bytes.count)
    #expect(request.method == .get && request.path == "/api/cameras" && request.keepsAlive)
    #expect(request.value(of: "token") == "a%20b")
    #expect(request.headers == ["host": "localhost"])
  }

  @Test func aBodyIsAsLongAsItIsTold() {
    let head = "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
    #expect(parse(head + "{\"a") == .incomplete)
    guard case .request(let request, let taken) = parse(head + "{  }GET") else {
      Issue.record("no request")
      return
    }
    #expect(request.body == Array("{  }".utf8) && !request.keepsAlive)
    #expect(taken == head.utf8.count + 4)
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", HTTPStatus.badRequest),
    ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nContent-Length: 65537\r\n\r\n", .contentTooLarge),
    ("GET / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", .contentTooLarge),
    ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthRequired),
    ("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nA : b\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nA: \u{1B}[31m\r\n\r\n", .badRequest),
    ("GET / HTTP/1.1\r\nA: \u{202E}\r\n\r\n", .badRequest),
    ("GET http://a/ HTTP/1.1\r\n\r\n", .badRequest),
    ("GET  / HTTP/1.1\r\n\r\n", .badRequest),
    ("GET /\r\n\r\n", .badRequest),
    ("\r\n\r\n", .badRequest),
    ("GET / HTTP/2.0\r\n\r\n", .notImplemented),
    ("TRACE / HTTP/1.1\r\n\r\n", .notImplemented),
  ])
  func whatCouldBeTakenInTwoWaysIsRefused(text: String, status: HTTPStatus) {
    #expect(refusal(text) == status)
  }

  @Test func linesAreBounded() {
    let long = "GET /" + String(repeating: "a", count: HTTPLimit.head)
    #expect(refusal(long) == .headersTooLarge)
    #expect(refusal(long + " HTTP/1.1\r\n\r\n") == .headersTooLarge)
    let many = String(repeating: "A1: b\r\n", count: 3)
    let names = (0..<HTTPLimit.headers).map { "N\($0): b\r\n" }.joined()
    #expect(refusal("GET / HTTP/1.1\r\n\(names)Z: b\r\n\r\n") == .headersTooLarge)
    #expect(refusal("GET / HTTP/1.1\r\n\(many)\r\n") == .badRequest)
  }

  @Test func randomBytesNeverTakeMoreThanThereIs() {
    var generator = SystemRandomNumberGenerator()
    let pieces = [
      "GET ", "/", " HTTP/1.1", "\r\n", ":", "Host", "\r\n\r\n", "Content-Length: 3", " ",
    ]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
        pieces[Int.random(in: pieces.indices, using: &generator)]
      }.joined()
      if case .request(_, let bytes) = parse(text) { #expect(bytes <= text.utf8.count) }
    }
  }
}
