import Packets

/// Gathers the chunks of one compressed image.
struct ChunkAssembly {
  /// The chunks that follow one another from the first.
  private(set) var payload: [UInt8] = []
  private var nextChunk = 0
  /// Chunks that came before their turn.
  private var early: [Int: [UInt8]] = [:]
  private var lastChunk: Int?
  let maximumBytes: Int
  /// Bytes held, in turn or not.
  private(set) var byteCount = 0

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// Whether every chunk up to the one marked as last is here.
  var isComplete: Bool { lastChunk == nextChunk - 1 }

  /// Whether exactly `count` chunks are here.
  func isComplete(of count: Int) -> Bool { nextChunk == count && early.isEmpty }

  var isEmpty: Bool { byteCount == 0 }

  mutating func add(
    _ bytes: UnsafeRawBufferPointer, number: Int, isLast: Bool
  ) -> SliceOutcome {
    guard !bytes.isEmpty, bytes.count <= maximumBytes - byteCount else { return .malformed }
    guard number >= nextChunk, early[number] == nil else { return .duplicate }
    byteCount += bytes.count
    if isLast { lastChunk = number }
    if number > nextChunk {
      early[number] = Array(bytes)
    } else {
      payload.append(contentsOf: bytes)
      nextChunk += 1
      while let next = early.removeValue(forKey: nextChunk) {
        payload.append(contentsOf: next)
        nextChunk += 1
      }
    }
    return .stored(bytes.count)
  }

  var checksum: UInt32 { payload.withUnsafeBytes { CRC32.checksum($0) } }

  /// Whether the payload starts as a JPEG does, up to its compressed data, and ends as one. Zeros
  /// after the end are accepted: a DMA of whole words leaves them.
  var isJPEG: Bool {
    let end = payload.lastIndex { $0 != 0 } ?? 0
    return end >= 3 && payload[end - 1] == 0xFF && payload[end] == 0xD9
      && JPEGHeader.leadsToData(payload)
  }
}
