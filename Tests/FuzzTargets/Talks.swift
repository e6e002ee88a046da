import Control
import FirmwareProto
import Images
import Packets

/// A host's bytes to a board that sends as `scribe_host.h` shows.
func fuzzHost(_ input: inout FuzzInput) throws(FuzzFailure) {
  let board = FuzzBoard(mtu: 96 + Int(input.u8()))
  let mtu = Int(board.encoder.pointee.mtu)
  let heard = Heard()
  let host = UnsafeMutablePointer<scribe_host>.allocate(capacity: 1)
  defer { host.deallocate() }
  var config = scribe_host_config()
  config.encoder = board.encoder
  config.rate = UInt32(input.u16())
  config.request_context = Unmanaged.passUnretained(heard).toOpaque()
  config.request = { context, request in
    guard let context, let request else { return SCRIBE_FAILED }
    return Unmanaged<Heard>.fromOpaque(context).takeUnretainedValue().take(request.pointee)
  }
  guard scribe_host_init(host, &config) == SCRIBE_OK else {
    throw FuzzFailure("the host's ear was not made")
  }

  var link = PacketBuilder()
  var now: UInt32 = 0
  while !input.isAtEnd {
    let kind = input.u8()
    var bytes: [UInt8] = []
    switch kind >> 5 {
    case 0, 1:
      bytes = input.bytes(Int(kind & 31))
    case 2, 3, 4:
      let types: [UInt8] = [8, 7, 10, 12, 12, 12, 10, 15]
      link.bytes = []
      link.append(
        versionAndType: 0x10 | types[Int(kind & 7)], header: [],
        body: input.bytes(Int(input.u8() & 63)))
      bytes = link.bytes
    case 5:
      scribe_host_answer(host)
    case 6:
      now &+= UInt32(kind & 16 == 0 ? UInt16(input.u8()) : input.u16())
    default:
      let length = Int(input.u8())
      if scribe_host_may_send(host, length, now) {
        scribe_host_sent(host, length, now)
        _ = scribe_ping(board.encoder, 1)
      }
    }
    for byte in bytes { scribe_host_hear(host, byte, now) }
    let isSound =
      host.pointee.fill <= 67 && host.pointee.command_count <= 4
      && host.pointee.packets <= SCRIBE_HOST_IN_FLIGHT
    try require(isSound, "the host's ear is out of bounds")
  }
  scribe_host_answer(host)
  try require(
    (96...mtu).contains(Int(board.encoder.pointee.mtu)), "packets of \(board.encoder.pointee.mtu)")
  try require(heard.isSound, "a request that makes no sense reached the camera")
  try checkAlive(board)
}

/// Whatever was received, an image that is sent arrives.
private func checkAlive(_ board: FuzzBoard) throws(FuzzFailure) {
  var image = scribe_image()
  image.width = 20
  image.height = 7
  image.format = SCRIBE_GRAY8
  image.timestamp_us = 5
  let pixels = (0..<140).map { UInt8($0) }
  guard scribe_begin_image(board.encoder, &image) == SCRIBE_OK,
    scribe_lines(board.encoder, pixels, 7) == SCRIBE_OK,
    scribe_end_image(board.encoder) == SCRIBE_OK
  else { throw FuzzFailure("the board sends no more") }
  var decoder = ScribeDecoder()
  let events = decoder.decode(board.bytes) + decoder.finish()
  let images = events.compactMap { event in
    if case .image(let image) = event { image.payload } else { nil }
  }
  try require(images == [pixels], "the board's image didn't arrive")
  try require(
    decoder.statistics.totalDroppedBytes == 0, "the board sent what nobody understands")
}

private final class Heard {
  private(set) var isSound = true

  func take(_ request: scribe_request) -> scribe_answer {
    switch request.kind {
    case SCRIBE_ASK_FORMAT:
      let known = [
        SCRIBE_GRAY8, SCRIBE_RGB565_LE, SCRIBE_RGB565_BE, SCRIBE_YUYV, SCRIBE_BILEVEL,
        SCRIBE_GRAY4, SCRIBE_JPEG,
      ]
      if !known.contains(request.format) { isSound = false }
    case SCRIBE_ASK_REGION, SCRIBE_ASK_RATE: break
    case SCRIBE_ASK_DELIVERY: if !request.images && !request.text { isSound = false }
    case SCRIBE_ASK_EXPOSURE: if request.exposure > 2 { isSound = false }
    default: isSound = false
    }
    return scribe_answer(UInt32(request.x & 7))
  }
}

/// A board's packets to the host's side of the talk, whose bytes must be packets.
func fuzzControl(_ input: inout FuzzInput) throws(FuzzFailure) {
  let wishes: [BoardCommand] = [.format(.bilevel, isCoded: true), .rate(2.5), .region(nil)]
  let choice = input.u8()
  var control = BoardControl(
    wishes: Array(wishes.prefix(Int(choice & 3))), adaptsPackets: choice & 4 == 0)
  var decoder = ScribeDecoder(limits: LinkLimits(maximumImageBytes: 1 << 12))
  var link = PacketBuilder()
  var now: UInt64 = 1 << 40
  var said = control.connected(at: now)
  var steps = 0
  while !input.isAtEnd {
    steps += 1
    let kind = input.u8()
    now &+= UInt64(input.u8()) << UInt64(kind & 24)
    link.bytes = []
    if kind & 0x40 != 0 { link.sequence &+= input.u8() }
    let types: [UInt8] = [7, 9, 13, 8, 3, 2, 1, 6]
    let header = kind & 0x20 == 0 ? [] : input.bytes(4)
    link.append(
      versionAndType: 0x10 | types[Int(kind & 7)], header: header,
      body: input.bytes(Int(input.u8())))
    if kind & 0x80 != 0 {
      said += control.idle(at: now)
      continue
    }
    let events = decoder.decode(link.bytes)
    said +=
      control.received(
        link.bytes.count, telling: events, decoder.statistics, at: now
      ).bytes
  }
  var packets = PacketDecoder()
  for event in packets.decode(said) + packets.finish() {
    guard case .packet(let packet) = event else { throw FuzzFailure("the host said no packet") }
    try require(
      [.hello, .ping, .pong, .credit, .command].contains(packet.header.type)
        && packet.body.count <= 54, "the host said \(packet)")
  }
  try require(said.count <= 400 * (steps + 1), "the host said too much")
}

/// A camera that answers anything, in any time.
func fuzzAsking(_ input: inout FuzzInput) throws(FuzzFailure) {
  let choice = input.u8()
  let request = BoardRequest.preset(BoardRequest.Preset.allCases[Int(choice % 3)])
  var asking = BoardAsking(
    request,
    BoardAsking.Repetition(
      afterImage: choice & 4 != 0, interval: choice & 8 == 0 ? nil : UInt64(choice) << 22,
      silence: choice & 16 == 0 ? nil : 1 << 32))
  var now: UInt64 = 0
  var said = asking.connected(at: now)
  while !input.isAtEnd {
    let kind = input.u8()
    now += UInt64(kind >> 4) << 28
    switch kind & 7 {
    case 0: said = asking.tick(at: now)
    case 1:
      asking.disconnected()
      said = asking.connected(at: now)
    default:
      said = asking.received(input.bytes(Int(input.u8())), images: Int(kind >> 3 & 1), at: now)
    }
    try require(said.count <= 16, "\(said.count) bytes are said at once")
  }
}
