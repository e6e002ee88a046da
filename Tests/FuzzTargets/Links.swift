import FirmwareProto
import Gray
import Images
import LinkTestSupport
import Packets

/// Limits small enough for a thousand images a second, and in one input of four the default.
private func limits(_ choice: UInt8) -> LinkLimits {
  choice & 0x03 == 3 ? LinkLimits() : LinkLimits(maximumImageBytes: 1 << 14)
}

func fuzzPackets(_ input: inout FuzzInput) throws(FuzzFailure) {
  let choice = input.u8()
  let decoder = ScribeDecoder(limits: limits(choice))
  try checkScribe(decoder, input.rest(), seed: choice)
}

func fuzzLink(_ input: inout FuzzInput) throws(FuzzFailure) {
  let choice = input.u8()
  var link = PacketBuilder()
  while !input.isAtEnd {
    let kind = input.u8()
    guard kind & 0xF0 != 0xF0 else {
      // Bytes that are no packet: a printf, noise, a torn packet.
      link.bytes += input.bytes(Int(kind & 15) * 4)
      continue
    }
    if kind & 0x80 != 0 { link.sequence &+= input.u8() }
    let header = input.bytes(4)
    let size = kind & 0x40 != 0 ? Int(input.u16()) % 1100 : Int(input.u8())
    link.append(
      versionAndType: 0x10 | kind & 15, header: header, body: input.bytes(size))
  }
  try checkScribe(ScribeDecoder(limits: limits(choice)), link.bytes, seed: choice)
}

func fuzzBoardText(_ input: inout FuzzInput) throws(FuzzFailure) {
  var link = PacketBuilder()
  while !input.isAtEnd {
    let size = Int(input.u16()) % 1015
    link.append(versionAndType: 0x1B, header: [], body: input.bytes(size))
  }
  try checkScribe(ScribeDecoder(), link.bytes, seed: 0)
}

/// An image of slices that hold any code, in pieces whose size the input sets; then one coded
/// against it.
func fuzzCodedRows(_ input: inout FuzzInput, codec: UInt8, format: UInt8) throws(FuzzFailure) {
  let choice = input.u8()
  let width = choice & 0x40 == 0 ? UInt16(input.u8()) : input.u16()
  let height = choice & 0x20 == 0 ? UInt16(input.u8()) : input.u16() & 0xFFF
  let piece = 1 + Int(input.u8()) * 4
  let layout: [UInt8] = [
    UInt8(width & 255), UInt8(width >> 8), UInt8(height & 255), UInt8(height >> 8), format, codec,
  ]
  var link = PacketBuilder()
  link.begin(0, layout)
  var number: UInt8 = 0
  while !input.isAtEnd {
    let kind = input.u8()
    if kind & 0x80 != 0 {
      link.end(number, layout, checksum: input.u32())
      number &+= 1
      link.begin(number, layout)
      continue
    }
    let position = kind & 0x40 == 0 ? UInt16(input.u8()) : input.u16()
    let rows = input.u8()
    let code = input.bytes(kind & 0x20 == 0 ? Int(input.u8()) : Int(input.u16()))
    let isInter = kind & 0x10 != 0
    let head = isInter ? [rows, number &- 1 &- kind & 1] : [rows]
    link.appendSlice(number, position: position, isInter: isInter, head: head, code, piece: piece)
  }
  link.end(number, layout, checksum: 0)
  try checkScribe(ScribeDecoder(limits: limits(choice)), link.bytes, seed: choice)
}

