import Packets

/// The syncs behind the start of a raw image, found as its bytes come and each but once.
struct LaterSyncs {
  private let sync: [UInt8]
  /// The first of them; there may be as many as pixels.
  private(set) var first: [Int] = []
  private(set) var last: Int?
  /// The offset up to which all of them, or their absence, are known.
  private var seen = 0

  static let mostKept = 64

  init(sync: [UInt8]) { self.sync = sync }

  var isOne: Bool { first.count == 1 && last == first.first }

  /// Begins an image at `start`; what is known of the bytes behind stays.
  mutating func restart(at start: Int) {
    let hadMore = last != first.last
    first.removeAll { $0 < start }
    if hadMore || start > seen {
      // Some of those that were not kept may lie behind it.
      first = []
      last = nil
      seen = start
    } else {
      last = first.last
    }
  }

  /// Finds those that start before `end`, which are whole in `buffer`.
  mutating func look(in buffer: [UInt8], upTo end: Int) {
    guard seen < end else { return }
    buffer.withUnsafeBytes { bytes in
      var at = seen
      while let found = bytes.firstOffset(of: sync[0], from: at), found < end {
        if bytes[found..<(found + sync.count)].elementsEqual(sync) {
          if first.count < Self.mostKept { first.append(found) }
          last = found
        }
        at = found + 1
      }
    }
    seen = end
  }

  /// So many bytes are taken away in front.
  mutating func shift(by count: Int) {
    first = first.map { $0 - count }
    last = last.map { $0 - count }
    seen -= count
  }
}
