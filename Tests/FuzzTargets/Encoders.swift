import FirmwareProto
import Images
import Packets

/// Calls of the C encoder in any order and with any arguments; an image sent whole must arrive
/// whole.
func fuzzEncoder(_ input: inout FuzzInput) throws(FuzzFailure) {
  let mtu = 96 + Int(input.u16()) % 929
  let board = FuzzBoard(mtu: mtu, name: input.bytes(Int(input.u8() & 63)).filter { $0 != 0 })
  var session = EncoderSession(board: board)
  var budget = 1 << 16
  while !input.isAtEnd, budget > 0 { budget -= session.step(&input) }
  if session.open != nil { _ = scribe_abort_image(board.encoder) }

  var decoder = ScribeDecoder()
  let events = decoder.decode(board.bytes) + decoder.finish()
  try require(
    decoder.statistics.isBalanced && decoder.statistics.packetsMissing == 0,
    "the encoder's bytes don't add up: \(decoder.statistics)")
  let images = events.compactMap { event in
    if case .image(let image) = event { image } else { nil }
  }
  // An image with a refused packet arrives whole all the same if that packet was its END.
  let arrived = Set(images.map(\.number))
  let sent = session.ended.filter { $0.isWhole || arrived.contains($0.number) }
  for (image, original) in zip(images, sent) {
    try require(
      image.number == original.number && image.payload == original.payload
        && image.format == original.format && image.region == original.region
        && (image.format == .jpeg || (image.width, image.height) == original.size),
      "image \(original.number) arrived as another")
  }
  try require(
    images.count == sent.count, "\(sent.count) images were sent whole, \(images.count) arrived so")
  for event in events {
    if case .bytesDropped(let cause, let count) = event {
      // Parts of images that were given up, or that never were a JPEG; nothing else is ever wrong
      // on this link.
      let isExpected = [.abortedImage, .incompleteImage, .incompleteText, .badJPEG].contains(cause)
      try require(
        isExpected || (board.refusals > 0 && [.late, .duplicate, .noReference].contains(cause)),
        "\(count) bytes were dropped, and \(board.refusals) packets refused: \(cause.rawValue)")
    }
  }
}

private struct SentImage {
  var number: UInt32
  var size: (Int, Int)
  var format: PixelFormat
  var region: ImageRegion?
  var payload: [UInt8] = []
  /// Whether no packet of the image was refused.
  var isWhole = true
  /// Spare bits of bilevel rows, which a coder drops.
  var spareBits = 0
  var rowBytes: Int
}

private struct EncoderSession {
  let board: FuzzBoard
  var open: SentImage?
  var ended: [SentImage] = []
  private var coders: [FuzzCoder] = []
  private var refusalsAtBegin = 0
  private var last: [UInt8] = []

  init(board: FuzzBoard) { self.board = board }

