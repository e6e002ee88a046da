/// Counts the requests of a host that a board waits for.
struct RequestEar: Sendable {
  private let words: [UInt8]
  private var tail: [UInt8] = []
  private var requests = 0

  /// The most requests that wait for an answer; a host that sends more has lost its patience.
  private static let most = 4

  /// - Parameter words: the bytes of a request, empty for a board that needn't be asked.
  init(_ words: [UInt8]) { self.words = words }

  mutating func hear(_ bytes: [UInt8]) {
    guard !words.isEmpty, !bytes.isEmpty else { return }
    tail += bytes
    while let found = tail.firstRange(of: words) {
      requests = min(requests + 1, Self.most)
      tail.removeFirst(found.upperBound)
    }
    if tail.count >= words.count { tail.removeFirst(tail.count - words.count + 1) }
  }

  /// Whether a request waits; it then counts as answered.
  mutating func take() -> Bool {
    guard !words.isEmpty else { return true }
    guard requests > 0 else { return false }
    requests -= 1
    return true
  }
}
