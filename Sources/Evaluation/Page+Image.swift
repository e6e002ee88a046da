import FoundationEssentials
import Images

/// One image of a page: the picture with the reading over it, the texts, every character.
struct ImageSection {
  let image: EvaluatedImage
  let picture: Page.Picture
  /// The image's place on the page, from 0.
  let number: Int

  private static let doubtful = 0.6

  var html: String {
    let comparison = image.comparison
    let judged = image.judgedGlyphs(comparison) ?? []
    let sure = image.lines.compactMap(\.confidence).min() ?? 1
    let isRight = comparison.truth == comparison.read
    let (truth, read) = (truthText(comparison), readText(comparison))
    return """
      <article data-number="\(number)" data-sure="\(decimal(sure, 4))" \
      data-name="\(escaped(image.name))" data-tier="\(escaped(image.tier ?? Results.untiered))">
      <h3>\(escaped(image.name)) <small>\(facts(comparison))</small></h3>
      <div class="pair">
      \(drawing(judged))
      <div class="texts">
      <h4>Truth</h4>
      <pre>\(truth.isEmpty ? "<i>no text</i>" : truth)</pre>
      <h4>Read</h4>
      <pre>\(read.isEmpty ? "<i>nothing</i>" : read)</pre>
      \(lineConfidences)
      </div>
      </div>
      \(characterList(judged, comparison, isOpen: !isRight))
      </article>

      """
  }

  private func facts(_ comparison: EvaluatedImage.Comparison) -> String {
    var facts = [image.tier ?? Results.untiered, "\(image.width) × \(image.height)"]
    if let height = image.capitalHeight { facts.append("capitals \(decimal(height, 1)) px") }
    let errors = comparison.alignment.steps.count - comparison.alignment.readIsRight.count { $0 }
    facts.append(
      errors == 0
        ? "right"
        : "\(errors) \(errors == 1 ? "mistake" : "mistakes") in \(comparison.truth.count) characters"
    )
    if let milliseconds = image.milliseconds { facts.append("\(decimal(milliseconds, 1)) ms") }
    return escaped(facts.joined(separator: " · "))
  }

  private var lineConfidences: String {
    let rows = image.lines.compactMap { line in
      line.confidence.map {
        "<tr><td><code>\(escaped(line.text))</code></td><td>\(decimal($0, 3))</td></tr>\n"
      }
    }
    guard !rows.isEmpty else { return "" }
    return """
      <table class="lines"><thead><tr><th>Line</th><th>Confidence</th></tr></thead>
      <tbody>
      \(rows.joined())</tbody></table>
      """
  }

  // MARK: Picture

  private func drawing(_ judged: [[(glyph: EvaluatedImage.Glyph, isRight: Bool)]]) -> String {
    let data = Data(picture.png).base64EncodedString()
    var svg = """
      <svg class="picture" viewBox="0 0 \(image.width) \(image.height)" role="img" \
      aria-label="\(escaped(image.name))">
      <image id="picture\(number)" href="data:image/png;base64,\(data)" \
      width="\(image.width)" height="\(image.height)"/>
      <g class="boxes">

      """
    for (glyph, isRight) in judged.joined() {
      svg += rectangle(glyph.box, judgement(glyph, isRight))
      svg += "><title>\(escaped(summary(glyph)))</title></rect>\n"
    }
    return svg + "</g>\n</svg>"
  }

  private func rectangle(_ box: PixelBox, _ name: String) -> String {
    "<rect class=\"\(name)\" x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(box.width)\""
      + " height=\"\(box.height)\""
  }

  private func judgement(_ glyph: EvaluatedImage.Glyph, _ isRight: Bool) -> String {
    if !isRight { return "wrong" }
    return glyph.confidence < Self.doubtful ? "doubtful" : "right"
  }

  private func summary(_ glyph: EvaluatedImage.Glyph) -> String {
    let others = glyph.alternatives.prefix(3).map { "\($0.text) \(decimal($0.confidence, 3))" }
    let start = "\(glyph.text), \(percent(glyph.confidence)) sure"
    return others.isEmpty ? start : start + "; network: " + others.joined(separator: ", ")
  }