  /// One call. Returns its approximate cost.
  mutating func step(_ input: inout FuzzInput) -> Int {
    let encoder = board.encoder
    let kind = input.u8()
    switch kind & 15 {
    case 0, 1, 2:
      begin(&input)
    case 3, 4, 5:
      return lines(count: Int(input.u8()), &input)
    case 6, 7:
      return bytes(count: Int(input.u16()) % 3000, &input)
    case 8, 9:
      end()
    case 10:
      if scribe_abort_image(encoder) == SCRIBE_OK { open = nil }
    case 11:
      _ = kind & 16 == 0 ? scribe_skip_image(encoder) : scribe_hello(encoder)
    case 12:
      let text = input.bytes(Int(input.u8())).filter { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      _ = scribe_log(encoder, text)
    case 13:
      _ = scribe_tick(encoder, UInt64(input.u32()))
      _ = scribe_stats(encoder, input.u32())
      _ = scribe_ping(encoder, input.u32())
      _ = scribe_pong(encoder, input.u32())
      _ = scribe_refresh(encoder)
      _ = scribe_set_mtu(encoder, 90 + input.u16() % 1000)
    case 14:
      board.refusing = Int(kind >> 5)
    default:
      addCoder(&input)
    }
    return 16
  }

  private mutating func addCoder(_ input: inout FuzzInput) {
    let choice = input.u8()
    coders.append(
      FuzzCoder(
        isBilevel: choice & 1 == 0, sliceRows: input.u8(), refresh: input.u8(),
        previous: choice & 2 == 0 ? 0 : Int(input.u16() & 0xFFF),
        marks: choice & 4 == 0 ? 0 : Int(input.u8() & 31)))
  }

  private mutating func begin(_ input: inout FuzzInput) {
    let formats: [(scribe_format, PixelFormat)] = [
      (SCRIBE_GRAY8, .gray8), (SCRIBE_RGB565_LE, .rgb565LittleEndian),
      (SCRIBE_RGB565_BE, .rgb565BigEndian), (SCRIBE_YUYV, .yuyv), (SCRIBE_BILEVEL, .bilevel),
      (SCRIBE_GRAY4, .gray4), (SCRIBE_JPEG, .jpeg),
    ]
    let choice = input.u8()
    let (code, format) = formats[Int(choice & 7) % formats.count]
    var image = scribe_image()
    image.format = code
    image.width = choice & 0x20 == 0 ? UInt16(input.u8()) : input.u16()
    image.height = UInt16(input.u8())
    image.timestamp_us = UInt64(input.u16()) * 10_000
    if choice & 0x10 != 0, !coders.isEmpty {
      image.coder = coders[Int(input.u8()) % coders.count].pointer
    }
    var region: ImageRegion?
    if choice & 0x40 != 0 {
      image.region = scribe_region(
        x: UInt16(input.u8()), y: UInt16(input.u8()), full_width: input.u16(),
        full_height: input.u16())
      if image.region.full_width > 0 {
        region = ImageRegion(
          x: Int(image.region.x), y: Int(image.region.y),
          fullWidth: Int(image.region.full_width), fullHeight: Int(image.region.full_height))
      }
    }
    let refusals = board.refusals
    let number = board.encoder.pointee.image_number
    let status = scribe_begin_image(board.encoder, &image)
    guard status == SCRIBE_OK || status == SCRIBE_OVERFLOW else { return }
    refusalsAtBegin = status == SCRIBE_OK ? refusals : -1
    open = SentImage(
      number: number, size: (Int(image.width), Int(image.height)), format: format, region: region,
      spareBits: image.coder != nil && format == .bilevel ? (8 - Int(image.width) % 8) % 8 : 0,
      rowBytes: format.bytesPerRow(width: Int(image.width)) ?? 0)
    // Packets before BEGIN may be refused without harm to the image.
    if status == SCRIBE_OK { refusalsAtBegin = board.refusals }
  }

  /// Pixels that continue the last ones, now and then with something new.
  private mutating func pixels(_ count: Int, _ input: inout FuzzInput) -> [UInt8] {
    let choice = input.u8()
    if choice & 3 != 0 || last.isEmpty { last = input.bytes(1 + Int(choice >> 2)) + [choice] }
    return (0..<count).map { last[$0 % last.count] }
  }

  private mutating func lines(count: Int, _ input: inout FuzzInput) -> Int {
    let rowBytes = open?.rowBytes ?? 8
    guard rowBytes > 0, rowBytes * count <= 1 << 15 else { return 1 }
    let rows = pixels(rowBytes * count, &input)
    let status = rows.withUnsafeBufferPointer {
      scribe_lines(board.encoder, $0.baseAddress, count)
    }
    if status == SCRIBE_OK { open?.payload += rows }
    return rows.count + 1
  }

  /// Up to the compressed data of 8x8 pixels.
  private static let jpegStart: [UInt8] = [
    0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63,
    0,
  ]

  private mutating func bytes(count: Int, _ input: inout FuzzInput) -> Int {
    var bytes = pixels(count, &input)
    if open?.format == .jpeg, let open {
      // The start of a JPEG; `end` sends its end.
      for (i, byte) in Self.jpegStart.dropFirst(open.payload.count).prefix(count).enumerated() {
        bytes[i] = byte
      }
    }
    let status = bytes.withUnsafeBufferPointer {
      scribe_bytes(board.encoder, $0.baseAddress, count)
    }
    if status == SCRIBE_OK { open?.payload += bytes }
    return count + 1
  }

  private mutating func end() {
    if open?.format == .jpeg, (open?.payload.count ?? 0) >= Self.jpegStart.count {
      let end: [UInt8] = [0xFF, 0xD9]
      if scribe_bytes(board.encoder, end, 2) == SCRIBE_OK { open?.payload += end }
    }
    let status = scribe_end_image(board.encoder)
    guard var image = open else { return }
    open = nil
    image.isWhole = status == SCRIBE_OK && board.refusals == refusalsAtBegin
    if image.spareBits > 0 {
      for i in image.payload.indices where i % image.rowBytes == image.rowBytes - 1 {
        image.payload[i] &= 0xFF << UInt8(image.spareBits)
      }
    }
    if image.format == .jpeg, image.payload.count < Self.jpegStart.count + 2 { return }
    ended.append(image)
  }
}
