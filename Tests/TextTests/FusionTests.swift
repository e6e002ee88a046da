import Evaluation
import Images
import Testing
import Text

/// A reading without mistakes.
private func reading(
  _ lines: (String, x: Int, y: Int)..., confidence: Double = 0.95
) -> Reading {
  Reading(
    lines: lines.map { text, x, y in
      let characters = text.enumerated().filter { $0.element != " " }.map { i, character in
        ReadCharacter(
          text: String(character), confidence: confidence,
          box: PixelBox(x: x + 12 * i, y: y, width: 10, height: 18))
      }
      return ReadLine(
        text: text, confidence: confidence,
        box: PixelBox(x: x, y: y, width: 12 * text.count - 2, height: 18), characters: characters)
    }, width: 320, height: 240)
}

private func reading(_ text: String, confidence: Double = 0.95) -> Reading {
  reading((text, x: 40, y: 100), confidence: confidence)
}

private let nothing = Reading(lines: [], width: 320, height: 240)

/// Errors over true characters.
private struct ErrorRate {
  private var errors = 0
  private var characters = 0
  mutating func add(truth: String, text: String) {
    errors += editDistance(Array(truth.unicodeScalars), Array(text.unicodeScalars))
    characters += truth.count
  }
  var value: Double { Double(errors) / Double(max(1, characters)) }
}

@Suite struct FusionTests {
  private let texts = ["12345.6", "SN 4711-08", "LOT B27", "1111.1", "EXP 2031-04-30", "OFF"]

  @Test func tenImagesReadFarBetterThanOne() {
    var single = ErrorRate()
    var fused = [ErrorRate](repeating: ErrorRate(), count: 10)
    var settled: [Int] = []
    var wrongAtFirst = 0
    for seed in 0..<300 {
      let truth = texts[seed % texts.count]
      var reader = NoisyReader(seed: UInt64(seed + 1))
      var fusion = Fusion()
      var firstStable: Int?
      for i in 0..<10 {
        let seen = reader.read(truth)
        single.add(truth: truth, text: seen.text)
        let result = fusion.add(seen)
        fused[i].add(truth: truth, text: result.reading.text)
        if firstStable == nil, !result.stable.text.isEmpty {
          firstStable = i + 1
          if result.stable.text != truth { wrongAtFirst += 1 }
        }
      }
      settled.append(firstStable ?? 99)
    }
    settled.sort()
    print(
      "CER single \(single.value), fused by images \(fused.map(\.value)); stable after "
        + "\(settled[150]) images (median), \(settled[270]) (9 of 10), \(settled[299]) (all); "
        + "first stable text wrong in \(wrongAtFirst) of 300")
    #expect((0.08...0.14).contains(single.value))
    #expect(fused[9].value < 0.005)
    #expect(fused[4].value < 0.02)
    #expect(settled[150] <= 4 && settled[270] <= 6 && settled[299] <= 10)
    #expect(wrongAtFirst <= 6)
  }

  @Test(arguments: 2...6) func aNewTextTakesOverWithTheAgreeingImage(agreeing: Int) {
    var fusion = Fusion(agreeing: agreeing)
    for i in 1...20 {
      let result = fusion.add(reading("00199"))
      #expect(result.reading.text == "00199")
      #expect(result.stable.text == (i < agreeing ? "" : "00199"))
      #expect(result.hasChanged == (i == agreeing))
    }
    // Digits change, a character is added, two are removed, everything changes.
    for (old, new) in [
      ("00199", "00200"), ("00200", "100200"), ("100200", "1002"), ("1002", "SN 7 X"),
      ("SN 7 X", "5"),
    ] {
      for i in 1...20 {
        let result = fusion.add(reading(new))
        let isNew = i >= agreeing
        #expect(result.reading.text == (isNew ? new : old), "\(old) to \(new), image \(i)")
        #expect(result.stable.text == (isNew ? new : old), "\(old) to \(new), image \(i)")
        #expect(result.hasChanged == (i == agreeing), "\(old) to \(new), image \(i)")
      }
    }
  }

  @Test func aDoubtfulNewTextTakesOverAsSoon() {
    var fusion = Fusion()
    for _ in 0..<20 { _ = fusion.add(reading("00199", confidence: 1)) }
    for i in 1...3 {
      let result = fusion.add(reading("00200", confidence: 0.5))
      #expect(result.stable.text == (i < 3 ? "00199" : "00200"))
    }
  }

