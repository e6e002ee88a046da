import Glibc
import Images
import PortTestSupport
import Sinks
import Testing
import Text

@Suite("Output for people") struct TerminalTests {
  @Test func nothingATerminalObeysGetsThrough() {
    #expect(Terminal.escaped("\u{1B}]0;owned\u{7}") == #"\x1b]0;owned\x07"#)
    #expect(Terminal.escaped("a\r\u{8}b") == #"a\x0d\x08b"#)
    #expect(Terminal.escaped("\u{9B}31m") == #"\u{9b}31m"#)
    #expect(Terminal.escaped("\u{202E}txt") == #"\u{202e}txt"#)
    #expect(Terminal.escaped("tab\tstays, newline\ndoes not") == "tab\tstays, newline\\x0adoes not")
    #expect(Terminal.escaped("a\nb", keepingNewlines: true) == "a\nb")
    #expect(Terminal.escaped("ÄÖÜ 字 ~!") == "ÄÖÜ 字 ~!")
    for code in UInt8.min...UInt8.max {
      for byte in Terminal.escaped(String(Unicode.Scalar(code))).utf8 where byte != 9 {
        #expect(byte >= 0x20 && byte != 0x7F)
      }
    }
  }

  /// By Unicode's properties of every character, not by a list.
  @Test func noInvisibleCharacterGetsThrough() {
    var escaped = 0
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value), scalar != "\t" else { continue }
      let isHidden: Bool
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: isHidden = true
      default: isHidden = false
      }
      guard isHidden else { continue }
      escaped += 1
      let shown = Terminal.escaped(String(scalar))
      let quoted = JSONLine.quoted(String(scalar))
      #expect((shown + quoted).utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "\(value)")
    }
    // Unicode 15 has 65 controls and 170 formats; the tab is one of the former.
    #expect(escaped > 200)
    #expect(Terminal.escaped("\u{AD}\u{E0041}\u{FFF9}") == #"\u{ad}\u{e0041}\u{fff9}"#)
    #expect(JSONLine.quoted("\u{202E}\u{E0041}") == #""\u202e\udb40\udc41""#)
  }

  private func report(_ lines: [String]) -> ImageReport {
    let box = PixelBox(x: 0, y: 0, width: 1, height: 1)
    return ImageReport(
      image: .number(3), width: 320, height: 240,
      reading: Reading(
        lines: lines.map { text in
          ReadLine(
            text: text, confidence: 1, box: box,
            characters: text.filter { $0 != " " }.map {
              ReadCharacter(text: String($0), confidence: $0 == "?" ? 0.3 : 0.9, box: box)
            })
        }), milliseconds: 4.25, missingRows: [0..<8])
  }

  @Test func textIsPlain() {
    #expect(report(["ONE TWO", "3"]).plainText() == "ONE TWO\n3\n")
    #expect(report([]).plainText() == "\n")
    #expect(report(["\u{1B}c"]).plainText() == "\\x1bc\n")
  }

  @Test func onlyDoubtfulCharactersAreColored() {
    #expect(report(["A ?B"]).plainText(isColored: true) == "A \u{1B}[33m?\u{1B}[0mB\n")
  }

  @Test func doubtfulLinesCanBeLeftOut() throws {
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    var doubtful = report(["sure", "un?ure"])
    doubtful.reading.lines[1].confidence = 0.49
    for least in [0, 0.49, 0.5] {
      try ConfidenceFilter(
        TextSink(output: TextOutput(descriptor: ends[1])), leastConfidence: least
      ).write(doubtful)
    }
    close(ends[1])
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(ends[0], &buffer, buffer.count)
    close(ends[0])
    #expect(
      String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
        == "sure\nun?ure\nsure\nun?ure\nsure\n")
  }

  @Test func readingsGoWholeToADescriptor() throws {
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let output = TextOutput(descriptor: ends[1])
    try JSONLinesSink(output: output).write(report(["x"]))
    try TextSink(output: output).write(report(["x"]))
    try TextSink(output: output, headings: true).write(report(["x"]))
    close(ends[1])
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(ends[0], &buffer, buffer.count)
    close(ends[0])
    // A pipe is no terminal: there is no color, no heading by default, and no time in a heading.
    #expect(
      String(decoding: buffer[..<max(count, 0)], as: UTF8.self)
        == report(["x"]).json + "\nx\nimage 3  320x240  8 rows missing\nx\n")
  }

  @Test func theTimeOfAPictureIsShown() {
    var taken = report(["x"])
    taken.taken = "2026-11-30T07:15:09"
    #expect(taken.shownTime == "2026-11-30T07:15:09")
    #expect(taken.json.contains("\"taken\":\"2026-11-30T07:15:09\","))
    #expect(!report(["x"]).json.contains("taken"))
    taken.arrival = .at(UTCTime(1_790_000_000_000_000_000))
    #expect(taken.shownTime?.hasSuffix("Z") == true)
  }

  @Test func aReaderThatLeftIsToldApart() {
    signal(SIGPIPE, SIG_IGN)
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    close(ends[0])
    defer { close(ends[1]) }
    #expect(throws: SinkError.closed) { try TextOutput(descriptor: ends[1]).write("x") }
    #expect(throws: SinkError.failed(code: EBADF)) { try TextOutput(descriptor: -1).write("x") }
  }

  @Test func messagesAreEscapedAndStatusNeedsATerminal() {
    var ends: [CInt] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let display = StatusDisplay(output: TextOutput(descriptor: ends[1]))
    display.status("never shown in a pipe")
    display.message("board says \u{1B}[2J", style: .red)
    display.clear()
    close(ends[1])
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(ends[0], &buffer, buffer.count)
    close(ends[0])
    #expect(!display.isLive)
    #expect(String(decoding: buffer[..<max(count, 0)], as: UTF8.self) == "board says \\x1b[2J\n")
  }

  @Test func aTerminalKeepsItsStatusLineBelowTheMessages() throws {
    let terminal = try TestTerminal(isRaw: false)
    let slave = try terminal.openReader()
    let display = StatusDisplay(output: TextOutput(descriptor: slave))
    display.status("3 images")
    display.message("hello")
    display.clear()
    let erase = "\r\u{1B}[K"
    let expected = "3 images\(erase)hello\r\n3 images\(erase)"
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while received.count < expected.utf8.count {
      // A terminal returns the bytes it has, so the writes may come one by one.
      let count = read(terminal.master, &buffer, buffer.count)
      guard count > 0 else { break }
      received += buffer[..<count]
    }
    close(slave)
    #expect(String(decoding: received, as: UTF8.self) == expected)
  }
}
