import Packets

/// Bytes between the images of a protocol without packets: text of the board, or lost bytes.
struct StrayBytes {
  private var splitter = TextSplitter()
  private var pieces: [TextSplitter.Piece] = []

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
}
