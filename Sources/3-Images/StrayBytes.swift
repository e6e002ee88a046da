import Packets

/// Bytes between the images of a protocol without packets: text of the board, or lost bytes.
struct StrayBytes {
  private var splitter = TextSplitter()
  /// Whether web cameras' words before each image are kept from the board's text.
  private let hidesPartHeaders: Bool
  private var pieces: [TextSplitter.Piece] = []

  init(hidesPartHeaders: Bool = false) { self.hidesPartHeaders = hidesPartHeaders }

  var pendingBytes: Int { splitter.pendingBytes }

  mutating func append(
    _ bytes: ArraySlice<UInt8>, to events: inout [LinkEvent], _ statistics: inout LinkStatistics
  ) {
    bytes.withUnsafeBytes { splitter.append($0, to: &pieces) }
    give(&events, &statistics)
  }

  /// Ends the bytes held, since an image starts.
  mutating func flush(to events: inout [LinkEvent], _ statistics: inout LinkStatistics) {
    splitter.flush(to: &pieces)
    give(&events, &statistics)
  }

  private mutating func give(_ events: inout [LinkEvent], _ statistics: inout LinkStatistics) {
    for piece in pieces {
      switch piece {
      case .text(let bytes) where hidesPartHeaders && Self.isPartHeader(bytes):
        statistics.overheadBytes += bytes.count
      case .text(let bytes):
        statistics.consoleBytes += bytes.count
        events.append(.console(String(decoding: bytes, as: UTF8.self)))
      case .noise(let count):
        statistics.droppedBytes[.outOfSync, default: 0] += count
        events.append(.bytesDropped(.outOfSync, count: count))
      }
    }
    pieces.removeAll(keepingCapacity: true)
  }

  /// A line of multipart/x-mixed-replace: boundary, type or length.
  private static func isPartHeader(_ line: [UInt8]) -> Bool {
    let text = String(decoding: line.prefix(40), as: UTF8.self).lowercased()
    return text.hasPrefix("content-type:") || text.hasPrefix("content-length:")
      || (text.hasPrefix("--") && line.count > 4 && !text.dropFirst(2).contains(" "))
  }
}
