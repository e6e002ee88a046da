public import FirmwareProto
import Glibc
public import Images

/// A board that runs the C encoder and writes into memory.
public final class TestBoard {
  /// The bytes of each packet that was taken, with its delimiters.
  public private(set) var packets: [[UInt8]] = []
  /// Whether the next packets are refused, as by a full transmit buffer.
  public var isFull = false
  /// The coder for the rows of the next images, if there is one.
  public var coder: UnsafeMutablePointer<scribe_coder>?
  public let encoder: UnsafeMutablePointer<scribe_encoder>
  private let buffer: UnsafeMutablePointer<UInt8>
  private let names: [UnsafeMutablePointer<CChar>?]

  /// All bytes that were sent.
  public var bytes: [UInt8] { Array(packets.joined()) }

  public init(mtu: Int = 252, board: String = "test board", sensor: String = "OV2640") {
    let capacity = mtu + mtu / 254 + 3
    encoder = .allocate(capacity: 1)
    buffer = .allocate(capacity: capacity)
    names = [strdup(board), strdup(sensor), strdup("fw 1.0")]
    var config = scribe_config()
    config.write = { context, bytes, length in
      guard let context, let bytes else { return false }
      let board = Unmanaged<TestBoard>.fromOpaque(context).takeUnretainedValue()
      guard !board.isFull else { return false }
      board.packets.append(Array(UnsafeBufferPointer(start: bytes, count: length)))
      return true
    }
    config.buffer = buffer
    config.buffer_size = capacity
    config.mtu = UInt16(mtu)
    config.board = names[0].map { UnsafePointer($0) }
    config.sensor = names[1].map { UnsafePointer($0) }
    config.firmware = names[2].map { UnsafePointer($0) }
    encoder.initialize(to: scribe_encoder())
    config.write_context = Unmanaged.passUnretained(self).toOpaque()
    let status = scribe_init(encoder, &config)
    precondition(status == SCRIBE_OK)
  }

  deinit {
    encoder.deallocate()
    buffer.deallocate()
    for name in names { free(name) }
  }

  /// Sends bytes that aren't a packet, as printf on the same wire would.
  public func printRaw(_ bytes: [UInt8]) { packets.append(bytes) }

  public func takeBytes() -> [UInt8] {
    defer { packets = [] }
    return bytes
  }

  /// Sends `image`, in pieces of `pieceSize` bytes or, if nil, row by row.
  @discardableResult
  public func send(_ image: CapturedImage, pieceSize: Int? = nil) -> scribe_status {
    _ = begin(image)
    image.payload.withUnsafeBufferPointer { payload in
      guard let start = payload.baseAddress else { return }
      let rowBytes = image.format.bytesPerRow(width: image.width)
      if let rowBytes, pieceSize == nil {
        for row in 0..<image.height { _ = scribe_lines(encoder, start + row * rowBytes, 1) }
        return
      }
      var offset = 0
      while offset < payload.count {
        let count = Swift.min(pieceSize ?? 512, payload.count - offset)
        _ = scribe_bytes(encoder, start + offset, count)
        offset += count
      }
    }
    return scribe_end_image(encoder)
  }

  public func begin(_ image: CapturedImage) -> scribe_status {
    var header = scribe_image()
    header.width = UInt16(image.width)
    header.height = UInt16(image.height)
    header.format = Self.wireFormat(image.format)
    header.timestamp_us = image.timestamp ?? 0
    header.coder = coder
    return scribe_begin_image(encoder, &header)
  }

  public static func wireFormat(_ format: PixelFormat) -> scribe_format {
    switch format {
    case .gray8: SCRIBE_GRAY8
    case .rgb565LittleEndian: SCRIBE_RGB565_LE
    case .rgb565BigEndian: SCRIBE_RGB565_BE
    case .yuyv: SCRIBE_YUYV
    case .bilevel: SCRIBE_BILEVEL
    case .gray4: SCRIBE_GRAY4
    case .jpeg: SCRIBE_JPEG
    case .bgr565LittleEndian, .bgr565BigEndian, .rgb888, .bgr888, .yvyu, .uyvy, .vyuy, .png, .file:
      scribe_format(0)
    }
  }
}

/// Images to send.
public enum TestImage {
  public static let boardFormats: [PixelFormat] = [
    .gray8, .gray4, .rgb565LittleEndian, .rgb565BigEndian, .yuyv, .bilevel, .jpeg,
  ]

  /// An image of noise, or for `.jpeg` of the structure of a JPEG with noise in its scan.
  public static func make(
    number: UInt32, format: PixelFormat, width: Int, height: Int,
    using generator: inout SeededGenerator, timestamp: UInt64? = nil
  ) -> CapturedImage {
    let payload: [UInt8]
    if let rowBytes = format.bytesPerRow(width: width) {
      // Half of the images are mostly zeros, since COBS is about zeros.
      let isSparse = Bool.random(using: &generator)
      payload = generator.bytes(rowBytes * height).map { isSparse && $0 > 40 ? 0 : $0 }
    } else {
      payload = jpeg(
        width: width, height: height, scanBytes: width * height / 4, using: &generator)
    }
    return CapturedImage(
      number: number, width: width, height: height, format: format, payload: payload,
      timestamp: timestamp)
  }

  /// Bytes with the markers of a baseline JPEG; `thumbnail` goes into an EXIF block.
  public static func jpeg(
    width: Int, height: Int, scanBytes: Int, thumbnail: [UInt8] = [],
    using generator: inout SeededGenerator
  ) -> [UInt8] {
    func segment(_ code: UInt8, _ body: [UInt8]) -> [UInt8] {
      let length = body.count + 2
      return [0xFF, code, UInt8(length >> 8), UInt8(length & 255)] + body
    }
    func pair(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
    var bytes: [UInt8] = [0xFF, 0xD8]
    bytes += segment(0xE0, Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
    if !thumbnail.isEmpty { bytes += segment(0xE1, Array("Exif".utf8) + [0, 0] + thumbnail) }
    bytes += segment(0xDB, [0] + generator.bytes(64).map { $0 | 1 })
    bytes += segment(0xC0, [8] + pair(height) + pair(width) + [1, 1, 0x11, 0])
    bytes += segment(0xDA, [1, 1, 0, 0, 63, 0])
    for byte in generator.bytes(scanBytes) {
      bytes.append(byte)
      if byte == 0xFF { bytes.append(0) }
    }
    return bytes + [0xFF, 0xD9]
  }
}
