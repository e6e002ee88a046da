import Sinks

/// The answer to a request.
package struct Answer: Sendable {
  package enum Body: Sendable {
    case bytes([UInt8])
    /// Events, as long as the viewer stays.
    case events
  }

  package var status = HTTPStatus.ok
  package var type: String
  package var body: Body
  package var headers: [(String, String)] = []

  init(status: HTTPStatus = .ok, type: String, _ bytes: [UInt8]) {
    self.status = status
    self.type = type
    body = .bytes(bytes)
  }

  static let events: Answer = {
    var answer = Answer(type: "text/event-stream", [])
    answer.body = .events
    return answer
  }()

  static func json(status: HTTPStatus = .ok, _ content: (inout JSONLine) -> Void) -> Answer {
    var line = JSONLine()
    line.object(content)
    return json(status: status, line.text)
  }

  static func json(status: HTTPStatus = .ok, _ text: String) -> Answer {
    Answer(status: status, type: "application/json", Array(text.utf8))
  }

  static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> Answer {
    Answer(type: type, Array(text.utf8))
  }

  static func problem(_ status: HTTPStatus, _ words: String) -> Answer {
    json(status: status) { $0.member("error", words) }
  }

  static func problem(_ error: WishError) -> Answer {
    switch error {
    case .unavailable: problem(.conflict, error.description)
    case .unknown: problem(.unprocessableContent, error.description)
    case .failed: problem(.internalError, error.description)
    }
  }

  /// The wish was granted.
  static let done = json { $0.member("done", true) }

  /// The lines before the body.
  ///
  /// - Parameter keepsAlive: whether the connection stays open; events end with it.
  /// - Returns: the lines, with the empty one behind them.
  func head(keepsAlive: Bool) -> [UInt8] {
    var text = "HTTP/1.1 \(status.rawValue) \(status.words)\r\nContent-Type: \(type)\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    switch body {
    case .bytes(let bytes):
      text += "Content-Length: \(bytes.count)\r\n"
      if !keepsAlive { text += "Connection: close\r\n" }
    case .events: text += "Connection: close\r\n"
    }
    return Array((text + "\r\n").utf8)
  }
}
