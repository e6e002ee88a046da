import Export
import Inference
import Testing

@Suite struct BoardTests {
  @Test func names() throws {
    let part = try Board("STM32F407VG")
    #expect(part.name == "STM32F407VG" && part.flash == 1 << 20 && part.memory == 128 << 10)
    #expect(try Board("stm32f401rbt6").flash == 128 << 10)
    #expect(try Board("F411CE").memory == 128 << 10)
    // A line stands for its smallest part.
    let line = try Board("F429")
    #expect(line.name == "STM32F429xE" && line.flash == 512 << 10)
    for name in ["", "F4", "STM32F103C8", "F405RZ", "F411C"] {
      #expect {
        try Board(name)
      } throws: { error in
        guard case .unknownBoard(name, let known)? = error as? ExportError else { return false }
        return !known.isEmpty
      }
    }
  }

  @Test func whatIsTooLargeIsRefusedWithNumbers() throws {
    let glyph = try FirmwareModel(Repository.model("glyph"))
    for name in Board.known where name != "STM32F410" {
      try glyph.check(fits: Board(name))
    }
    let board = try Board("STM32F410T8")
    #expect(throws: ExportError.tooLarge(glyph.requirement, board: board)) {
      try glyph.check(fits: board)
    }
    let message = "\(ExportError.tooLarge(glyph.requirement, board: board))"
    #expect(message.contains("STM32F410T8") && message.contains("65,536"))
    try FirmwareModel(Repository.model("classic")).check(fits: board)
  }

  /// The report's sums are those of the layers.
  @Test func report() throws {
    let glyph = try FirmwareModel(Repository.model("glyph"))
    let text = glyph.report(board: try Board("F405RG"))
    #expect(text.contains("2,725,824 MACs"))
    #expect(text.contains("1,048,576"))
    let rows = text.split(separator: "\n").filter { $0.contains("SMLAD") }
    #expect(rows.count == glyph.layers.count)
    #expect(glyph.layers.reduce(0) { $0 + $1.macs } == glyph.macs)
  }
}
