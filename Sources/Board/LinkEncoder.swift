import FirmwareProto
import Images
import OnBoard

/// The C code for encoding and listening that ships to boards, as a Swift value.
///
/// The pointers in the C structs (buffer, sink) are set for the length of one call and are not used
/// between calls, when the encoder holds no half-filled packet either. So the value is safe to copy
/// and to send to another thread.
struct LinkEncoder: @unchecked Sendable {
  /// Requests of the host, to be applied to the next image.
  private(set) var requests: [scribe_request] = []

  private var encoder = scribe_encoder()
  private var host = scribe_host()
  /// Coder kept from image to image, as on a board. A copy of this value makes its own.
  private var coder: RowCoder?
  private let bufferSize: Int
  private let hears: Bool
  private let printsBetween: Bool

  /// - Parameters:
  ///   - mtu: the largest packet.
  ///   - rate: bytes a second while the host grants no credit; 0 for no limit.
  ///   - hears: whether the board receives the host's messages.
  ///   - printsBetween: whether text is printed on the same wire.
  /// - Throws: `.encoderRefused` for an MTU out of range.
  init(mtu: Int, rate: Int = 0, hears: Bool = true, printsBetween: Bool = false)
    throws(BoardError)
  {
    self.hears = hears
    self.printsBetween = printsBetween
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
          config.prints_between = printsBetween
          config.board = board
          config.sensor = sensor
          return scribe_init(&encoder, &config)
        }
      }
    }
    guard status == SCRIBE_OK else { throw .encoderRefused(code: Int32(status.rawValue)) }
    // For a board that hears nothing, the same code keeps to the rate.
    let capabilities = encoder.capabilities
    withUnsafeMutablePointer(to: &encoder) { encoder in
      var config = scribe_host_config()
      config.encoder = encoder
      config.rate = UInt32(clamping: rate)
      scribe_host_init(&host, &config)
    }
    if !hears { encoder.capabilities = capabilities }
  }

  mutating func takeRequests() -> [scribe_request] {
    defer { requests = [] }
    return requests
  }

  /// Answers the host's messages since the last call.
  ///
  /// - Parameters:
  ///   - accepts: whether the board can fulfil a request.
  ///   - wire: takes packets, and gives the host's bytes.
  mutating func answer(
    accepts: @escaping (scribe_request) -> Bool, to wire: BoardWire
  ) {
    withWire(wire, accepts: accepts) { _, host in
      scribe_host_answer(host)
      return SCRIBE_OK
    }
  }

  var imageNumber: UInt32 { encoder.image_number }

  /// Sends an image in bands of rows, as a camera's DMA brings them; repeats the descriptor between
  /// bands, once a second of the board's clock.
  ///
  /// - Parameters:
  ///   - image: in a format that boards send.
  ///   - codes: whether rows go through the codec of their format, if it has one.
  ///   - inter: whether bilevel rows are coded against those of the last image.
  ///   - clock: the board's clock in microseconds, read at the start and between bands.
  ///   - accepts: whether the board can fulfil a request of the host.
  ///   - wire: takes packets, and gives the host's bytes.
  /// - Returns: whether the whole image was taken.
  /// - Throws: `.encoderRefused` for a size or format that the protocol doesn't support.
  mutating func send(
    _ image: CapturedImage, codes: Bool = false, inter: Bool = false, clock: () -> UInt64,
    accepts: @escaping (scribe_request) -> Bool = { _ in false }, to wire: BoardWire
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
    if let region = image.region {
      header.region = scribe_region(
        x: UInt16(clamping: region.x), y: UInt16(clamping: region.y),
        full_width: UInt16(clamping: region.fullWidth),
        full_height: UInt16(clamping: region.fullHeight))
    }
    let kept = inter && image.format == .bilevel ? image.payload.count : 0
    let fits = coder.map { $0.format == image.format && $0.kept == kept } ?? false
    if !codes || !fits || !isKnownUniquelyReferenced(&coder) {
      coder = codes ? RowCoder(image.format, keeping: kept) : nil
      // The encoder's reference to the coder must not outlive the coder.
      encoder.reference_coder = nil
    }
    let coder = coder
    header.coder = coder?.pointer
    defer { encoder.coder = nil }
    let rows = 8
    let band = image.format.bytesPerRow(width: image.width).map { $0 * rows } ?? 512
    let status = withExtendedLifetime(coder) {
      withWire(wire, accepts: accepts) { encoder, host in
        scribe_host_answer(host)
        let status = scribe_begin_image(encoder, &header)
        guard status == SCRIBE_OK || status == SCRIBE_OVERFLOW else { return status }
        return image.payload.withUnsafeBufferPointer { payload in
          var at = 0
          while at < payload.count {
            let count = min(band, payload.count - at)
            guard scribe_bytes(encoder, payload.baseAddress.map { $0 + at }, count) == SCRIBE_OK
            else { break }
            at += count
            scribe_tick(encoder, clock())
            scribe_host_answer(host)
          }
          return scribe_end_image(encoder)
        }
      }
    }
    switch status {
    case SCRIBE_OK: return true
    case SCRIBE_OVERFLOW: return false
    default: throw .encoderRefused(code: Int32(status.rawValue))
    }
  }

  /// Sends the text read in the next image, in place of the image.
  ///
  /// - Parameters:
  ///   - text: the text; its number is set to that of the image.
  ///   - clock: the board's clock at capture, in microseconds.
  ///   - accepts: whether the board can fulfil a request of the host.
  ///   - wire: takes packets, and gives the host's bytes.
  /// - Returns: whether the whole text was taken.
  /// - Throws: `.encoderRefused` for a text that the protocol doesn't support.
  mutating func send(
    _ text: BoardText, clock: UInt64,
    accepts: @escaping (scribe_request) -> Bool = { _ in false }, to wire: BoardWire
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
      packed.match = line.packedMatch
      lines.append(packed)
      for character in line.characters {
        characters.append(
          scribe_character(
            box: scribe_box(character.box), character: UInt16(clamping: character.scalar.value),
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
    let status = withWire(wire, accepts: accepts) { encoder, host in
      scribe_host_answer(host)
      return lines.withUnsafeBufferPointer { lines in
        characters.withUnsafeBufferPointer { characters in
          packed.lines = lines.baseAddress
          packed.characters = characters.baseAddress
          return scribe_send_text(encoder, &packed)
        }
      }
    }
    switch status {
    case SCRIBE_OK: return true
    case SCRIBE_OVERFLOW: return false
    default: throw .encoderRefused(code: Int32(status.rawValue))
    }
  }

  /// Counts an image that was captured but not sent; the host learns of it with the next image.
  mutating func skip() {
    scribe_skip_image(&encoder)
  }

  @discardableResult
  mutating func withWire(
    _ wire: BoardWire, accepts: @escaping (scribe_request) -> Bool,
    _ body: (UnsafeMutablePointer<scribe_encoder>, UnsafeMutablePointer<scribe_host>)
      -> scribe_status
  ) -> scribe_status {
    var buffer = [UInt8](repeating: 0, count: bufferSize)
    let hears = hears
    let (status, heard) = Self.withName("SerialScribe simulator") { board in
      Self.withName("synthetic") { sensor in
        buffer.withUnsafeMutableBufferPointer { buffer in
          withUnsafeMutablePointer(to: &encoder) { encoder in
            withUnsafeMutablePointer(to: &host) { host in
              let box = WireBox(wire, host, hears: hears, accepts: accepts)
              let status = withExtendedLifetime(box) {
                let context = Unmanaged.passUnretained(box).toOpaque()
                encoder.pointee.config.buffer = buffer.baseAddress
                encoder.pointee.config.board = board
                encoder.pointee.config.sensor = sensor
                encoder.pointee.config.write_context = context
                encoder.pointee.config.write = { context, bytes, length in
                  guard let context, let bytes else { return false }
                  let box = Unmanaged<WireBox>.fromOpaque(context).takeUnretainedValue()
                  return box.put(Array(UnsafeBufferPointer(start: bytes, count: length)))
                }
                host.pointee.config.encoder = encoder
                host.pointee.config.request_context = context
                host.pointee.config.request = { context, request in
                  guard let context, let request else { return SCRIBE_REFUSED }
                  let box = Unmanaged<WireBox>.fromOpaque(context).takeUnretainedValue()
                  return box.take(request.pointee)
                }
                box.hear()
                return body(encoder, host)
              }
              return (status, box.requests)
            }
          }
        }
      }
    }
    requests += heard
    return status
  }

  private static func withName<R>(_ name: StaticString, _ body: (UnsafePointer<CChar>) -> R) -> R {
    // A StaticString lives as long as the program, and ends with a zero byte.
    name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1, body)
  }
}

/// The C coder of a pixel format's rows.
private final class RowCoder {
  let format: PixelFormat
  /// Bytes of the last image's rows, 0 if no later image refers to them.
  let kept: Int
  let pointer: UnsafeMutablePointer<scribe_coder>
  private let memory: UnsafeMutableRawPointer
  private let rows: UnsafeMutablePointer<UInt8>

  /// Nil for a format without a coder.
  init?(_ format: PixelFormat, keeping kept: Int) {
    switch format {
    case .gray8:
      let lossless = UnsafeMutablePointer<scribe_lossless>.allocate(capacity: 1)
      scribe_lossless_init(lossless)
      memory = UnsafeMutableRawPointer(lossless)
    case .bilevel:
      let bilevel = UnsafeMutablePointer<scribe_bilevel>.allocate(capacity: 1)
      scribe_bilevel_init(bilevel)
      memory = UnsafeMutableRawPointer(bilevel)
    default: return nil
    }
    // Both structs begin with the coder that the encoder knows.
    pointer = memory.assumingMemoryBound(to: scribe_coder.self)
    self.format = format
    self.kept = kept
    rows = .allocate(capacity: kept)
    rows.initialize(repeating: 0, count: kept)
    if kept > 0 {
      pointer.pointee.previous = rows
      pointer.pointee.previous_size = kept
    }
  }

  deinit {
    rows.deallocate()
    memory.deallocate()
  }
}

/// The board's end of its wire.
struct BoardWire {
  /// Takes one whole packet with its delimiters and returns true, or takes nothing.
  var put: ([UInt8]) -> Bool
  /// The bytes from the host since the last call.
  var hear: () -> [UInt8] = { [] }
  /// Waits a little; false to give up waiting.
  var wait: () -> Bool = { false }
  /// Milliseconds of any clock that never stops.
  var milliseconds: () -> UInt32 = { 0 }
}

private final class WireBox {
  let wire: BoardWire
  let host: UnsafeMutablePointer<scribe_host>
  let hears: Bool
  let accepts: (scribe_request) -> Bool
  var requests: [scribe_request] = []

  /// Milliseconds that a packet waits for credit before its image is given up.
  private static let patience: UInt32 = 1000

  init(
    _ wire: BoardWire, _ host: UnsafeMutablePointer<scribe_host>, hears: Bool,
    accepts: @escaping (scribe_request) -> Bool
  ) {
    self.wire = wire
    self.host = host
    self.hears = hears
    self.accepts = accepts
  }

  func hear() {
    let now = wire.milliseconds()
    for byte in wire.hear() where hears { scribe_host_hear(host, byte, now) }
  }

  func put(_ bytes: [UInt8]) -> Bool {
    hear()
    let start = wire.milliseconds()
    while !scribe_host_may_send(host, bytes.count, wire.milliseconds()) {
      guard wire.milliseconds() &- start < Self.patience, wire.wait() else { return false }
      hear()
    }
    guard wire.put(bytes) else { return false }
    scribe_host_sent(host, bytes.count, wire.milliseconds())
    return true
  }

  func take(_ request: scribe_request) -> scribe_answer {
    guard accepts(request) else { return SCRIBE_REFUSED }
    requests.append(request)
    return SCRIBE_DONE
  }
}

extension scribe_box {
  fileprivate init(_ box: PixelBox) {
    self.init(
      x: UInt16(clamping: box.x), y: UInt16(clamping: box.y), width: UInt16(clamping: box.width),
      height: UInt16(clamping: box.height))
  }
}

extension PixelFormat {
  init?(_ format: scribe_format) {
    guard let known = Self.allCases.first(where: { $0.onTheWire == format }) else { return nil }
    self = known
  }

  fileprivate var onTheWire: scribe_format? {
    switch self {
    case .gray8: SCRIBE_GRAY8
    case .rgb565LittleEndian: SCRIBE_RGB565_LE
    case .rgb565BigEndian: SCRIBE_RGB565_BE
    case .yuyv: SCRIBE_YUYV
    case .bilevel: SCRIBE_BILEVEL
    case .gray4: SCRIBE_GRAY4
    case .jpeg: SCRIBE_JPEG
    case .bgr565LittleEndian, .bgr565BigEndian, .rgb888, .bgr888, .yvyu, .uyvy, .vyuy, .png, .file:
      nil
    }
  }
}
