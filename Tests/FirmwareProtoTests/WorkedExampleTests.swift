import FirmwareProto
import Foundation
import Images
import LinkTestSupport
import Testing

@Suite struct WorkedExampleTests {
  /// PROTOCOL.md shows the bytes of one small image and of one text; the encoder must make exactly
  /// these.
  @Test func bytesAreThoseOfTheDocument() throws {
    let url = FirmwareFolder.url.appending(path: "PROTOCOL.md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let expected = text.components(separatedBy: "```hex\n").dropFirst().flatMap { block in
      (block.components(separatedBy: "```").first ?? "").split(whereSeparator: \.isWhitespace)
        .compactMap { UInt8($0, radix: 16) }
    }
    let board = TestBoard(board: "demo", sensor: "OV2640")
    let image = CapturedImage(
      width: 3, height: 2, format: .gray8, payload: [0, 1, 2, 253, 254, 255], timestamp: 1_000_000)
    #expect(board.send(image) == SCRIBE_OK)
    let reading = BoardText(
      number: 1, timestamp: 2_000_000, width: 320, height: 240, milliseconds: 850,
      lines: [
        BoardText.Line(
          box: PixelBox(x: 10, y: 20, width: 36, height: 16), isLightOnDark: false,
          confidence: 233,
          characters: [
            BoardText.Character(
              scalar: "S", hasSpaceBefore: false, confidence: 250,
              box: PixelBox(x: 10, y: 20, width: 8, height: 16)),
            BoardText.Character(
              scalar: "N", hasSpaceBefore: false, confidence: 251,
              box: PixelBox(x: 20, y: 20, width: 9, height: 16)),
            BoardText.Character(
              scalar: "4", hasSpaceBefore: true, confidence: 200,
              box: PixelBox(x: 40, y: 21, width: 6, height: 15)),
          ])
      ])
    #expect(board.send(reading) == SCRIBE_OK)
    #expect(
      board.bytes == expected,
      "\(board.packets.map { $0.map { String(format: "%02x", $0) }.joined(separator: " ") })")

    var decoder = ScribeDecoder()
    let events = decoder.decode(expected) + decoder.finish()
    #expect(events.intactImages == [image])
    #expect(events.texts == [reading])
  }
}
