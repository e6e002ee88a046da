import FirmwareProto
import Images
import LinkTestSupport
import Testing

/// Boards that are left alone: their counters, and packets that a brown-out cuts.
@Suite struct BoardLifeTests {
  private let image = CapturedImage(
    width: 40, height: 30, format: .gray8, payload: (0..<1200).map { UInt8($0 % 251) })

  @Test func countersThatOutliveAReset() throws {
    let board = TestBoard()
    let memory = UnsafeMutablePointer<scribe_life_memory>.allocate(capacity: 1)
    memory.initialize(to: scribe_life_memory())
    defer { memory.deallocate() }
    var life = scribe_life()
    #expect(!scribe_life_start(&life, memory, SCRIBE_START_POWER))
    life.counts.images = 70_000
    scribe_life_count(&life.counts.camera_restarts)
    scribe_life_supply(&life, true)
    #expect(scribe_life_start(&life, memory, SCRIBE_START_POWER))
    #expect(scribe_life_start(&life, memory, SCRIBE_START_WATCHDOG))
    #expect(scribe_life_stats(&life, board.encoder, 1234) == SCRIBE_OK)
    _ = scribe_stats(board.encoder, 1235)
    var decoder = ScribeDecoder()
    let told = decoder.decode(board.bytes).compactMap { event -> BoardStatistics? in
      guard case .boardStatistics(let statistics) = event else { return nil }
      return statistics
    }
    #expect(told.map(\.uptimeMilliseconds) == [1234, 1235])
    #expect(told.last?.life == nil)
    let found = try #require(told.first?.life)
    #expect(found.start == .watchdog && found.images == 70_000 && found.starts == 3)
    #expect(found.brownOuts == 1 && found.watchdogs == 1 && found.faults == 0)
    #expect(found.cameraRestarts == 1)
  }

  /// A board goes dead at any byte of an image, and starts anew: no image is taken for whole that
  /// isn't, and all that come after are.
  @Test func aCutPacketHarmsNothingAfterIt() {
    let before = TestBoard()
    before.send(image)
    let first = before.bytes
    let after = TestBoard()
    for _ in 0..<2 { after.send(image) }
    for cut in 0..<first.count {
      var decoder = ScribeDecoder()
      let events = decoder.decode(Array(first[..<cut]) + after.bytes) + decoder.finish()
      let intact = events.intactImages
      // Of the last packet, the zero behind it alone may be missing.
      #expect(intact.count == (cut == first.count - 1 ? 3 : 2), "\(cut)")
      #expect(intact.allSatisfy { $0.payload == image.payload })
    }
  }
}
