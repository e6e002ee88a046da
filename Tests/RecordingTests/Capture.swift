import CZlib
import CZstd
import Recording

/// Captures as other programs write them, made by hand.
struct Capture {
  /// Magic number of microseconds or nanoseconds, and the byte order.
  var isNano = false
  var isBig = false
  var link: UInt32 = 147
  var limit: UInt32 = 262_144

  static let all = [false, true].flatMap { nano in
    [false, true].map { Capture(isNano: nano, isBig: $0) }
  }

  func words(_ values: UInt32...) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * (isBig ? 3 - $0 : $0))) }
    }
  }

  func halves(_ values: UInt16...) -> [UInt8] {
    values.flatMap {
      isBig ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
    }
  }

  // MARK: pcap

  var header: [UInt8] {
    words(isNano ? 0xA1B2_3C4D : 0xA1B2_C3D4) + halves(2, 4) + words(0, 0, limit, link)
  }

  func record(_ bytes: [UInt8], at time: UInt64) -> [UInt8] {
    let fraction = time % 1_000_000_000 / (isNano ? 1 : 1_000)
    return words(
      UInt32(time / 1_000_000_000), UInt32(fraction), UInt32(bytes.count), UInt32(bytes.count))
      + bytes
  }

  /// A sample's packets, all as received.
  func file(_ sample: Sample) -> [UInt8] {
    header + sample.packets.flatMap { record($0.bytes, at: $0.time) }
  }

  /// The events in the file of a sample, with times as exact as the file's.
  func events(_ sample: Sample) -> [RecordingEvent] {
    [.header(RecordingHeader(application: ""))]
      + sample.packets.map {
        .bytes(
          $0.bytes, direction: .received, at: isNano ? $0.time : $0.time / 1_000 * 1_000)
      }
  }

  // MARK: pcapng

  func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
    let padded = body + [UInt8](repeating: 0, count: (4 - body.count & 3) & 3)
    let length = UInt32(padded.count + 12)
    return words(type, length) + padded + words(length)
  }

  var section: [UInt8] {
    block(0x0A0D_0D0A, words(0x1A2B_3C4D) + halves(1, 0) + words(.max, .max))
  }

  func interface(options: [UInt8] = []) -> [UInt8] {
    block(1, halves(UInt16(link), 0) + words(limit) + options)
  }

  func option(_ code: UInt16, _ content: [UInt8]) -> [UInt8] {
    halves(code, UInt16(content.count)) + content
      + [UInt8](repeating: 0, count: (4 - content.count & 3) & 3)
  }

  func simple(_ bytes: [UInt8], length: UInt32? = nil) -> [UInt8] {
    block(3, words(length ?? UInt32(bytes.count)) + bytes)
  }

  func enhanced(
    _ bytes: [UInt8], interface: UInt32 = 0, ticks: UInt64, options: [UInt8] = []
  ) -> [UInt8] {
    let count = UInt32(bytes.count)
    let padding = [UInt8](repeating: 0, count: (4 - bytes.count & 3) & 3)
    return block(
      6,
      words(interface, UInt32(ticks >> 32), UInt32(truncatingIfNeeded: ticks), count, count)
        + bytes + padding + options)
  }
}

/// Files as gzip and zstd make them.
enum Packing: CaseIterable {
  case gzip, zstd

  func pack(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .gzip:
      var stream = z_stream()
      deflateInit2_(
        &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        CInt(MemoryLayout<z_stream>.size))
      defer { deflateEnd(&stream) }
      var content = bytes
      var packed = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))) + 64)
      let size = packed.count
      content.withUnsafeMutableBufferPointer { from in
        packed.withUnsafeMutableBufferPointer { to in
          stream.next_in = from.baseAddress
          stream.avail_in = CUnsignedInt(from.count)
          stream.next_out = to.baseAddress
          stream.avail_out = CUnsignedInt(to.count)
          _ = deflate(&stream, Z_FINISH)
        }
      }
      return Array(packed[..<(size - Int(stream.avail_out))])
    case .zstd:
      // With a checksum, as the program makes them.
      let context = ZSTD_createCCtx()
      defer { ZSTD_freeCCtx(context) }
      ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
      var packed = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
      let count = ZSTD_compress2(context, &packed, packed.count, bytes, bytes.count)
      return Array(packed[..<count])
    }
  }
}
