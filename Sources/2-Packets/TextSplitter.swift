import Glibc

/// Tells a board's printf from noise, line by line, in bytes that are known to be no packet.
package struct TextSplitter: Sendable {
  package enum Piece: Sendable, Equatable {
    case text([UInt8])
    case noise(Int)
  }

  /// The length at which a line without a newline is cut.
  static let lineLimit = 1024
  /// Noise is reported in pieces of this size, so that a silent link full of noise shows itself.
  static let noiseLimit = 4096

  private var line: [UInt8] = []
  private var noise = 0

  package init() {}

  /// Bytes taken and not yet in a piece.
  package var pendingBytes: Int { line.count + noise }

  /// Takes bytes; pieces depend on the bytes alone, not on how they were split over calls.
  package mutating func append(_ bytes: UnsafeRawBufferPointer, to pieces: inout [Piece]) {
    var rest = bytes
    while !rest.isEmpty {
      let room = Self.lineLimit - line.count
      let window = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
      let newline = window.firstOffset(of: UInt8(ascii: "\n"))
      let count = newline.map { $0 + 1 } ?? window.count
      line.append(contentsOf: window.prefix(count))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      if newline != nil || line.count == Self.lineLimit { endLine(&pieces) }
    }
  }

  /// Ends the line and gives out everything held back.
  package mutating func flush(to pieces: inout [Piece]) {
    endLine(&pieces)
    giveNoise(&pieces)
  }

  private mutating func endLine(_ pieces: inout [Piece]) {
    guard !line.isEmpty else { return }
    if line.withUnsafeBytes(Self.isText) {
      giveNoise(&pieces)
      pieces.append(.text(line))
    } else {
      noise += line.count
      while noise >= Self.noiseLimit {
        pieces.append(.noise(Self.noiseLimit))
        noise -= Self.noiseLimit
      }
    }
    line.removeAll(keepingCapacity: true)
  }

  private mutating func giveNoise(_ pieces: inout [Piece]) {
    guard noise > 0 else { return }
    pieces.append(.noise(noise))
    noise = 0
  }

  /// Whether a terminal would show `bytes`: UTF-8 without control characters but those of layout,
  /// bell and escape sequences.
  package static func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var hasHighBytes = false
    for byte in bytes {
      if byte < 0x20 {
        guard byte >= 7 && byte <= 13 || byte == 0x1B else { return false }
      } else if byte >= 0x7F {
        guard byte != 0x7F else { return false }
        hasHighBytes = true
      }
    }
    guard hasHighBytes else { return !bytes.isEmpty }
    return String(validating: bytes, as: UTF8.self) != nil
  }
}

extension UnsafeRawBufferPointer {
  /// The first offset of `byte`, by memchr.
  package func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
    guard let baseAddress, start < count else { return nil }
    guard let found = memchr(baseAddress + start, Int32(byte), count - start) else { return nil }
    return UnsafeRawPointer(found) - baseAddress
  }
}
