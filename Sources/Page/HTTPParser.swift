/// Finds requests in the bytes of a connection.
///
/// Anything that two programs could understand in two ways is refused, and the connection with it:
/// a header that is named twice, a line that goes on in the next one, a length beside a coding.
package enum HTTPParser {
  package enum Found: Equatable {
    /// A request, and the bytes that it took.
    case request(HTTPRequest, bytes: Int)
    /// More bytes are needed.
    case incomplete
    /// The bytes are no request that is served.
    case refused(HTTPStatus)
  }

  /// Looks for a request at the start of `bytes`, which holds at most a head and a body.
  package static func parse(_ bytes: [UInt8]) -> Found {
    guard let end = endOfHead(bytes) else {
      return bytes.count > HTTPLimit.head ? .refused(.headersTooLarge) : .incomplete
    }
    guard end <= HTTPLimit.head else { return .refused(.headersTooLarge) }
    do throws(HTTPStatus) {
      var (request, length) = try head(bytes[..<(end - 4)])
      guard bytes.count - end >= length else { return .incomplete }
      request.body = Array(bytes[end..<(end + length)])
      return .request(request, bytes: end + length)
    } catch {
      return .refused(error)
    }
  }

  /// The place behind the empty line; nil where there is none yet.
  private static func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    var at = 3
    let most = min(bytes.count, HTTPLimit.head + 4)
    while at < most {
      // A step as long as the mark, where the byte is no part of it.
      switch bytes[at] {
      case 0x0A:
        if bytes[at - 1] == 0x0D, bytes[at - 2] == 0x0A, bytes[at - 3] == 0x0D { return at + 1 }
        at += 1
      case 0x0D: at += 1
      default: at += 3
      }
    }
    return nil
  }

  /// The request without its body, and the body's length.
  private static func head(_ bytes: ArraySlice<UInt8>) throws(HTTPStatus) -> (HTTPRequest, Int) {
    // Printable ASCII and the ends of lines, no bytes that terminals or other programs obey.
    guard bytes.allSatisfy({ 0x20...0x7E ~= $0 || $0 == 0x0D || $0 == 0x0A || $0 == 0x09 }) else {
      throw .badRequest
    }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false)
    guard lines.allSatisfy({ !$0.contains("\r") && !$0.contains("\n") }) else { throw .badRequest }
    guard lines.count - 1 <= HTTPLimit.headers else { throw .headersTooLarge }
    let start = lines[0].split(separator: " ", omittingEmptySubsequences: false)
    guard start.count == 3, start[1].hasPrefix("/") else { throw .badRequest }
    guard start[2] == "HTTP/1.1" || start[2] == "HTTP/1.0" else { throw .notImplemented }
    guard let method = HTTPRequest.Method(rawValue: String(start[0])) else {
      throw .notImplemented
    }
    let headers = try headers(lines.dropFirst())
    let target = start[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let connection = headers["connection"]?.lowercased() ?? ""
    let request = HTTPRequest(
      method: method, path: String(target[0]), query: target.count > 1 ? String(target[1]) : "",
      headers: headers, body: [],
      keepsAlive: start[2] == "HTTP/1.1" && !connection.contains("close"))
    return (request, try length(headers))
  }

  private static func headers(
    _ lines: ArraySlice<Substring>
  ) throws(HTTPStatus) -> [String: String] {
    var headers: [String: String] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
        throw .badRequest
      }
      let name = line[..<colon].lowercased()
      guard name.utf8.allSatisfy(isToken) else { throw .badRequest }
      let value = String(trimmed(line[line.index(after: colon)...]))
      guard headers.updateValue(value, forKey: name) == nil else {
        // Some browsers send these in several lines.
        guard name == "cookie" || name == "accept" else { throw .badRequest }
        continue
      }
    }
    return headers
  }

  private static func length(_ headers: [String: String]) throws(HTTPStatus) -> Int {
    guard headers["transfer-encoding"] == nil else { throw .lengthRequired }
    guard let text = headers["content-length"] else { return 0 }
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { throw .badRequest }
    guard let length = Int(text), length <= HTTPLimit.body else { throw .contentTooLarge }
    return length
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
