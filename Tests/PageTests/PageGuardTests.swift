import Foundation
import Glibc
import Page
import Testing

/// Who is let in: names of this machine, pages of this site, viewers with the token.
@Suite("Who is let in") struct PageGuardTests {
  private func status(_ verdict: PageGuard.Verdict) -> HTTPStatus? {
    if case .refused(let status, _) = verdict { status } else { nil }
  }

  private let local = PageGuard(token: nil, isLocal: true, port: 8765, names: ["meter-pi"])

  @Test(arguments: [
    "127.0.0.1", "127.0.0.1:8765", "localhost:9000", "LOCALHOST", "[::1]", "[::1]:8765",
  ])
  func namesOfThisMachineAreLetIn(host: String) {
    #expect(local.verdict(HTTPRequest(.get, "/", headers: ["host": host])) == .allowed)
  }

  @Test(arguments: [
    "evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "",
    "meter-pi", "192.168.1.20", "[::2]", "[::1", "localhost:8765:evil.example",
  ])
  func otherNamesAreNot(host: String) {
    let verdict = local.verdict(HTTPRequest(.get, "/api/cameras", headers: ["host": host]))
    #expect(status(verdict) == .misdirectedRequest)
  }

  @Test func aMachineThatOthersReachHasItsNameAndAddresses() {
    let open = PageGuard(token: PageToken(), isLocal: false, port: 8765, names: ["meter-pi"])
    for host in ["meter-pi:8765", "192.168.1.20:8765", "[fe80::1]:8765", "localhost"] {
      #expect(open.isOwn(host), "\(host)")
    }
    for host in ["evil.example", "meter-pi.evil.example", "[evil]:1", "1.2.3.4.5"] {
      #expect(!open.isOwn(host), "\(host)")
    }
  }

  @Test(arguments: ["cross-site", "same-site"])
  func pagesOfOtherSitesReadAndChangeNothing(site: String) {
    for path in ["/api/cameras/1/picture", "/api/events", "/metrics"] {
      let request = HTTPRequest(.get, path, headers: ["sec-fetch-site": site])
      #expect(status(local.verdict(request)) == .forbidden)
    }
    let change = HTTPRequest(
      .put, "/api/cameras/1/mount",
      headers: ["sec-fetch-site": site, "sec-fetch-mode": "navigate"])
    #expect(status(local.verdict(change)) == .forbidden)
    // A link that leads here is no harm.
    let link = HTTPRequest(
      .get, "/", headers: ["sec-fetch-site": site, "sec-fetch-mode": "navigate"])
    #expect(local.verdict(link) == .allowed)
  }

  @Test func theOriginIsThePageItself() {
    func verdict(_ origin: String) -> PageGuard.Verdict {
      local.verdict(HTTPRequest(.post, "/api/cameras/1/image", headers: ["origin": origin]))
    }
    #expect(verdict("http://127.0.0.1:8765") == .allowed)
    for origin in ["http://evil.example", "null", "http://127.0.0.1:9", "http://localhost:8765"] {
      #expect(status(verdict(origin)) == .forbidden, "\(origin)")
    }
  }

  @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
  func formsChangeNothing(type: String) {
    let request = HTTPRequest(.post, "/api/cameras/1/image", headers: ["content-type": type])
    #expect(status(local.verdict(request)) == .unsupportedMediaType)
  }

  @Test func theTokenOpens() throws {
    let token = PageToken()
    let open = PageGuard(token: token, isLocal: false, port: 8765, names: [])
    #expect(status(open.verdict(HTTPRequest(.get, "/"))) == .unauthorized)
    #expect(open.verdict(HTTPRequest(.get, "/?token=\(token.text)")) == .welcome)
    let wrong = HTTPRequest(.get, "/?token=\(PageToken().text)")
    #expect(status(open.verdict(wrong)) == .unauthorized)
    // Only the page itself takes it from the address.
    let elsewhere = HTTPRequest(.get, "/api/cameras?token=\(token.text)")
    #expect(status(open.verdict(elsewhere)) == .unauthorized)
    for headers in [
      ["authorization": "Bearer \(token.text)"], ["cookie": "a=b; scribe-8765=\(token.text)"],
    ] {
      #expect(open.verdict(HTTPRequest(.get, "/api/cameras", headers: headers)) == .allowed)
    }
    for headers in [
      ["authorization": "Bearer"], ["authorization": "Basic \(token.text)"],
      ["authorization": "Bearer \(token.text)x"], ["cookie": "scribe-1=\(token.text)"],
      ["cookie": "scribe-8765"], ["cookie": "scribe-8765="],
    ] {
      let request = HTTPRequest(.get, "/api/cameras", headers: headers)
      #expect(status(open.verdict(request)) == .unauthorized, "\(headers)")
    }
  }

  @Test func everyAnswerTellsTheBrowserToTrustNothing() throws {
    let fixture = try PageFixture()
    let site = fixture.site()
    let page = site.answer(HTTPRequest(.get, "/"))
    let other = site.answer(HTTPRequest(.get, "/", headers: ["host": "evil.example"]))
    for answer in [page, other, site.answer(HTTPRequest(.get, "/api/cameras"))] {
      let policy = try #require(answer.header("Content-Security-Policy"))
      #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
      #expect(!policy.contains("unsafe"))
      #expect(answer.header("X-Content-Type-Options") == "nosniff")
      #expect(answer.header("Referrer-Policy") == "no-referrer")
    }
    // The nonce is in the page, and another each time.
    let again = site.answer(HTTPRequest(.get, "/"))
    #expect(page.header("Content-Security-Policy") != again.header("Content-Security-Policy"))
    let policy = try #require(page.header("Content-Security-Policy"))
    let start = try #require(policy.range(of: "'nonce-"))
    let nonce = policy[start.upperBound...].prefix { $0 != "'" }
    #expect(page.text.components(separatedBy: "nonce=\"\(nonce)\"").count == 3)
  }

  @Test func thePageIsWholeInItself() throws {
    let html = try PageFixture().site().answer(HTTPRequest(.get, "/")).text
    #expect(!html.contains("{{") && !html.contains("src=\"http") && !html.contains("href=\"http"))
    #expect(html.components(separatedBy: "<script").count == 2)
    #expect(html.components(separatedBy: "</script>").count == 2)
    for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test func theTokensFileIsItsOwnersAlone() throws {
    let fixture = try PageFixture()
    let path = fixture.folder.appending(path: "token").path
    let token = try PageToken.load(path: path)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(try PageToken.load(path: path) == token)
    #expect(token.matches(token.text) && !token.matches(PageToken().text) && !token.matches(""))
    #expect(!token.matches(token.text + "a") && !token.matches(String(token.text.dropLast())))
    chmod(path, 0o644)
    #expect(throws: PageError.self) { try PageToken.load(path: path) }
    chmod(path, 0o600)
    try Data("short".utf8).write(to: URL(filePath: path))
    #expect(throws: PageError.self) { try PageToken.load(path: path) }
  }

  @Test func otherMachinesAreOnlyServedWithAToken() throws {
    let fixture = try PageFixture()
    #expect(throws: PageError.needsToken(address: "0.0.0.0")) {
      try PageServer(
        PageServer.Place(address: "0.0.0.0", port: 0), cameras: [fixture.camera],
        viewers: fixture.viewers)
    }
  }
}