func fuzzRaw(_ input: inout FuzzInput) throws(FuzzFailure) {
  let choice = input.u8()
  let formats: [PixelFormat] = [
    .gray8, .rgb565LittleEndian, .rgb888, .uyvy, .bilevel, .gray4, .jpeg, .bgr565BigEndian,
  ]
  let format = formats[Int(choice & 7) % formats.count]
  let width = Int(input.u8())
  let height = Int(input.u8() & 15)
  let sync = input.bytes(Int(choice >> 3 & 15))
  var gaps = RawGaps()
  if choice & 0x80 != 0 {
    let (beside, behind) = (input.u8(), input.u8())
    gaps = RawGaps(
      beforeFrame: Int(beside >> 4), beforeRow: Int(beside & 15), behindRow: Int(behind >> 4),
      behindFrame: Int(behind & 15))
  }
  guard
    let layout = try? RawLayout(
      width: width, height: height, format: format, gaps: gaps, sync: sync)
  else { return }
  let events = try checkSplits({ RawDecoder(layout: layout) }, input.rest(), seed: choice)
  for event in events {
    switch event {
    case .image(let image):
      try require(image.missing.isEmpty, "a whole image with something missing")
      try checkPixels(image)
    case .damagedImage(let image, let damage):
      try require(!damage.isEmpty && !image.missing.isEmpty, "a damaged image without damage")
      try checkPixels(image)
    default: break
    }
  }
}

func fuzzJPEGStream(_ input: inout FuzzInput) throws(FuzzFailure) {
  let choice = input.u8()
  let limits = limits(choice)
  let events = try checkSplits(
    { JPEGStreamDecoder(limits: limits) }, input.rest(), seed: choice)
  for event in events {
    switch event {
    case .image(let image):
      try checkJPEG(image, limits)
      try require(image.payload.suffix(2) == [0xFF, 0xD9], "a whole file without end")
    case .damagedImage(let image, let damage):
      try checkJPEG(image, limits)
      try require(!damage.isEmpty, "a damaged image without damage")
    default: break
    }
  }
}

func fuzzTextDump(_ input: inout FuzzInput) throws(FuzzFailure) {
  let choice = input.u8()
  let protocols = [
    "scribe", "jpeg-stream", "raw:160x100:gray8", "raw:9x3:rgb565be:sync=AA55",
  ]
  guard let link = try? LinkProtocol(parsing: protocols[Int(choice & 3)]) else { return }
  let choices: [TextDumpChoice] = [
    .automatic, .automatic, .only(.hex), .only(.base64), .only(.csv), .none, .automatic,
    .only(.hex),
  ]
  let limits = limits(choice >> 3)
  let isGiven = choice & 4 == 0
  let text = input.rest()
  let events = try checkSplits(
    {
      TextDumpDecoder(
        link, isGiven: isGiven, choice: choices[Int(choice >> 5 & 7)], limits: limits)
    }, text, seed: choice,
    // hexdump's star stands for bytes that never came.
    isCounted: !text.contains(UInt8(ascii: "*")))
  // Text stands for so much at most: hexdump's star for a megabyte, and for 64 bytes more per byte
  // of text.
  let pixels = events.reduce(0) { sum, event in
    if case .image(let image) = event { sum + image.payload.count } else { sum }
  }
  try require(pixels <= 2 << 20 + 66 * text.count, "\(text.count) bytes became \(pixels)")
}

private func checkJPEG(_ image: CapturedImage, _ limits: LinkLimits) throws(FuzzFailure) {
  // FF D8 may have been put back.
  try require(
    image.payload.starts(with: [0xFF, 0xD8, 0xFF]) && image.width > 0 && image.height > 0
      && image.payload.count <= limits.maximumImageBytes + 2,
    "bytes of no JPEG file came out as one")
}

// MARK: - Checks

/// Decodes `stream` and checks the events against its packets.
private func checkScribe(
  _ decoder: ScribeDecoder, _ stream: [UInt8], seed: UInt8
) throws(FuzzFailure) {
  let events = try checkSplits({ decoder }, stream, seed: seed)
  // The checksums that END packets declared.
  var packets = PacketDecoder()
  var proofs: Set<UInt32> = []
  for case .packet(let packet) in packets.decode(stream) + packets.finish()
  where packet.header.type == .end && packet.body.count >= 24 {
    proofs.insert(
      (0..<4).reduce(0) { $0 | UInt32(packet.body[20 + $1]) << UInt32(8 * $1) })
  }
  for event in events {
    switch event {
    case .image(let image):
      try require(
        proofs.contains(image.payload.withUnsafeBytes { CRC32.checksum($0) })
          && image.missing.isEmpty, "an image that no END proves came out as whole")
      try checkPixels(image)
    case .damagedImage(let image, let damage):
      try require(!damage.isEmpty, "a damaged image without damage")
      try checkPixels(image)
    case .text(let text): try checkText(text)
    default: break
    }
  }
}

