import FirmwareProto
import Images

/// The C encoder that ships to boards, as a Swift value.
///
/// The pointers in the C struct (buffer, sink) are set for the length of one call and mean nothing
/// between calls, when the encoder holds no half-filled packet either. That is what makes it safe to
/// copy and to send to another thread.
struct LinkEncoder: @unchecked Sendable {
  /// Takes one whole packet with its delimiters and returns true, or takes nothing.
  typealias Sink = ([UInt8]) -> Bool

  private var encoder = scribe_encoder()
  private let bufferSize: Int

  /// - Throws: `.encoderRefused` for an MTU out of range.
  init(mtu: Int) throws(BoardError) {
    guard let mtu = UInt16(exactly: mtu) else {
      throw .encoderRefused(code: Int32(SCRIBE_BAD_ARGUMENT.rawValue))
    }
    // SCRIBE_BUFFER_SIZE of the header.
    bufferSize = Int(mtu) + Int(mtu) / 254 + 3
    let status = Self.withName("SerialScribe simulator") { board in
      Self.withName("synthetic") { sensor in
        var buffer = [UInt8](repeating: 0, count: bufferSize)
        return buffer.withUnsafeMutableBufferPointer { buffer in
          var config = scribe_config()
          config.write = { _, _, _ in false }
          config.buffer = buffer.baseAddress
          config.buffer_size = buffer.count
          config.mtu = mtu
          config.board = board
          config.sensor = sensor
          return scribe_init(&encoder, &config)
        }
      }
    }
    guard status == SCRIBE_OK else { throw .encoderRefused(code: Int32(status.rawValue)) }
  }

  var imageNumber: UInt32 { encoder.image_number }

  /// Sends an image in bands of rows, as a camera's DMA brings them; repeats the descriptor between
  /// bands once a second of the board's clock.
  ///
  /// - Parameters:
  ///   - image: in a format that travels.
  ///   - codes: whether rows go through the codec of their format, if it has one.
  ///   - clock: the board's clock in microseconds, read at the start and between bands.
  ///   - sink: where packets go.
  /// - Returns: whether all of it was taken.
  /// - Throws: `.encoderRefused` for a size or format that the protocol doesn't have.
  mutating func send(
    _ image: CapturedImage, codes: Bool = false, clock: () -> UInt64, to sink: Sink
  ) throws(BoardError) -> Bool {
    var header = scribe_image()
    guard let width = UInt16(exactly: image.width), let height = UInt16(exactly: image.height),
      let format = image.format.onTheWire
    else { throw .encoderRefused(code: Int32(SCRIBE_BAD_ARGUMENT.rawValue)) }
    header.width = width
    header.height = height
    header.format = format
    header.timestamp_us = clock()
    header.payload_length = format == SCRIBE_JPEG ? UInt32(clamping: image.payload.count) : 0
    let coder = codes ? RowCoder(image.format) : nil
    header.coder = coder?.pointer
    // What the encoder keeps of a coder must not outlive it.
    defer {
      encoder.coder = nil
      encoder.reference_coder = nil
    }
    let rows = 8
    let band = image.format.bytesPerRow(width: image.width).map { $0 * rows } ?? 512
    let status = withExtendedLifetime(coder) {
      withSink(sink) { encoder in
        let status = scribe_begin_image(&encoder, &header)
        guard status == SCRIBE_OK || status == SCRIBE_OVERFLOW else { return status }
        return image.payload.withUnsafeBufferPointer { payload in
          var at = 0
          while at < payload.count {
            let count = min(band, payload.count - at)
            guard scribe_bytes(&encoder, payload.baseAddress.map { $0 + at }, count) == SCRIBE_OK
            else { break }
            at += count
            scribe_tick(&encoder, clock())
          }
          return scribe_end_image(&encoder)
        }
      }
    }
    switch status {
    case SCRIBE_OK: return true
    case SCRIBE_OVERFLOW: return false
    default: throw .encoderRefused(code: Int32(status.rawValue))
    }
  }

