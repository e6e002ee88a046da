import Images
import LinkTestSupport
import Testing

/// The events are the same, however the bytes are cut.
@Suite struct SplitTests {
  static let protocols = [
    "scribe", "jpeg-stream", "raw:20x10:gray8", "raw:20x10:rgb565be:sync=AA55A5",
    "raw:20x10:gray8:1+frame:row+1:sync=AA55A5", "raw:20x10:gray8:sync=A5",
  ]

  /// A stream for each protocol, intact or damaged.
  static func stream(_ name: String, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var bytes: [UInt8] = []
    switch name {
    case "scribe":
      bytes = ScribeCorruptionTests.stream(seed: seed).bytes
    case "jpeg-stream":
      for _ in 0..<5 {
        let thumbnail = TestImage.jpeg(width: 8, height: 8, scanBytes: 20, using: &generator)
        bytes += TestImage.jpeg(
          width: 160, height: 120, scanBytes: Int.random(in: 0...1500, using: &generator),
          thumbnail: Bool.random(using: &generator) ? thumbnail : [], using: &generator)
        bytes += [UInt8](repeating: 0, count: Int.random(in: 0...3, using: &generator))
        if Bool.random(using: &generator) { bytes += Array("ACK CMD\r\nEND".utf8) }
      }
    default:
      for _ in 0..<5 {
        if name.contains("sync=AA55A5") { bytes += [0xAA, 0x55, 0xA5] }
        if name.hasSuffix("sync=A5") { bytes.append(0xA5) }
        bytes += generator.bytes(
          name.contains("row+") ? 211 : name.contains("gray8") ? 200 : 400)
      }
    }
    return bytes
  }

  @Test(arguments: protocols)
  func dripBatchesAndWholeAgree(name: String) throws {
    let link = try LinkProtocol(parsing: name)
    for seed in 0..<40 as Range<UInt64> {
      var mutator = Mutator(generator: SeededGenerator(seed: seed))
      var bytes = Self.stream(name, seed: seed)
      if seed % 4 != 0 { bytes = mutator.mutate(bytes, pool: bytes) }
      var whole = link.makeDecoder()
      let expected = whole.events(of: [bytes])
      var drip = link.makeDecoder()
      var dripped: [LinkEvent] = []
      for byte in bytes {
        dripped += drip.decode([byte])
        if !drip.statistics.isBalanced { Issue.record("unbalanced, seed \(seed)") }
      }
      dripped += drip.finish()
      #expect(dripped == expected, "seed \(seed)")
      #expect(drip.statistics == whole.statistics)
      for longest in [2, 30, 300, 3000] {
        var split = link.makeDecoder()
        let pieces = mutator.generator.split(bytes, longest: longest)
        #expect(split.events(of: pieces) == expected, "seed \(seed), pieces to \(longest)")
        #expect(split.statistics == whole.statistics)
      }
      #expect(whole.statistics.isBalanced)
      #expect(whole.statistics.pendingBytes == 0)
      #expect(whole.statistics.bytesReceived == bytes.count)
      #expect(whole.statistics.totalDroppedBytes == expected.droppedByteCount)
    }
  }
}