/// Properties of pixels that later stages rely on.
private func checkPixels(_ image: CapturedImage) throws(FuzzFailure) {
  guard let rowBytes = image.format.bytesPerRow(width: image.width) else { return }
  try require(
    image.payload.count == rowBytes * image.height && rowBytes > 0 && image.height > 0,
    "an image's payload has \(image.payload.count) bytes")
  try checkRanges(image.missing, within: image.payload.count)
  try checkRanges(image.missingRows, within: image.height)
  if let region = image.region {
    try require(
      region.x + image.width <= region.fullWidth && region.y + image.height <= region.fullHeight,
      "a region outside of its picture")
  }
  guard image.payload.count <= 1 << 14 else { return }
  do {
    let gray = try GrayImage(image)
    try require(gray.width == image.width && gray.height == image.height, "another size in gray")
  } catch {
    if let failure = error as? FuzzFailure { throw failure }
    throw FuzzFailure("an image of \(image.width)x\(image.height) can't be made gray: \(error)")
  }
}

/// Checks that ranges are ascending, with something between them.
private func checkRanges(_ ranges: [Range<Int>], within end: Int) throws(FuzzFailure) {
  var least = 0
  for range in ranges {
    try require(
      range.lowerBound >= least && !range.isEmpty && range.upperBound <= end,
      "\(range) is missing of \(end)")
    least = range.upperBound + 1
  }
}

func checkText(_ text: BoardText) throws(FuzzFailure) {
  func lies(_ box: PixelBox) -> Bool {
    box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0
      && box.x + box.width <= text.width && box.y + box.height <= text.height
  }
  var count = 0
  for line in text.lines {
    try require(lies(line.box) && !line.characters.isEmpty, "a line outside of its image")
    for character in line.characters {
      try require(
        lies(character.box) && character.scalar.isVisible, "a character that can't be")
    }
    count += line.characters.count
  }
  try require(text.lines.count <= 128 && count <= 2048, "a text beyond its limits")
}

/// Decodes whole, cut anywhere, and with pauses; checks events against the bytes.
@discardableResult
private func checkSplits(
  _ make: () -> any LinkDecoder, _ stream: [UInt8], seed: UInt8, isCounted: Bool = true
) throws(FuzzFailure) -> [LinkEvent] {
  var whole = make()
  var events = whole.decode(stream)
  try checkBalance(whole, received: isCounted ? stream.count : nil)
  events += whole.finish()
  try checkBalance(whole, received: isCounted ? stream.count : nil)
  try require(whole.statistics.pendingBytes == 0, "bytes are held after the end")
  try checkCounts(events, whole.statistics)

  var numbers = FuzzNumbers(seed: UInt64(seed) &* 77_773 &+ UInt64(stream.count))
  for hasPauses in [false, true] {
    var split = make()
    var found: [LinkEvent] = []
    var at = 0
    let longest = [1, 2, 7, 64, 300, 1500][numbers.below(6)]
    while at < stream.count {
      let count = min(1 + numbers.below(longest), stream.count - at)
      found += split.decode(Array(stream[at..<at + count]))
      at += count
      try checkBalance(split, received: isCounted ? at : nil)
      if hasPauses, numbers.below(8) == 0 {
        found += split.idle()
        try checkBalance(split, received: isCounted ? at : nil)
      }
    }
    found += split.finish()
    try checkBalance(split, received: isCounted ? stream.count : nil)
    try require(split.statistics.pendingBytes == 0, "bytes are held after the end")
    try checkCounts(found, split.statistics)
    if !hasPauses {
      try require(found == events, "cut in pieces, the same bytes told something else")
    }
  }
  return events
}