  /// Sends what was read in the next image, in place of the image.
  ///
  /// - Parameters:
  ///   - text: its number is set to that of the image.
  ///   - clock: the board's clock at capture, in microseconds.
  ///   - sink: where packets go.
  /// - Returns: whether all of it was taken.
  /// - Throws: `.encoderRefused` for a text that the protocol doesn't have.
  mutating func send(
    _ text: BoardText, clock: UInt64, to sink: Sink
  ) throws(BoardError) -> Bool {
    var characters: [scribe_character] = []
    var lines: [scribe_text_line] = []
    for line in text.lines {
      var packed = scribe_text_line()
      packed.box = scribe_box(line.box)
      packed.first = UInt16(clamping: characters.count)
      packed.count = UInt16(clamping: line.characters.count)
      packed.light_on_dark = line.isLightOnDark
      packed.confidence = line.confidence
      lines.append(packed)
      for character in line.characters {
        characters.append(
          scribe_character(
            box: scribe_box(character.box), character: CChar(bitPattern: character.code),
            space_before: character.hasSpaceBefore, confidence: character.confidence))
      }
    }
    var packed = scribe_text()
    packed.image_number = encoder.image_number
    packed.timestamp_us = clock
    packed.width = UInt16(clamping: text.width)
    packed.height = UInt16(clamping: text.height)
    packed.milliseconds = UInt16(clamping: text.milliseconds)
    packed.line_count = UInt16(clamping: lines.count)
    packed.character_count = UInt16(clamping: characters.count)
    let status = withSink(sink) { encoder in
      lines.withUnsafeBufferPointer { lines in
        characters.withUnsafeBufferPointer { characters in
          packed.lines = lines.baseAddress
          packed.characters = characters.baseAddress
          return scribe_send_text(&encoder, &packed)
        }
      }
    }
    switch status {
    case SCRIBE_OK: return true
    case SCRIBE_OVERFLOW: return false
    default: throw .encoderRefused(code: Int32(status.rawValue))
    }
  }

  /// Counts an image that was captured but not sent; the host learns of it with the next one.
  mutating func skip() {
    scribe_skip_image(&encoder)
  }

  private mutating func withSink(
    _ sink: Sink, _ body: (inout scribe_encoder) -> scribe_status
  ) -> scribe_status {
    var buffer = [UInt8](repeating: 0, count: bufferSize)
    return withoutActuallyEscaping(sink) { sink in
      Self.withName("SerialScribe simulator") { board in
        Self.withName("synthetic") { sensor in
          buffer.withUnsafeMutableBufferPointer { buffer in
            let box = SinkBox(sink)
            return withExtendedLifetime(box) {
              encoder.config.buffer = buffer.baseAddress
              encoder.config.board = board
              encoder.config.sensor = sensor
              encoder.config.write_context = Unmanaged.passUnretained(box).toOpaque()
              encoder.config.write = { context, bytes, length in
                guard let context, let bytes else { return false }
                let box = Unmanaged<SinkBox>.fromOpaque(context).takeUnretainedValue()
                return box.put(Array(UnsafeBufferPointer(start: bytes, count: length)))
              }
              return body(&encoder)
            }
          }
        }
      }
    }
  }

  private static func withName<R>(_ name: StaticString, _ body: (UnsafePointer<CChar>) -> R) -> R {
    // A StaticString lives as long as the program, and ends with a zero byte.
    name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1, body)
  }
}

/// The C coder of a pixel format's rows.
private final class RowCoder {
  let pointer: UnsafeMutablePointer<scribe_coder>
  private let memory: UnsafeMutableRawPointer

  /// Nil for a format without one.
  init?(_ format: PixelFormat) {
    switch format {
    case .gray8:
      let lossless = UnsafeMutablePointer<scribe_lossless>.allocate(capacity: 1)
      scribe_lossless_init(lossless)
      memory = UnsafeMutableRawPointer(lossless)
    case .bilevel:
      let bilevel = UnsafeMutablePointer<scribe_bilevel>.allocate(capacity: 1)
      scribe_bilevel_init(bilevel)
      memory = UnsafeMutableRawPointer(bilevel)
    case .gray4, .rgb565LittleEndian, .rgb565BigEndian, .yuyv, .jpeg, .png: return nil
    }
    // Both begin with what the encoder knows of a coder.
    pointer = memory.assumingMemoryBound(to: scribe_coder.self)
  }

  deinit { memory.deallocate() }
}

private final class SinkBox {
  let put: LinkEncoder.Sink
  init(_ put: @escaping LinkEncoder.Sink) { self.put = put }
}

extension scribe_box {
  fileprivate init(_ box: BoardText.Box) {
    self.init(
      x: UInt16(clamping: box.x), y: UInt16(clamping: box.y), width: UInt16(clamping: box.width),
      height: UInt16(clamping: box.height))
  }
}

extension PixelFormat {
  fileprivate var onTheWire: scribe_format? {
    switch self {
    case .gray8: SCRIBE_GRAY8
    case .rgb565LittleEndian: SCRIBE_RGB565_LE
    case .rgb565BigEndian: SCRIBE_RGB565_BE
    case .yuyv: SCRIBE_YUYV
    case .bilevel: SCRIBE_BILEVEL
    case .gray4: SCRIBE_GRAY4
    case .jpeg: SCRIBE_JPEG
    case .png: nil
    }
  }
}