  @Test func aCountingDisplayIsFollowedUnderNoise() {
    var wrong = 0
    var late: [Int] = []
    var settled = 0
    for seed in 0..<40 {
      var reader = NoisyReader(seed: UInt64(seed + 100), errors: 0.05)
      var fusion = Fusion()
      var shown: Set<String> = []
      for count in 0..<20 {
        let truth = "0\(1095 + count).3"
        shown.insert(truth)
        var at: Int?
        for i in 1...10 {
          let result = fusion.add(reader.read(truth))
          if result.hasChanged, !result.stable.text.isEmpty {
            settled += 1
            if !shown.contains(result.stable.text) { wrong += 1 }
          }
          if at == nil, result.stable.text == truth { at = i }
        }
        late.append(at ?? 99)
      }
    }
    late.sort()
    print(
      "counting, 5 % errors: told after \(late[late.count / 2]) images (median), "
        + "\(late[late.count * 9 / 10]) (9 of 10), \(late[late.count * 99 / 100]) (99 of 100); "
        + "never-shown texts \(wrong) of \(settled)")
    #expect(late[late.count / 2] == 3)
    #expect(late[late.count * 9 / 10] <= 5)
    #expect(Double(wrong) < 0.02 * Double(settled))
  }

  @Test func aDisplayThatNeverRestsIsNotStable() {
    var fusion = Fusion()
    for _ in 0..<5 { _ = fusion.add(reading("00000")) }
    for count in 1...30 {
      let text = "0000\(count % 10)"
      let result = fusion.add(reading(text))
      // The old text is removed instead of staying forever.
      if count >= 6 { #expect(result.stable.text.isEmpty, "\(count): \(result.stable.text)") }
    }
  }

  @Test func twoDisplaysSideBySideStayApart() {
    var reader = NoisyReader(seed: 5)
    var fusion = Fusion()
    var last: Fusion.Result?
    for i in 0..<24 {
      // The lines read nearly the same, and each changes on its own.
      let left = i < 12 ? "12.5" : "12.6"
      let right = i < 6 ? "12.6" : "12.5"
      last = fusion.add(reader.read([(left, 20, 100), (right, 150, 102), ("SUM", 20, 160)]))
    }
    #expect(last?.stable.lines.map(\.text) == ["12.6", "12.5", "SUM"])
    let boxes = last?.reading.lines.map(\.box.x) ?? []
    #expect(boxes.count == 3 && boxes[0] < 40 && boxes[1] > 130)
  }

  @Test func aLineReadInPiecesIsOne() {
    var fusion = Fusion()
    for _ in 0..<4 { _ = fusion.add(reading("FLOW 12.5")) }
    let pieces = reading(("FLOW", x: 40, y: 100), ("12.5", x: 100, y: 101))
    for _ in 0..<6 {
      let result = fusion.add(pieces)
      #expect(result.reading.text == "FLOW 12.5")
      #expect(result.stable.text == "FLOW 12.5")
    }
  }

  @Test func emptyImagesInBetweenChangeNothing() {
    var fusion = Fusion()
    for _ in 0..<6 { _ = fusion.add(reading("4711")) }
    for _ in 0..<10 {
      for blank in [true, true, false] {
        let result = fusion.add(blank ? nothing : reading("4711"))
        if !blank { #expect(result.reading.text == "4711") }
        #expect(result.stable.text == "4711" || blank)
      }
    }
  }

  @Test func whatIsGoneGoesAndWhatComesComes() {
    var fusion = Fusion()
    for _ in 0..<10 { _ = fusion.add(reading("4711")) }
    for i in 1...6 {
      let result = fusion.add(nothing)
      #expect(result.stable.text == (i < 3 ? "4711" : ""))
      #expect(result.hasChanged == (i == 3))
    }
    for _ in 0..<20 { _ = fusion.add(nothing) }
    for i in 1...4 { #expect(fusion.add(reading("08")).stable.text == (i < 3 ? "" : "08")) }
    // A passing reflection that is read as text is no line.
    for _ in 0..<5 {
      #expect(fusion.add(reading(("08", 40, 100), ("iil", 200, 30))).reading.text == "08")
      for _ in 0..<3 { #expect(fusion.add(reading("08")).reading.text == "08") }
    }
  }

  @Test func whatStaysDoubtfulIsNotHidden() throws {
    // The third character is read as B each time, never with certainty.
    var doubtful = reading("47B1")
    doubtful.lines[0].characters[2].confidence = 0.4
    doubtful.lines[0].characters[2].alternatives = [Alternative(text: "8", confidence: 0.35)]
    var fusion = Fusion()
    var result = fusion.add(doubtful)
    for _ in 0..<30 { result = fusion.add(doubtful) }
    let line = try #require(result.stable.lines.first)
    #expect(line.text == "47B1")
    #expect(abs(line.characters[2].confidence - 0.4) < 0.02)
    #expect(line.characters[1].confidence > 0.9)
    let other = try #require(line.characters[2].alternatives.first)
    #expect(other.text == "8" && abs(other.confidence - 0.35) < 0.02)
  }

  @Test func whatIsReadThisWayAndThatIsDoubtful() throws {
    var fusion = Fusion()
    var result = fusion.add(nothing)
    for i in 0..<31 { result = fusion.add(reading(i % 2 == 0 ? "4781" : "47B1")) }
    let line = try #require(result.reading.lines.first)
    #expect(line.characters[2].confidence < 0.65)
    #expect(line.characters[2].alternatives.count == 1)
    // The images never agreed, so the text is not reported as settled.
    #expect(result.stable.lines.isEmpty)
  }

  @Test func alternativesAddUp() {
    // Most images show it as an O, but hardly; the others are sure that it is a 0.
    var doubtful = reading("1O5", confidence: 0.9)
    doubtful.lines[0].characters[1].confidence = 0.5
    doubtful.lines[0].characters[1].alternatives = [Alternative(text: "0", confidence: 0.45)]
    var fusion = Fusion()
    var text = ""
    for i in 0..<20 {
      text = fusion.add(i % 3 == 2 ? reading("105") : doubtful).reading.text
    }
    #expect(text == "105")
  }

  @Test func thePatternHoldsForWhatImagesAddUpTo() throws {
    let pattern = try Pattern(#"\d{5}\.\d"#)
    var single = ErrorRate()
    var plain = ErrorRate()
    var guided = ErrorRate()
    for seed in 0..<100 {
      var reader = NoisyReader(seed: UInt64(seed + 500), errors: 0.2)
      var (free, bound) = (Fusion(), Fusion(pattern: pattern))
      let truth = "12\(300 + seed).\(seed % 10)"
      for i in 0..<6 {
        let seen = reader.read(truth)
        let texts = (free.add(seen).reading.text, bound.add(seen).reading)
        guard i == 5 else { continue }
        single.add(truth: truth, text: seen.text)
        plain.add(truth: truth, text: texts.0)
        guided.add(truth: truth, text: texts.1.text)
        for line in texts.1.lines { #expect(line.matchesPattern == pattern.matches(line.text)) }
      }
    }
    print(
      "20 % errors, six images: CER single \(single.value), fused \(plain.value), "
        + "with a pattern \(guided.value)")
    #expect(guided.value < 0.02 && guided.value <= plain.value)
    #expect(single.value > 0.15)
  }

  @Test func bordersThatStayGiveWayToThePattern() throws {
    var fusion = Fusion(pattern: try Pattern(#"\d{4}"#))
    var result = fusion.add(reading("|4711"))
    for _ in 0..<4 { result = fusion.add(reading("|4711")) }
    #expect(result.stable.text == "4711")
    #expect(result.stable.lines.first?.matchesPattern == true)
    for _ in 0..<4 { result = fusion.add(reading("48")) }
    #expect(result.stable.lines.map(\.matchesPattern) == [false])
    fusion.keepsOnlyMatching = true
    #expect(fusion.add(reading("48")).reading.lines.isEmpty)
  }

  @Test func onlyTheAlphabetVotes() throws {
    var fusion = Fusion(alphabet: try #require(Alphabet("digits")))
    var seen = reading("47O1")
    seen.lines[0].characters[1].alternatives = [Alternative(text: "x", confidence: 0.9)]
    for _ in 0..<5 { _ = fusion.add(seen) }
    let result = fusion.add(seen)
    #expect(result.stable.text == "471")
    #expect(result.stable.lines[0].characters.allSatisfy { $0.alternatives.isEmpty })
  }

  @Test func aCameraOnTheMoveKeepsTheLine() {
    var fusion = Fusion()
    for i in 0..<20 {
      let result = fusion.add(reading(("SN 4711", x: 20 + 6 * i, y: 40 + 7 * i)))
      #expect(result.reading.text == "SN 4711")
      #expect(result.stable.text == (i < 2 ? "" : "SN 4711"))
    }
  }

  @Test func anotherImageSizeStartsAnew() {
    var fusion = Fusion()
    for _ in 0..<5 { _ = fusion.add(reading("4711")) }
    var small = reading("4711")
    small.width = 160
    #expect(fusion.add(small).stable.text.isEmpty)
    #expect(fusion.add(small).reading.text == "4711")
  }

  @Test func strangeReadingsDoNoHarm() {
    var random = Generator(seed: 9)
    var fusion = Fusion(pattern: try? Pattern(#"(\w| )+"#))
    for _ in 0..<60 {
      let lines = (0..<random.below(12)).map { _ in
        let text = String((0..<random.below(30)).map { _ in Array("ab é1|")[random.below(6)] })
        let characters = text.filter { _ in random.below(9) > 0 }.map { character in
          ReadCharacter(
            text: String(character), confidence: random.unit() * 1.2 - 0.1,
            box: PixelBox(
              x: random.below(400) - 40, y: random.below(300) - 40, width: random.below(40),
              height: random.below(40)))
        }
        return ReadLine(
          text: text, confidence: random.unit(),
          box: PixelBox(x: random.below(320), y: random.below(240), width: 0, height: 0),
          characters: characters)
      }
      let result = fusion.add(Reading(lines: lines, width: 320, height: 240))
      for character in result.reading.lines.flatMap(\.characters) {
        #expect((0...1).contains(character.confidence))
      }
    }
  }
}
