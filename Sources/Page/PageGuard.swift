import Glibc

/// The rules by which a request is let in, before anything else is looked at.
package struct PageGuard: Sendable {
  /// Nil where only this machine reaches the page, and no token was wanted.
  let token: PageToken?
  /// Whether only this machine reaches the page.
  let isLocal: Bool
  /// Names by which other machines may call this one.
  let names: Set<String>
  /// The name of the cookie: browsers send the cookies of one port to all ports of a machine.
  let cookie: String

  package init(token: PageToken?, isLocal: Bool, port: UInt16, names: Set<String>? = nil) {
    self.token = token
    self.isLocal = isLocal
    self.names = names ?? Self.ownNames
    cookie = "scribe-\(port)"
  }

  package enum Verdict: Equatable {
    case allowed
    /// The token stood in the address: the cookie is set, and the address is left without it.
    case welcome
    case refused(HTTPStatus, String)
  }

  package func verdict(_ request: HTTPRequest) -> Verdict {
    guard let host = request.headers["host"], isOwn(host) else {
      // Another site's name that leads here: DNS rebinding.
      return .refused(.misdirectedRequest, "this page has another name")
    }
    if let refusal = refusalOfOrigin(request, host) { return refusal }
    if let token {
      if request.method == .get, request.path == "/", let given = request.value(of: "token") {
        return token.matches(given) ? .welcome : .refused(.unauthorized, "this is not the token")
      }
      guard isKnown(request, token) else {
        return .refused(
          .unauthorized, "the page wants its token, as /?token=TOKEN or in a bearer header")
      }
    }
    return .allowed
  }

  private func refusalOfOrigin(_ request: HTTPRequest, _ host: String) -> Verdict? {
    let changes = request.method != .get && request.method != .head
    let site = request.headers["sec-fetch-site"]
    let isNavigation =
      request.headers["sec-fetch-mode"] == "navigate" && request.path == "/"
    if let site, site != "same-origin", site != "none", changes || !isNavigation {
      return .refused(.forbidden, "another site asks")
    }
    if let origin = request.headers["origin"], origin.lowercased() != "http://\(host)",
      origin.lowercased() != "https://\(host)"
    {
      return .refused(.forbidden, "another site asks")
    }
    guard changes else { return nil }
    // Forms of other sites can't send JSON.
    let type = request.headers["content-type"]?.split(separator: ";").first ?? ""
    guard type.lowercased().filter({ $0 != " " }) == "application/json" else {
      return .refused(.unsupportedMediaType, "the body must be application/json")
    }
    return nil
  }

  private func isKnown(_ request: HTTPRequest, _ token: PageToken) -> Bool {
    if let header = request.headers["authorization"], header.lowercased().hasPrefix("bearer ") {
      return token.matches(String(header.dropFirst(7)))
    }
    let cookies = (request.headers["cookie"] ?? "").split(separator: ";")
    return cookies.contains { entry in
      let parts = entry.split(separator: "=", maxSplits: 1)
      return parts.count == 2 && parts[0].filter { $0 != " " } == cookie
        && token.matches(String(parts[1]))
    }
  }

  /// Whether a Host header means this machine. An address can't be another site's name.
  package func isOwn(_ host: String) -> Bool {
    var name = host.lowercased()[...]
    if name.hasPrefix("[") {
      guard let end = name.firstIndex(of: "]") else { return false }
      let address = name[name.index(after: name.startIndex)..<end]
      return isLocal ? address == "::1" : Self.isAddress(String(address), AF_INET6)
    }
    if let colon = name.lastIndex(of: ":") { name = name[..<colon] }
    if name == "localhost" || name == "127.0.0.1" { return true }
    guard !isLocal else { return false }
    return Self.isAddress(String(name), AF_INET) || names.contains(String(name))
  }

  /// Headers that every answer has.
  func headers(nonce: String?) -> [(String, String)] {
    let scripts = nonce.map { "'nonce-\($0)'" } ?? "'none'"
    return [
      (
        "Content-Security-Policy",
        "default-src 'none'; script-src \(scripts); style-src \(scripts); "
          + "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
          + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
      ),
      ("X-Content-Type-Options", "nosniff"),
      ("Referrer-Policy", "no-referrer"),
      ("X-Frame-Options", "DENY"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cache-Control", "no-store"),
    ]
  }

  private static func isAddress(_ text: String, _ family: CInt) -> Bool {
    var bytes = in6_addr()
    return inet_pton(family, text, &bytes) == 1
  }

  static let ownNames: Set<String> = {
    var bytes = [CChar](repeating: 0, count: 256)
    guard gethostname(&bytes, 255) == 0 else { return [] }
    let name = bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map { String(cString: $0).lowercased() } ?? ""
    }
    return name.isEmpty ? [] : [name, "\(name).local"]
  }()
}
