import FirmwareProto
import Gray
import Images
import Inference
import OnBoard
import Text

private struct Readers: Sendable {
  let board: FirmwareReader
  let recognizer: FirmwareRecognizer
  let host: TextReader

  /// Made only once: the models are valid.
  static let shared: Readers? = try? Readers()

  private init() throws {
    board = try FirmwareReader(model: Model.forReading())
    recognizer = try FirmwareRecognizer(
      FirmwareRecognizer.Models(
        finder: ModelStore.load("finder"), aligner: ModelStore.load("aligner"),
        line: ModelStore.load("line-quick")))
    host = try TextReader(
      TextReader.Models(
        line: ModelStore.load("line-quick"), finder: ModelStore.load("finder"),
        aligner: ModelStore.load("aligner"), drum: ModelStore.load("drum")))
  }
}

private let mostHostPixels = 2048

/// Any gray image, for the reader that ships to boards and for the host's.
func fuzzReading(_ input: inout FuzzInput) throws(FuzzFailure) {
  guard let readers = Readers.shared else { throw FuzzFailure("the readers' model doesn't load") }
  var first = input
  let image = drawing(&input)
  if let text = try? readers.board.read(image) {
    try checkText(text)
    try checkSent(text)
  } else {
    try require(
      image.width < 8 || image.height < 8 || image.width > FirmwareReader.maximumWidth
        || image.height > FirmwareReader.maximumHeight,
      "the board's reader refused \(image.width)x\(image.height)")
  }
  try checkInk(of: image, first.u8())

  // The host's networks take long under the sanitizers: small images show as much.
  guard image.width * image.height <= mostHostPixels else { return }
  if let text = try? readers.recognizer.read(image) {
    try checkText(text)
    try checkSent(text)
  } else {
    try require(
      image.width < 12 || image.height < 12,
      "the recognizer refused \(image.width)x\(image.height)")
  }
  var host = readers.host
  let captured = CapturedImage(
    width: image.width, height: image.height, format: .gray8, payload: image.pixels)
  guard let reading = try? host.read(captured) else { throw FuzzFailure("the host couldn't read") }
  for line in reading.lines {
    try require((0...1).contains(line.confidence), "a confidence of \(line.confidence)")
    for character in line.characters {
      try require(
        (0...1).contains(character.confidence), "a confidence of \(character.confidence)")
    }
  }
}

/// An image of stretches, bytes, bits or boxes, as the input chooses.
private func drawing(_ input: inout FuzzInput) -> GrayImage {
  let choice = input.u8()
  let isLarge = choice & 0x70 == 0x70
  let width = 1 + Int(isLarge ? input.u16() % 700 : UInt16(input.u8() % 120))
  let height = 1 + Int(isLarge ? input.u16() % 500 : UInt16(input.u8() % 80))
  var image = GrayImage(width: width, height: height, filledWith: input.u8())
  switch choice & 3 {
  case 0:
    let bytes = input.rest()
    guard !bytes.isEmpty else { break }
    for i in image.pixels.indices { image.pixels[i] = bytes[i % bytes.count] }
  case 1:
    var at = 0
    while !input.isAtEnd, at < image.pixels.count {
      let end = min(at + 1 + Int(input.u8()), image.pixels.count)
      let level = input.u8()
      for i in at..<end { image.pixels[i] = level }
      at = end
    }
  case 2:
    let bytes = input.rest()
    guard !bytes.isEmpty else { break }
    for i in image.pixels.indices where bytes[i / 8 % bytes.count] >> UInt8(i & 7) & 1 == 1 {
      image.pixels[i] ^= 0xA0
    }
  default:
    while !input.isAtEnd {
      let left = Int(input.u8()) * width / 256
      let top = Int(input.u8()) * height / 256
      let right = min(width, left + 1 + Int(input.u8() & 63))
      let bottom = min(height, top + 1 + Int(input.u8() & 63))
      let level = input.u8()
      for y in top..<bottom {
        for x in left..<right { image.pixels[y * width + x] = level }
      }
    }
  }
  return image
}

/// Text that the reader found is sent unchanged.
private func checkSent(_ text: BoardText) throws(FuzzFailure) {
  let board = FuzzBoard(mtu: 96)
  try require(board.send(text) == SCRIBE_OK, "the encoder refused the reader's text")
  var decoder = ScribeDecoder()
  let texts = (decoder.decode(board.bytes) + decoder.finish()).compactMap { event in
    if case .text(let text) = event { text } else { nil }
  }
  try require(texts == [text], "the reader's text didn't come over the line")
}

/// The board's bits of an image: exactly as many rows as it announces.
private func checkInk(of image: GrayImage, _ choice: UInt8) throws(FuzzFailure) {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: scribe_ink_size(), alignment: 16)
  defer { memory.deallocate() }
  let ink = memory.assumingMemoryBound(to: scribe_ink.self)
  var described = scribe_ink_image()
  described.width = UInt16(image.width)
  described.height = UInt16(image.height)
  described.doubled = choice & 4 != 0
  described.polarity = choice & 8 == 0 ? SCRIBE_DARK_INK : SCRIBE_LIGHT_INK
  described.softness = image.pixels[0]
  let isRead = image.pixels.withUnsafeBufferPointer { pixels in
    described.gray = pixels.baseAddress
    guard scribe_ink_begin(ink, &described) == SCRIBE_OK else { return true }
    let scale = described.doubled ? 2 : 1
    let isWhole =
      Int(ink.pointee.width) == scale * image.width
      && Int(ink.pointee.height) == scale * image.height
    return isWhole
      && (0...scale * image.height).allSatisfy { y in
        var bits = [UInt8](repeating: 0, count: (scale * image.width + 7) / 8)
        let status = scribe_ink_row(ink, &bits)
        return (status == SCRIBE_OK) == (y < scale * image.height)
      }
  }
  try require(isRead, "a row of ink was missing or too many")
}
