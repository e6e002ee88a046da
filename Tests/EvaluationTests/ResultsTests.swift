import Evaluation
import Images
import Testing

private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }

/// A line of characters side by side, all with the same confidence.
private func line(_ text: String, confidence: Double = 0.9) -> EvaluatedImage.Line {
  let glyphs = text.filter { $0 != " " }.enumerated().map { i, character in
    EvaluatedImage.Glyph(
      text: String(character), confidence: confidence,
      box: PixelBox(x: 10 * i, y: 0, width: 8, height: 12),
      alternatives: [
        .init(text: String(character), confidence: 0.75), .init(text: "", confidence: 0.125),
      ])
  }
  return EvaluatedImage.Line(text: text, confidence: confidence, glyphs: glyphs)
}

@Suite struct AlignmentTests {
  @Test func tellsWhatIsMissingExtraAndWrong() {
    let alignment = Alignment(truth: scalars("abcde"), read: scalars("abXdeY"))
    #expect(alignment.truthIsRead == [true, true, false, true, true])
    #expect(alignment.readIsRight == [true, true, false, true, true, false])
    #expect(
      alignment.steps == [
        .pair(truth: 0, read: 0), .pair(truth: 1, read: 1), .pair(truth: 2, read: 2),
        .pair(truth: 3, read: 3), .pair(truth: 4, read: 4), .extra(read: 5),
      ])
    #expect(
      Alignment(truth: scalars("ab"), read: []).steps == [.missing(truth: 0), .missing(truth: 1)])
    #expect(Alignment(truth: [], read: []).steps.isEmpty)
  }

  /// For any texts, every character is in one step, in order, and the cost is the distance.
  @Test func costsTheEditDistance() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      func word() -> [Unicode.Scalar] {
        (0..<Int.random(in: 0...9, using: &generator)).map { _ in
          ["a", "b", "c"].randomElement(using: &generator) ?? "a"
        }
      }
      let (truth, read) = (word(), word())
      let alignment = Alignment(truth: truth, read: read)
      var truths: [Int] = []
      var reads: [Int] = []
      var cost = 0
      for step in alignment.steps {
        switch step {
        case .pair(let t, let r):
          truths.append(t)
          reads.append(r)
          cost += truth[t] == read[r] ? 0 : 1
        case .missing(let t):
          truths.append(t)
          cost += 1
        case .extra(let r):
          reads.append(r)
          cost += 1
        }
      }
      #expect(truths == Array(truth.indices) && reads == Array(read.indices), "\(truth) \(read)")
      #expect(cost == editDistance(truth, read), "\(truth) \(read)")
    }
  }

  /// A text far longer than any label must not take unlimited memory.
  @Test func hugeTextsAreNotPairedInside() {
    let truth = scalars("<" + String(repeating: "a", count: 20_000) + ">")
    let read = scalars("<" + String(repeating: "b", count: 20_000) + ">")
    let alignment = Alignment(truth: truth, read: read)
    #expect(alignment.steps.count == 40_002)
    #expect(alignment.readIsRight.count { $0 } == 2)
  }
}

@Suite struct CalibrationTests {
  @Test func perfectPromisesHaveNoError() throws {
    var calibration = Calibration()
    for i in 0..<100 { calibration.add(confidence: 0.75, isRight: i < 75) }
    #expect(abs(try #require(calibration.error)) < 1e-12)
    #expect(calibration.bins[7].count == 100)
    #expect(calibration.bins[7].accuracy == 0.75)
  }

  /// Bins are weighted by their counts: 0.8 * |0.95 - 1| + 0.2 * |0.55 - 0|.
  @Test func errorIsTheWeightedMean() throws {
    var calibration = Calibration()
    for _ in 0..<8 { calibration.add(confidence: 0.95, isRight: true) }
    for _ in 0..<2 { calibration.add(confidence: 0.55, isRight: false) }
    #expect(abs(try #require(calibration.error) - 0.15) < 1e-12)
  }

  @Test func endsAndNonsenseAreCounted() {
    var calibration = Calibration()
    #expect(calibration.error == nil)
    let values: [Double] = [0, 1, -3, 7, .infinity, -.infinity, .nan]
    for confidence in values {
      calibration.add(confidence: confidence, isRight: true)
    }
    #expect(calibration.bins.first?.count == 4)
    #expect(calibration.bins.last?.count == 3)
  }
}

