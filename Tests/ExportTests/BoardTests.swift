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
    // Chips that aren't lines of parts, and parts that differ in their RAM.
    #expect(try Board("rp2040").memory == 256 << 10)
    #expect(try Board("ESP32S3").name == "ESP32-S3")
    #expect(try Board("F103C8").memory == 20 << 10 && Board("F103RE").memory == 64 << 10)
    // The largest bank that DMA reaches, and not the core-coupled one beside it.
    #expect(try Board("H743ZI").memory == 512 << 10)
    for name in ["ESP32-C3", "RP2040X", "", "F4", "STM32F303C8", "F405RZ", "F411C"] {
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
    let small = ["STM32F410", "STM32F103"]
    for name in Board.known where !small.contains(name) {
      try glyph.check(fits: Board(name))
    }
    let board = try Board("STM32F410T8")
    #expect(throws: ExportError.tooLarge(glyph.requirement, board: board)) {
      try glyph.check(fits: board)
    }
    let message = "\(ExportError.tooLarge(glyph.requirement, board: board))"
    #expect(message.contains("STM32F410T8") && message.contains("65,536"))
    #expect(message.contains("It fits ") && message.contains("RP2350"))
    #expect(!message.contains("STM32F103"))
    try FirmwareModel(Repository.model("classic")).check(fits: board)
  }

  /// Which boards read, where, and which don't, with the reason.
  @Test func accounts() throws {
    let account = try Board("F407").account
    for part in ["DCMI", "320 x 240", "image in SRAM", "arena in CCM"] {
      #expect(account.contains(part))
    }
    for name in Board.known {
      let account = try Board(name).account
      #expect(account.contains("reads no whole images: ") == Board.sendingOnly.contains(name))
    }
    #expect(try Board("F411").account.hasPrefix("no camera interface"))
    #expect(Board.sendingOnly.contains("STM32F411"))
  }

  /// The report's sums are those of the layers.
  @Test func report() throws {
    let glyph = try FirmwareModel(Repository.model("glyph"))
    let text = glyph.report(board: try Board("F405RG"))
    #expect(text.contains("2,725,824 MACs"))
    #expect(text.contains("1,048,576"))
    #expect(text.contains("STM32F405RG: no camera interface; reads images of up to 320 x 240"))
    let rows = text.split(separator: "\n").filter { $0.contains("SMLAD") }
    #expect(rows.count == glyph.layers.count)
    #expect(glyph.layers.reduce(0) { $0 + $1.macs } == glyph.macs)
  }
}
