/// A request as it came: one of HTTP/1.1, or of 1.0, whose parts are bounded and free of tricks.
package struct HTTPRequest: Sendable, Equatable {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
    case options = "OPTIONS"
  }

  package var method: Method
  /// The path as it came, without the query: nothing in it is decoded.
  package var path: String
  package var query: String
  /// Names in small letters.
  package var headers: [String: String]
  package var body: [UInt8]
  /// Whether the connection stays open for another request.
  package var keepsAlive: Bool

  package init(
    method: Method, path: String, query: String, headers: [String: String], body: [UInt8],
    keepsAlive: Bool
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.keepsAlive = keepsAlive
  }

  /// The value of a part of the query.
  package func value(of name: String) -> String? {
    for part in query.split(separator: "&") where part.hasPrefix("\(name)=") {
      return String(part.dropFirst(name.count + 1))
    }
    return nil
  }
}

/// A status that an answer has.
package enum HTTPStatus: Int, Error, Sendable {
  case ok = 200
  case seeOther = 303
  case badRequest = 400
  case unauthorized = 401
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case requestTimeout = 408
  case conflict = 409
  case lengthRequired = 411
  case contentTooLarge = 413
  case unsupportedMediaType = 415
  case misdirectedRequest = 421
  case unprocessableContent = 422
  case headersTooLarge = 431
  case internalError = 500
  case notImplemented = 501
  case unavailable = 503

  var words: String {
    switch self {
    case .ok: "OK"
    case .seeOther: "See Other"
    case .badRequest: "Bad Request"
    case .unauthorized: "Unauthorized"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .conflict: "Conflict"
    case .lengthRequired: "Length Required"
    case .contentTooLarge: "Content Too Large"
    case .unsupportedMediaType: "Unsupported Media Type"
    case .misdirectedRequest: "Misdirected Request"
    case .unprocessableContent: "Unprocessable Content"
    case .headersTooLarge: "Request Header Fields Too Large"
    case .internalError: "Internal Server Error"
    case .notImplemented: "Not Implemented"
    case .unavailable: "Service Unavailable"
    }
  }
}

/// Bounds on a request.
package enum HTTPLimit {
  /// Bytes of the lines before the body.
  package static let head = 16 << 10
  package static let headers = 64
  package static let body = 64 << 10
}
