import FoundationEssentials

/// A request that was let in, with the parts of its path that name something.
struct Asked: Sendable {
  let request: HTTPRequest
  let parts: [String: String]

  /// The body as JSON; nil where it is something else.
  func body<Body: Decodable>(_ type: Body.Type) -> Body? {
    try? JSONDecoder().decode(type, from: Data(request.body))
  }
}

/// A way into the page: a method and a path, in which names in braces stand for anything.
package struct Route: Sendable {
  package let method: HTTPRequest.Method
  package let path: String
  let answer: @Sendable (Asked) -> Answer

  init(
    _ method: HTTPRequest.Method, _ path: String, answer: @escaping @Sendable (Asked) -> Answer
  ) {
    self.method = method
    self.path = path
    self.answer = answer
  }

  /// The named parts of a path that leads here; nil for other paths.
  func parts(of path: String) -> [String: String]? {
    let wanted = self.path.split(separator: "/", omittingEmptySubsequences: false)
    let given = path.split(separator: "/", omittingEmptySubsequences: false)
    guard wanted.count == given.count else { return nil }
    var parts: [String: String] = [:]
    for (want, have) in zip(wanted, given) {
      if want.hasPrefix("{") {
        parts[String(want.dropFirst().dropLast())] = String(have)
      } else if want != have {
        return nil
      }
    }
    return parts
  }
}
