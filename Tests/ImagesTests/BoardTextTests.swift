import FirmwareProto
import Images
import LinkTestSupport
import Packets
import Testing

/// TEXT by the C encoder, decoded again.
@Suite struct BoardTextTests {
  private func text(
    _ number: UInt32, lines: Int = 3, characters: ClosedRange<Int> = 1...20, seed: UInt64 = 1
  ) -> BoardText {
    var random = SeededGenerator(seed: seed)
    return .random(number: number, lines: lines, characters: characters, using: &random)
  }

  @Test(
    arguments: [96, 252, 1024],
    [(0, 1...1), (1, 1...1), (3, 1...20), (128, 1...16), (2, 900...1000)])
  func whatIsSentArrives(mtu: Int, shape: (lines: Int, characters: ClosedRange<Int>)) {
    for seed in 1...5 as ClosedRange<UInt64> {
      let board = TestBoard(mtu: mtu)
      let sent = text(0, lines: shape.lines, characters: shape.characters, seed: seed)
      #expect(board.send(sent) == SCRIBE_OK)
      #expect(board.packets.allSatisfy { $0.count <= mtu + mtu / 254 + 3 })
      var random = SeededGenerator(seed: seed)
      var decoder = ScribeDecoder()
      let events = decoder.events(of: random.split(board.bytes, longest: 40))
      // Compared before it is expected: a thousand characters are too many to print.
      let isSame = events.texts == [sent]
      #expect(isSame)
      #expect(events.droppedByteCount == 0)
      #expect(decoder.statistics.texts == 1 && decoder.statistics.isBalanced)
    }
  }

  /// Images that are read and not sent take a number, and count neither as lost nor twice.
  @Test func textsAndImagesShareTheirNumbers() {
    let board = TestBoard()
    let image = CapturedImage(
      width: 40, height: 30, format: .gray8, payload: [UInt8](repeating: 90, count: 1200))
    board.send(image)
    #expect(board.send(text(0)) == SCRIBE_OK)
    #expect(board.encoder.pointee.image_number == 1)
    #expect(board.send(text(1, seed: 2)) == SCRIBE_OK)
    #expect(board.send(text(2, seed: 3)) == SCRIBE_OK)
    #expect(board.encoder.pointee.image_number == 3)
    board.send(image)
    var decoder = ScribeDecoder()
    let events = decoder.events(of: [board.bytes])
    #expect(events.texts.map(\.number) == [0, 1, 2])
    #expect(events.intactImages.map(\.number) == [0, 3])
    #expect(events.lostCount() == 0)
  }

  @Test func theEncoderRefusesWhatMakesNoSense() {
    let board = TestBoard()
    var bad = text(0)
    for invisible in [" ", "\u{7F}", "\u{85}", "\u{A0}", "\u{E000}"] as [Unicode.Scalar] {
      bad.lines[1].characters[0].scalar = invisible
      #expect(board.send(bad) == SCRIBE_BAD_ARGUMENT)
    }
    bad = text(0)
    bad.lines[0].box.x = bad.width
    #expect(board.send(bad) == SCRIBE_BAD_ARGUMENT)
    bad = text(0)
    bad.lines[2].characters = []
    #expect(board.send(bad) == SCRIBE_BAD_ARGUMENT)
    #expect(board.send(text(0, lines: 129, characters: 1...1)) == SCRIBE_BAD_ARGUMENT)
    #expect(board.send(text(0, lines: 3, characters: 800...800)) == SCRIBE_BAD_ARGUMENT)
    #expect(board.packets.isEmpty && board.encoder.pointee.image_number == 0)
    _ = board.begin(
      CapturedImage(
        width: 40, height: 30, format: .gray8, payload: [UInt8](repeating: 90, count: 1200)))
    #expect(board.send(text(0)) == SCRIBE_BAD_STATE)
  }