@Suite struct ResultsTests {
  @Test func charactersAreJudgedByAlignment() throws {
    var results = Results()
    results.add(
      EvaluatedImage(name: "a", truth: "AB C\nD", lines: [line("AXC", confidence: 0.8), line("D")]))
    #expect(results.overall.characters.count == 4)
    #expect(results.overall.characters.bins[8].count == 3)
    #expect(results.overall.characters.bins[8].right == 2)
    #expect(results.overall.characters.bins[9].right == 1)
    #expect(results.overall.lines.bins[8].right == 0)
    #expect(results.overall.lines.bins[9].right == 1)
    #expect(results.confusions.map(\.count) == [1])
    let confusion = try #require(results.confusions.first?.confusion)
    #expect(confusion.truth == "B" && confusion.read == "X")
  }

  /// Programs that give no confidences are measured all the same.
  @Test func textsAloneHaveNoCalibration() {
    var results = Results()
    results.add(EvaluatedImage(name: "a", truth: "AB", lines: [.init(text: "AB")]))
    #expect(results.overall.characters.error == nil)
    #expect(results.overall.lines.error == nil)
    #expect(results.overall.medianMilliseconds == nil)
    #expect(results.overall.score.imagesRight == 1)
  }

  @Test func textFreeImagesAreCounted() {
    var results = Results()
    results.add(EvaluatedImage(name: "a", tier: "hard", truth: "", lines: []))
    results.add(EvaluatedImage(name: "b", tier: "hard", truth: " \n", lines: [line("i")]))
    results.add(EvaluatedImage(name: "c", tier: "clean", truth: "A", lines: []))
    #expect(results.overall.score.textFreeImages == 2)
    #expect(results.overall.score.textFreeImagesRead == 1)
    #expect(results.tiers["hard"]?.score.textFreeImagesReadShare == 0.5)
    #expect(results.tiers["clean"]?.score.textFreeImages == 0)
    #expect(results.overall.characters.bins[9].right == 0)
  }

  @Test func groupsBySizeAndHeightOfCapitals() throws {
    var results = Results()
    for (width, height, capitals) in [(160, 120, 12.0), (320, 240, 15.9), (320, 240, 16.0)] {
      results.add(
        EvaluatedImage(
          name: "a", truth: "A", lines: [], width: width, height: height, capitalHeight: capitals,
          milliseconds: capitals))
    }
    let unknown: [Double?] = [nil, 0, -1, .nan, .infinity]
    for capitals in unknown {
      results.add(
        EvaluatedImage(
          name: "b", truth: "A", lines: [], width: 10, height: 20, capitalHeight: capitals))
    }
    #expect(results.sizes.keys.sorted().map(\.description) == ["10x20", "QQVGA", "QVGA"])
    #expect(results.heights.keys.sorted().map(\.name) == ["12 to 16 px", "16 to 20 px"])
    let small = try #require(results.heights.min { $0.key < $1.key }?.value)
    #expect(small[160]?.score.images == 1 && small[320]?.score.images == 1)
    #expect(results.overall.medianMilliseconds == 15.9)
  }

  @Test func knownTiersComeFirst() {
    var results = Results()
    for tier in ["zoo", "hard", nil, "clean", "typical"] {
      results.add(EvaluatedImage(name: "a", tier: tier, truth: "", lines: []))
    }
    #expect(results.tierNames == ["clean", "typical", "hard", "all", "zoo"])
  }
}

@Suite struct PageTests {
  private static let nasty = EvaluatedImage(
    name: "<b>&\"'.png", tier: "hard", truth: "<script>1", lines: [line("<scrip>1&\u{1B}")],
    width: 60, height: 20, milliseconds: 1.25)

  private func page(_ images: [EvaluatedImage]) -> String {
    var results = Results()
    for image in images { results.add(image) }
    var page = Page(title: "<i>title", results: results)
    for image in images {
      page.append(
        image,
        picture: .init(png: [1, 2, 3, 255]))
    }
    return page.html
  }

