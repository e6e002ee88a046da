import Page

/// A request is found once all of it is there, whatever follows, and is within its bounds.
func fuzzPageRequest(_ bytes: [UInt8]) throws(FuzzFailure) {
  guard case .request(let request, let count) = HTTPParser.parse(bytes) else { return }
  try require(count <= bytes.count, "\(count) of \(bytes.count) bytes")
  try require(
    count <= HTTPLimit.head + HTTPLimit.body && request.body.count <= HTTPLimit.body,
    "\(count) bytes, a body of \(request.body.count)")
  try require(request.path.hasPrefix("/"), "the path \(request.path)")
  let texts = [request.path, request.query] + request.headers.flatMap { [$0.key, $0.value] }
  try require(
    texts.allSatisfy { $0.utf8.allSatisfy { 0x20...0x7E ~= $0 || $0 == 0x09 } },
    "unseen characters in \(texts)")
  let whole = Array(bytes[..<count])
  try require(
    HTTPParser.parse(whole) == .request(request, bytes: count), "what follows changes a request")
  try require(HTTPParser.parse(Array(whole.dropLast())) == .incomplete, "found before its end")
}
