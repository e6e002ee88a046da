/// Lets requests in, and answers them.
package struct PageSite: Sendable {
  let feeds: [CameraFeed]
  let viewers: Viewers
  package let routes: [Route]
  private let guardian: PageGuard
  private let document = PageDocument()

  package init(_ cameras: [PageCamera], _ viewers: Viewers, _ guardian: PageGuard) {
    feeds = cameras.map(\.feed)
    self.viewers = viewers
    self.guardian = guardian
    routes = PageRoutes(cameras: cameras, viewers: viewers).all
  }

  package func answer(_ request: HTTPRequest) -> Answer {
    switch guardian.verdict(request) {
    case .refused(let status, let words): return dressed(.problem(status, words))
    case .welcome:
      var answer = Answer.text("")
      answer.status = .seeOther
      answer.headers = [
        ("Location", "/"),
        (
          "Set-Cookie",
          "\(guardian.cookie)=\(guardian.token?.text ?? ""); Path=/; HttpOnly; SameSite=Strict; "
            + "Max-Age=31536000"
        ),
      ]
      return dressed(answer)
    case .allowed: break
    }
    if request.path == "/", request.method == .get {
      let nonce = PageToken().text
      let html = document.html(nonce: nonce)
      return dressed(.text(html, type: "text/html; charset=utf-8"), nonce: nonce)
    }
    return dressed(routed(request))
  }

  private func routed(_ request: HTTPRequest) -> Answer {
    var isPath = request.path == "/"
    for route in routes {
      guard let parts = route.parts(of: request.path) else { continue }
      guard route.method == request.method else {
        isPath = true
        continue
      }
      return route.answer(Asked(request: request, parts: parts))
    }
    return isPath
      ? .problem(.methodNotAllowed, "this can't be done here")
      : .problem(.notFound, "there is nothing here")
  }

  /// The answer with the headers that all have.
  func dressed(_ answer: Answer, nonce: String? = nil) -> Answer {
    var answer = answer
    answer.headers += guardian.headers(nonce: nonce)
    return answer
  }
}
