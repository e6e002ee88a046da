/// The header of a BMP file.
struct BMPHeader {
  enum Coding {
    case bare, runs

    var isRuns: Bool { self == .runs }
  }

  /// The bits of a channel in a pixel.
  struct Channel {
    let mask: UInt32
    private let shift: UInt32
    private let largest: UInt32

    init(mask: UInt32) {
      self.mask = mask
      shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
      largest = max(1, mask >> shift)
    }

    /// 0...255.
    func value(of pixel: UInt32) -> UInt8 {
      UInt8(truncatingIfNeeded: UInt64((pixel & mask) >> shift) * 255 / UInt64(largest))
    }
  }

  let width: Int
  let height: Int
  let isTopDown: Bool
  /// Bits a pixel.
  let bits: Int
  let coding: Coding
  /// The offset of the pixels in the file.
  let start: Int
  /// Of each colour of the palette; black for those that it hasn't.
  let grays: [UInt8]
  private let channels: (red: Channel, green: Channel, blue: Channel, alpha: Channel)

  init(_ file: [UInt8]) throws(GrayError) {
    func word(_ at: Int, _ bytes: Int) -> Int {
      at + bytes <= file.count
        ? file[at..<at + bytes].reversed().reduce(0) { $0 << 8 | Int($1) } : 0
    }
    let size = word(14, 4)
    guard file.count >= 26, size == 12 || size >= 40, size <= file.count - 14 else {
      throw .file(.bmp, "its header is cut off or none")
    }
    let isOld = size == 12
    width = isOld ? word(18, 2) : Int(Int32(truncatingIfNeeded: word(18, 4)))
    let rows = isOld ? word(20, 2) : Int(Int32(truncatingIfNeeded: word(22, 4)))
    height = abs(rows)
    isTopDown = rows < 0
    bits = word(isOld ? 24 : 28, 2)
    let compression = isOld ? 0 : word(30, 4)
    // Before anything is made of it.
    _ = try GrayImage.halvings(width: width, height: height)

    switch (compression, bits) {
    case (0, 1), (0, 4), (0, 8), (0, 16), (0, 24), (0, 32), (3, 16), (3, 32), (6, 16), (6, 32):
      coding = .bare
    case (1, 8), (2, 4): coding = .runs
    case (4, _), (5, _): throw .file(.bmp, "a JPEG or PNG within a BMP isn't read")
    default: throw .file(.bmp, "\(bits) bits a pixel with coding \(compression) make no sense")
    }
    // Masks are a part of longer headers, and stand behind those of 40 bytes.
    let hasMasks = compression == 3 || compression == 6
    let masks = hasMasks ? (0..<4).map { UInt32(word(54 + 4 * $0, 4)) } : []
    let hasAlphaMask = size >= 56 || compression == 6
    let afterMasks = 14 + size + (hasMasks && size == 40 ? (compression == 6 ? 16 : 12) : 0)
    channels =
      if hasMasks {
        (
          Channel(mask: masks[0]), Channel(mask: masks[1]), Channel(mask: masks[2]),
          Channel(mask: hasAlphaMask ? masks[3] : 0)
        )
      } else if bits == 16 {
        (Channel(mask: 0x7C00), Channel(mask: 0x3E0), Channel(mask: 0x1F), Channel(mask: 0))
      } else {
        (
          Channel(mask: 0xFF0000), Channel(mask: 0xFF00), Channel(mask: 0xFF), Channel(mask: 0)
        )
      }
    let offset = word(10, 4)
    start = min(file.count, offset >= afterMasks ? offset : afterMasks)
    guard bits <= 8 else {
      grays = []
      return
    }
    let entry = isOld ? 3 : 4
    let named = isOld ? 0 : word(46, 4)
    let colors = min(
      named == 0 ? 1 << bits : min(named, 1 << bits), max(0, file.count - afterMasks) / entry,
      // Old files may have fewer than they could, and say so by where pixels begin alone.
      offset >= afterMasks ? (offset - afterMasks) / entry : 1 << bits)
    guard colors > 0 else { throw .file(.bmp, "it has no colours") }
    var grays = [UInt8](repeating: 0, count: 1 << bits)
    for i in 0..<colors {
      let at = afterMasks + i * entry
      grays[i] = luma(red: file[at + 2], green: file[at + 1], blue: file[at])
    }
    self.grays = grays
  }

  /// Whether any pixel says that it can be seen: many writers leave zeros where alpha would be.
  func hasAlpha(in pixels: ArraySlice<UInt8>) -> Bool {
    guard channels.alpha.mask != 0, bits == 16 || bits == 32 else { return false }
    let bytes = bits / 8
    return pixels.withUnsafeBufferPointer { pixels in
      stride(from: 0, to: pixels.count - bytes + 1, by: bytes).contains {
        pixel(pixels, at: $0) & channels.alpha.mask != 0
      }
    }
  }

  /// Makes gray of a row's bytes, which may lack its filling.
  func unpack(_ bytes: ArraySlice<UInt8>, hasAlpha: Bool, into row: inout [UInt8]) {
    bytes.withUnsafeBufferPointer { bytes in
      for x in 0..<width {
        switch bits {
        case 1: row[x] = grays[Int(bytes[x >> 3] >> UInt8(7 - x & 7) & 1)]
        case 4: row[x] = grays[Int(x & 1 == 0 ? bytes[x >> 1] >> 4 : bytes[x >> 1] & 15)]
        case 8: row[x] = grays[Int(bytes[x])]
        default:
          let pixel = pixel(bytes, at: x * bits / 8)
          let gray = luma(
            red: channels.red.value(of: pixel), green: channels.green.value(of: pixel),
            blue: channels.blue.value(of: pixel))
          if hasAlpha {
            let alpha = channels.alpha.value(of: pixel)
            row[2 * x] = UInt8((Int(gray) * Int(alpha) + 127) / 255)
            row[2 * x + 1] = alpha
          } else {
            row[x] = gray
          }
        }
      }
    }
  }

  private func pixel(_ bytes: UnsafeBufferPointer<UInt8>, at first: Int) -> UInt32 {
    var value: UInt32 = 0
    for i in (0..<bits / 8).reversed() { value = value << 8 | UInt32(bytes[first + i]) }
    return value
  }
}
