import Gray
import Synchronization
import Testing
import Text

@Suite struct KeptReaderTests {
  /// Tells by a line's text whether its buffer is still the one that it began with.
  private struct Buffered: GrayReader {
    var buffer = [UInt8](repeating: 0, count: 64)
    var place: UInt?

    mutating func reading(of gray: GrayImage) throws -> Reading {
      let place = buffer.withUnsafeMutableBytes { UInt(bitPattern: $0.baseAddress) }
      defer { self.place = place }
      let isKept = self.place.map { $0 == place } ?? true
      return Reading(lines: [], width: isKept ? 1 : 0, height: 1)
    }

    mutating func glance(at gray: GrayImage) throws -> Reading? { try reading(of: gray) }
  }

  private let gray = GrayImage(width: 1, height: 1, pixels: [0])

  @Test func copiesReadWithTheSameBuffers() throws {
    let kept = KeptReader(Buffered())
    var readers: [any GrayReader] = [kept, kept]
    for _ in 0..<3 {
      for i in readers.indices {
        #expect(try readers[i].reading(of: gray).width == 1)
        #expect(try readers[i].glance(at: gray)?.width == 1)
      }
    }
  }

  /// What it is for: a value that is passed on copies them.
  @Test func copiesOfAValueDoNot() throws {
    var first = Buffered()
    _ = try first.reading(of: gray)
    var second = first
    #expect(try second.reading(of: gray).width == 0)
    #expect(try first.reading(of: gray).width == 1)
  }
}