  // MARK: Texts

  /// The truth, with characters marked that were not read or misread.
  private func truthText(_ comparison: EvaluatedImage.Comparison) -> String {
    var tags = [String?](repeating: nil, count: comparison.truth.count)
    for step in comparison.alignment.steps {
      switch step {
      case .pair(let t, let r): tags[t] = comparison.truth[t] == comparison.read[r] ? nil : "mark"
      case .missing(let t): tags[t] = "del"
      case .extra: break
      }
    }
    return marked(image.truth, tags)
  }

  /// The reading, with wrong characters marked.
  private func readText(_ comparison: EvaluatedImage.Comparison) -> String {
    var tags = [String?](repeating: nil, count: comparison.read.count)
    for step in comparison.alignment.steps {
      switch step {
      case .pair(let t, let r): tags[r] = comparison.truth[t] == comparison.read[r] ? nil : "mark"
      case .extra(let r): tags[r] = "ins"
      case .missing: break
      }
    }
    return marked(image.text, tags)
  }

  /// Puts tags around characters of a text; `tags` has one for each comparable character.
  private func marked(_ text: String, _ tags: [String?]) -> String {
    var result = ""
    var next = 0
    for scalar in text.unicodeScalars {
      // One sign may compare as several characters.
      let count = ComparableText.bare(String(scalar)).count
      let tag = tags[next..<min(tags.count, next + count)].lazy.compactMap { $0 }.first
      next = min(tags.count, next + count)
      let shown = escaped(String(scalar))
      result += tag.map { "<\($0)>\(shown)</\($0)>" } ?? shown
    }
    return result
  }

  // MARK: Characters

  private func characterList(
    _ judged: [[(glyph: EvaluatedImage.Glyph, isRight: Bool)]],
    _ comparison: EvaluatedImage.Comparison, isOpen: Bool
  ) -> String {
    guard judged.contains(where: { !$0.isEmpty }) else { return "" }
    var truths = [String?](repeating: nil, count: comparison.read.count)
    for case .pair(let t, let r) in comparison.alignment.steps {
      truths[r] = String(comparison.truth[t])
    }
    var html = "<details\(isOpen ? " open" : "")><summary>Characters</summary>\n"
    var next = 0
    for line in judged where !line.isEmpty {
      html += "<div class=\"characters\">\n"
      for (glyph, isRight) in line {
        let count = ComparableText.bare(glyph.text).count
        let truth = truths[next..<next + count].compactMap { $0 }.joined()
        next += count
        html += cell(glyph, isRight, truth)
      }
      html += "</div>\n"
    }
    return html + "</details>"
  }

  private func cell(_ glyph: EvaluatedImage.Glyph, _ isRight: Bool, _ truth: String) -> String {
    let box = glyph.box
    // A little of the surroundings shows the ink that the box cuts off.
    let rim = max(1, box.height / 8)
    var html = """
      <div class="character \(judgement(glyph, isRight))">
      <svg viewBox="\(box.x - rim) \(box.y - rim) \(box.width + 2 * rim) \(box.height + 2 * rim)">\
      <use href="#picture\(number)"/>\(rectangle(box, judgement(glyph, isRight)))/></svg>
      <div class="read">\(escaped(glyph.text))</div>

      """
    if !isRight {
      html += "<div class=\"is\">is \(truth.isEmpty ? "nothing" : escaped(truth))</div>\n"
    }
    html += "<div class=\"sure\">\(percent(glyph.confidence, 0))</div>\n"
    if !glyph.alternatives.isEmpty {
      html += "<ol>\n"
      for other in glyph.alternatives.prefix(3) {
        let name = other.text.isEmpty ? "<i>none</i>" : "<code>\(escaped(other.text))</code>"
        html += "<li>\(name) \(decimal(other.confidence, 3))</li>\n"
      }
      html += "</ol>\n"
    }
    return html + "</div>\n"
  }
}