private func checkBalance(_ decoder: any LinkDecoder, received: Int?) throws(FuzzFailure) {
  let statistics = decoder.statistics
  try require(
    statistics.isBalanced && (received ?? statistics.bytesReceived) == statistics.bytesReceived
      && statistics.pendingBytes >= 0 && statistics.overheadBytes >= 0,
    "bytes don't add up: \(statistics)")
}

/// The counters must equal the events.
private func checkCounts(
  _ events: [LinkEvent], _ statistics: LinkStatistics
) throws(FuzzFailure) {
  var intact = 0
  var damaged = 0
  var texts = 0
  var lost: [ImageLoss: Int] = [:]
  var dropped: [DropCause: Int] = [:]
  for event in events {
    switch event {
    case .image: intact += 1
    case .damagedImage: damaged += 1
    case .text: texts += 1
    case .imagesLost(let count, let cause): lost[cause, default: 0] += count
    case .bytesDropped(let cause, let count): dropped[cause, default: 0] += count
    default: break
    }
  }
  try require(
    intact == statistics.imagesIntact && damaged == statistics.imagesDamaged
      && texts == statistics.texts && lost == statistics.imagesLost
      && dropped == statistics.droppedBytes,
    "events and counters differ: \(lost) \(dropped) \(statistics)")
}

// MARK: - Packets

/// Packets as a board sends them.
struct PacketBuilder {
  var bytes: [UInt8] = []
  var sequence: UInt8 = 0

  /// Adds a packet; `header` starts with its third byte, and missing bytes are 0.
  mutating func append(versionAndType: UInt8, header: [UInt8], body: [UInt8]) {
    var packet = [versionAndType, sequence] + header
    packet += repeatElement(0, count: max(0, 6 - packet.count))
    packet += body
    sequence &+= 1
    let crc = scribe_crc32(0, packet, packet.count)
    for shift in [0, 8, 16, 24] { packet.append(UInt8(truncatingIfNeeded: crc >> UInt32(shift))) }
    var encoded = [UInt8](repeating: 0, count: packet.count + packet.count / 254 + 1)
    let count = scribe_cobs_encode(&encoded, packet, packet.count)
    bytes.append(0)
    bytes += encoded.prefix(count)
    bytes.append(0)
  }

  mutating func begin(_ number: UInt8, _ layout: [UInt8]) {
    append(
      versionAndType: 0x12, header: [number, 0],
      body: [number, 0, 0, 0] + layout + [UInt8](repeating: 1, count: 26))
  }

  mutating func end(_ number: UInt8, _ layout: [UInt8], checksum: UInt32) {
    append(
      versionAndType: 0x14, header: [number, 0],
      body: [number, 0, 0, 0] + layout + [0, 0] + [UInt8](repeating: 0, count: 8)
        + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: checksum >> $0) })
  }

  /// A slice, in pieces where it is longer than one; the last piece brings the fields before the
  /// code.
  mutating func appendSlice(
    _ number: UInt8, position: UInt16, isInter: Bool, head: [UInt8], _ code: [UInt8], piece: Int
  ) {
    let inter: UInt8 = isInter ? 0x08 : 0
    let place = [UInt8(position & 255), UInt8(position >> 8)]
    let pieces = stride(from: 0, to: max(code.count, 1), by: piece).map {
      Array(code[$0..<min($0 + piece, code.count)])
    }
    guard pieces.count > 1 else {
      append(versionAndType: 0x13, header: [number, inter] + place, body: head + code)
      return
    }
    for (i, part) in pieces.enumerated() {
      let isLast = i == pieces.count - 1
      append(
        versionAndType: 0x13, header: [number, inter | 0x04 | (isLast ? 0 : 0x02)] + place,
        body: [UInt8(truncatingIfNeeded: i)] + (isLast ? head : []) + part)
    }
  }
}