  /// Only the page's own script and style: no text of an image becomes markup.
  @Test func whatIsReadIsNoMarkup() {
    let html = page([Self.nasty])
    #expect(html.ranges(of: "<script").count == 1)
    #expect(!html.contains("<b>&"))
    #expect(!html.contains("<i>title"))
    #expect(html.contains("&lt;b&gt;&amp;&quot;&#39;.png"))
    #expect(!html.contains("\u{1B}"))
  }

  @Test func loadsNothing() {
    let html = page([Self.nasty])
    #expect(html.contains("href=\"data:image/png;base64,AQID/w==\""))
    for link in ["http:", "https:", "<link", "src=", "url(", "@import"] {
      #expect(!html.contains(link), "\(link)")
    }
  }

  @Test func showsDifferencesAndAlternatives() {
    let html = page([
      EvaluatedImage(name: "a", truth: "AB C", lines: [line("AX CY", confidence: 0.5)])
    ])
    #expect(html.contains("<pre>A<mark>B</mark> C</pre>"))
    #expect(html.contains("<pre>A<mark>X</mark> C<ins>Y</ins></pre>"))
    #expect(html.contains("<rect class=\"wrong\" x=\"10\""))
    #expect(html.contains("<rect class=\"doubtful\" x=\"0\""))
    #expect(html.contains("<li><code>X</code> 0.750</li>"))
    #expect(html.contains("<li><i>none</i> 0.125</li>"))
    #expect(html.contains("is B"))
    #expect(html.contains("is nothing"))
    #expect(page([EvaluatedImage(name: "a", truth: "AB", lines: [])]).contains("<del>A</del>"))
  }

  @Test func textFreeImagesAndNoImagesAtAll() {
    let html = page([EvaluatedImage(name: "a", truth: "", lines: [])])
    #expect(html.contains("<i>no text</i>"))
    #expect(html.contains("<i>nothing</i>"))
    #expect(html.contains("0 of 1"))
    #expect(page([]).contains("0 images"))
  }

  @Test func worstComeFirst() {
    let images = [
      EvaluatedImage(name: "right", truth: "AB", lines: [line("AB")]),
      EvaluatedImage(name: "unsure", truth: "AB", lines: [line("AB", confidence: 0.4)]),
      EvaluatedImage(name: "noise", truth: "A", lines: [line("xxxxxxxxxxxx")]),
      EvaluatedImage(name: "lost", truth: "ABC", lines: []),
      EvaluatedImage(name: "ghost", truth: "", lines: [line("zz")]),
    ]
    #expect(Page.worstFirst(images).map(\.name) == ["lost", "ghost", "noise", "unsure", "right"])
  }
}

/// Causes for which lines of known place were not read.
@Suite struct CauseTests {
  private func image(_ text: String, x: Int = 0, height: Int = 12) -> EvaluatedImage {
    var read = line(text)
    for i in read.glyphs.indices {
      read.glyphs[i].box.x += x
      read.glyphs[i].box.height = height
    }
    var image = EvaluatedImage(name: "a", truth: "12345", lines: [read])
    image.places = [TruthLine(text: "12345", box: PixelBox(x: 0, y: 0, width: 48, height: 12))]
    return image
  }

  @Test(arguments: [
    ("12345", 0, 12, nil), ("x 12345 y", 0, 12, nil), ("12945", 0, 12, Cause.characters),
    ("123", 0, 12, .geometry), ("12945", 0, 30, .geometry), ("12345", 100, 12, .notFound),
    ("12345", 40, 12, .notFound),
  ]) func causes(text: String, x: Int, height: Int, cause: Cause?) {
    #expect(image(text, x: x, height: height).causes == [cause])
  }

  @Test func whatWasLeftOutIsSaid() {
    var image = image("12345")
    swap(&image.lines, &image.leftOut)
    #expect(image.causes == [.confidence])
    image.leftOut = []
    #expect(image.causes == [.notFound])
    var results = Results()
    results.add(image)
    #expect(results.overall.places == 1)
    #expect(results.overall.causes == [.notFound: 1])
    #expect(results.overall.score.imagesMissed == 1)
  }

  @Test func textAmongOtherIsContained() {
    var score = Score()
    score.add(truth: "1 23", text: "a 123\nb")
    score.add(truth: "123", text: "132")
    score.add(truth: "", text: "")
    #expect(score.imagesContained == 1)
    #expect(score.imagesContainedShare == 0.5)
    #expect(score.imagesMissed == 0)
  }
}
