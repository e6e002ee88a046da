import Export
import Testing
import Text

/// Patterns in tables of C.
@Suite struct FirmwarePatternTests {
  private static let patterns = [
    "[0-9]{5}", #"\d+\.\d{2} (kWh|m³)"#, "[A-Z]{2}-?[0-9]{3,4}", "SN [0-9A-F]+|LOT .+",
    "[^0-9 ]+°C",
  ]

  /// The tables lead to the states that the pattern has.
  @Test(arguments: patterns) func theTablesAreThePattern(source: String) throws {
    let pattern = try Pattern(source)
    let exported = try FirmwarePattern(pattern)
    #expect(exported.kindCount <= 104 && exported.accepting.count == pattern.stateCount)
    for state in 0..<pattern.stateCount {
      let from = Pattern.State(state)
      #expect((exported.accepting[state] == 1) == pattern.isAccepting(from))
      for (i, character) in Pattern.characters.enumerated() {
        let kind = Int(exported.kinds[i])
        let next = exported.next[state * exported.kindCount + kind]
        #expect(pattern.next(from, character).map { UInt16($0) } ?? .max == next)
      }
    }
  }

  @Test func theHeaderNamesItsSource() throws {
    let exported = try FirmwarePattern(Pattern("a*/|[0-9]"), symbol: "meter")
    #expect(exported.header.contains("static const scribe_pattern meter = {\"a*/|[0-9]\","))
    // What would end the comment doesn't.
    #expect(exported.header.contains("/* a* /|[0-9]: a pattern"))
    #expect(exported.header.contains("flash: \(exported.flashBytes) bytes"))
  }

  @Test(arguments: ["int", "scribe_pattern", "2nd", ""]) func namesThatCHasAreRefused(name: String)
  {
    #expect(throws: ExportError.self) { try FirmwarePattern(Pattern("[0-9]"), symbol: name) }
  }
}