  /// A part that is missing, early or repeated costs its text, and only that.
  @Test func lostAndRepeatedParts() {
    let board = TestBoard(mtu: 96)
    board.send(text(0, lines: 1, characters: 1...1))
    let hello = board.packets[0]
    _ = board.takeBytes()
    board.send(text(1, lines: 4, characters: 30...30))
    let parts = board.packets
    _ = board.takeBytes()
    let next = text(2, lines: 2, characters: 30...30, seed: 9)
    board.send(next)
    let rest = board.bytes
    #expect(parts.count > 5)
    for i in parts.indices {
      var without = parts
      without.remove(at: i)
      var swapped = parts
      swapped.swapAt(i, (i + 1) % parts.count)
      for stream in [without, swapped] {
        var decoder = ScribeDecoder()
        let events = decoder.events(of: [hello] + stream + [rest])
        #expect(events.texts == [next])
        #expect(decoder.statistics.droppedBytes[.incompleteText, default: 0] > 0)
        #expect(decoder.statistics.isBalanced)
      }
    }
    var decoder = ScribeDecoder()
    #expect(decoder.events(of: parts + parts + [rest]).texts.count == 2)
    #expect(decoder.statistics.droppedBytes[.duplicate, default: 0] > 0)
  }

  /// Flipped, lost and inserted bytes: any text that is given out is one that was sent.
  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func damageNeverMakesAText(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let board = TestBoard(mtu: [96, 252, 1024].randomElement(using: &random) ?? 252)
    let sent = (0..<12).map {
      text(UInt32($0), lines: Int($0) % 6, characters: 1...40, seed: seed &* 100 &+ UInt64($0))
    }
    for text in sent { board.send(text) }
    var bytes = board.bytes
    for _ in 0..<Int.random(in: 1...30, using: &random) {
      let at = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 1: bytes.remove(at: at)
      default: bytes.insert(.random(in: 0...255, using: &random), at: at)
      }
    }
    var decoder = ScribeDecoder()
    let events = decoder.events(of: random.split(bytes, longest: 200))
    for text in events.texts { #expect(sent.contains(text)) }
    #expect(decoder.statistics.isBalanced)
  }

  /// Valid packets with any body: none crashes, and accepted boxes lie in their image.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func anyBodyIsReadOrDropped(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let board = TestBoard()
    board.send(text(7, lines: 3, characters: 1...9, seed: seed))
    guard let packet = board.packets.last, let whole = decoded(packet) else {
      Issue.record("no packet")
      return
    }
    var decoder = ScribeDecoder()
    for _ in 0..<400 {
      var body = Array(whole.dropFirst(6).dropLast(4))
      switch Int.random(in: 0..<3, using: &random) {
      case 0: body = random.bytes(Int.random(in: 0...200, using: &random))
      case 1: body.removeLast(Int.random(in: 0...body.count, using: &random))
      default: break
      }
      for _ in 0..<Int.random(in: 0...4, using: &random) where !body.isEmpty {
        let at = Int.random(in: 0..<body.count, using: &random)
        body[at] = .random(in: 0...255, using: &random)
      }
      if !body.isEmpty, Bool.random(using: &random) { body[0] = .random(in: 1...2, using: &random) }
      for text in decoder.decode(framed(Array(whole.prefix(6)) + body)).texts {
        for line in text.lines {
          #expect(!line.characters.isEmpty)
          for character in line.characters {
            #expect(character.scalar.isVisible)
            let box = character.box
            #expect(box.x >= 0 && box.y >= 0 && box.width > 0 && box.height > 0)
            #expect(box.x + box.width <= text.width && box.y + box.height <= text.height)
          }
        }
      }
      #expect(decoder.statistics.isBalanced)
    }
  }

  /// A packet between its delimiters, without COBS.
  private func decoded(_ wire: [UInt8]) -> [UInt8]? {
    var packet: [UInt8] = []
    var at = 1
    while at < wire.count - 1 {
      let code = Int(wire[at])
      guard at + code <= wire.count - 1 else { return nil }
      packet += wire[at + 1..<at + code]
      at += code
      if code < 255, at < wire.count - 1 { packet.append(0) }
    }
    return packet
  }

  private func framed(_ packet: [UInt8]) -> [UInt8] {
    let crc = scribe_crc32(0, packet, packet.count)
    let whole = packet + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * $0)) }
    var wire = [UInt8](repeating: 0, count: whole.count + whole.count / 254 + 2)
    let count = scribe_cobs_encode(&wire, whole, whole.count)
    return [0] + wire.prefix(count) + [0]
  }
}
