/// The bytes of an image: those that came, and for all others what stands in for them.
struct ImagePayload: Sendable {
  struct Piece: Sendable {
    var start: Int
    var bytes: [UInt8]
  }

  private var pieces: [Piece]
  let count: Int
  private var format: PixelFormat

  init(_ bytes: [UInt8]) {
    pieces = [Piece(start: 0, bytes: bytes)]
    count = bytes.count
    format = .gray8
  }

  /// - Precondition: pieces ascend and are disjoint.
  init(_ pieces: [Piece], count: Int, format: PixelFormat) {
    self.pieces = pieces
    self.count = count
    self.format = format
  }

  /// All of them, in new memory unless all came.
  var bytes: [UInt8] {
    if pieces.count == 1, let whole = pieces.first?.bytes, whole.count == count { return whole }
    var filled = [UInt8](repeating: 0, count: count)
    var end = 0
    for piece in pieces {
      Self.fill(&filled, end..<piece.start, format: format)
      end = piece.start + piece.bytes.count
      filled.replaceSubrange(piece.start..<end, with: piece.bytes)
    }
    Self.fill(&filled, end..<count, format: format)
    return filled
  }

  /// Mid-gray, or white for `.bilevel`.
  static func fill(_ payload: inout [UInt8], _ range: Range<Int>, format: PixelFormat) {
    // Red 16, green 32, blue 16 of RGB565 is 0x8410, as is BGR565. In YUYV 128 is gray in all three.
    let (even, odd): (UInt8, UInt8) =
      switch format {
      case .rgb565LittleEndian, .bgr565LittleEndian: (0x10, 0x84)
      case .rgb565BigEndian, .bgr565BigEndian: (0x84, 0x10)
      case .bilevel: (0, 0)
      case .gray4: (0x88, 0x88)
      case .gray8, .rgb888, .bgr888, .yuyv, .yvyu, .uyvy, .vyuy, .jpeg, .png, .file: (0x80, 0x80)
      }
    // Rows of two-byte formats have an even length.
    for index in range { payload[index] = index & 1 == 0 ? even : odd }
  }
}
