extension Page {
  /// Tables and diagrams over all images.
  var figures: String {
    """
    <section>
    <h2>Figures</h2>
    \(table("Tier", results.tierNames.map { ($0, results.tiers[$0] ?? GroupResult()) }))
    <p class="note">CER: character error rate. Capped: an image costs at most what losing it whole \
    costs. Folded: characters of one shape (0Oo, Il|, cC&nbsp;…) count as equal. ECE: expected \
    calibration error, how far confidence and share right are apart. Text-free: images without \
    text in which some was read.</p>
    </section>
    <section>
    <h2>Image sizes</h2>
    \(table("Size", results.sizes.sorted { $0.key < $1.key }.map {
      ("\($0.key) \($0.key.width) × \($0.key.height)", $0.value)
    }))
    \(heightTable)
    </section>
    <section class="columns">
    <div>
    <h2>Confidence</h2>
    <div class="charts">
    \(reliability("Characters", results.overall.characters))
    \(reliability("Lines", results.overall.lines))
    </div>
    <p class="note">Bars: share that is right of all that was said with that confidence; a sure \
    reader that keeps its promises follows the diagonal. Wider marks below stand for more \
    characters or lines.</p>
    </div>
    <div>
    <h2>Confusions</h2>
    \(confusionTable)
    </div>
    </section>
    """
  }

  private func table(_ head: String, _ rows: [(name: String, result: GroupResult)]) -> String {
    let heads = [
      "Images", "CER", "without spaces", "capped", "folded", "Lines right", "Images right", "ms",
      "ECE", "ECE of lines", "Text-free",
    ]
    var html = "<div class=\"wide\"><table>\n<thead><tr><th>\(head)</th>"
    html += heads.map { "<th>\($0)</th>" }.joined() + "</tr></thead>\n<tbody>\n"
    for (name, result) in rows + [("All", results.overall)] {
      let cells = Self.cells(result).map { "<td>\($0)</td>" }.joined()
      html += "<tr\(name == "All" ? " class=\"sum\"" : "")><th>\(escaped(name))</th>\(cells)</tr>\n"
    }
    return html + "</tbody>\n</table></div>"
  }

  private static func cells(_ result: GroupResult) -> [String] {
    let score = result.score
    func rate(_ share: Double) -> String { score.characters == 0 ? "–" : percent(share) }
    return [
      "\(score.images)", rate(score.cer), rate(score.cerWithoutSpaces), rate(score.cerCapped),
      rate(score.cerFolded), score.lines == 0 ? "–" : percent(score.linesRightShare),
      percent(score.imagesRightShare), result.medianMilliseconds.map { decimal($0, 1) } ?? "–",
      result.characters.error.map { percent($0) } ?? "–",
      result.lines.error.map { percent($0) } ?? "–",
      score.textFreeImages == 0 ? "–" : "\(score.textFreeImagesRead) of \(score.textFreeImages)",
    ]
  }

  private var heightTable: String {
    guard !results.heights.isEmpty else { return "" }
    let widths = Set(results.heights.values.flatMap(\.keys)).sorted()
    var html = """
      <h3>CER, capped, by height of the capitals and width of the image</h3>
      <div class="wide"><table>
      <thead><tr><th>Capitals</th>\(widths.map { "<th>\($0) px wide</th>" }.joined())</tr></thead>
      <tbody>

      """
    for (height, columns) in results.heights.sorted(by: { $0.key < $1.key }) {
      let cells = widths.map { width in
        guard let score = columns[width]?.score, score.characters > 0 else { return "<td>–</td>" }
        return "<td>\(percent(score.cerCapped)) <small>of \(score.characters) in \(score.images)"
          + "</small></td>"
      }
      html += "<tr><th>\(height.name)</th>\(cells.joined())</tr>\n"
    }
    return html + """
      </tbody>
      </table></div>
      <p class="note">Small: how many characters in how many images.</p>
      """
  }

  private func reliability(_ name: String, _ calibration: Calibration) -> String {
    guard let error = calibration.error else { return "" }
    let side = 200.0
    let step = side / Double(calibration.bins.count)
    let most = calibration.bins.map(\.count).max() ?? 1
    var bars = ""
    for (i, bin) in calibration.bins.enumerated() where bin.count > 0 {
      let height = side * bin.accuracy
      let mark = max(1, (step - 4) * Double(bin.count) / Double(most))
      let x = Double(i) * step
      bars += """
        <g><title>\(bin.count) with confidence \(decimal(bin.confidence, 3)) on average: \
        \(percent(bin.accuracy)) right</title>
        <rect class="bar" x="\(decimal(x + 1, 1))" y="\(decimal(side - height, 1))" \
        width="\(decimal(step - 2, 1))" height="\(decimal(height, 1))"/>
        <line class="promise" x1="\(decimal(x + 1, 1))" x2="\(decimal(x + step - 1, 1))" \
        y1="\(decimal(side - side * bin.confidence, 1))" \
        y2="\(decimal(side - side * bin.confidence, 1))"/>
        <rect class="amount" x="\(decimal(x + (step - mark) / 2, 1))" y="203" \
        width="\(decimal(mark, 1))" height="5"/></g>

        """
    }
    let ticks = [0, 0.5, 1].map { share in
      """
      <text x="-6" y="\(decimal(side - side * share + 4, 1))" class="end">\(decimal(share, 1))</text>
      <text x="\(decimal(side * share, 1))" y="223" class="middle">\(decimal(share, 1))</text>

      """
    }
    return """
      <figure>
      <svg viewBox="-34 -8 246 258" role="img" aria-label="Reliability of \(name.lowercased())">
      <rect class="frame" width="200" height="200"/>
      \(bars)<line class="diagonal" x1="0" y1="200" x2="200" y2="0"/>
      \(ticks.joined())<text x="100" y="242" class="middle">confidence</text>
      <text transform="translate(-24 100) rotate(-90)" class="middle">share right</text>
      </svg>
      <figcaption>\(name): ECE \(percent(error)) over \(calibration.count)</figcaption>
      </figure>
      """
  }

  private var confusionTable: String {
    let confusions = results.confusions
    guard !confusions.isEmpty else { return "<p>None.</p>" }
    let total = confusions.reduce(0) { $0 + $1.count }
    var html = """
      <table class="confusions">
      <thead><tr><th>Is</th><th>Read as</th><th>Times</th></tr></thead>
      <tbody>

      """
    let most = confusions.first?.count ?? 1
    for (confusion, count) in confusions.prefix(20) {
      html += """
        <tr><td>\(shown(confusion.truth))</td><td>\(shown(confusion.read))</td>\
        <td><span class="meter" style="width:\(decimal(4 * Double(count) / Double(most), 2))em">\
        </span> \(count)</td></tr>

        """
    }
    let listed = min(20, confusions.count)
    return html + """
      </tbody>
      </table>
      <p class="note">The \(listed) most frequent of \(confusions.count) kinds of mistakes, \
      \(total) mistakes in all.</p>
      """
  }

  private func shown(_ scalar: Unicode.Scalar?) -> String {
    guard let scalar else { return "<i>nothing</i>" }
    return "<code>\(escaped(String(scalar)))</code>"
  }
}

extension HeightClass {
  /// The class's bounds for people, as "12 to 16 px".
  public var name: String {
    if lowerBound == 0 { return "below \(decimal(upperBound, 0)) px" }
    if upperBound == .infinity { return "from \(decimal(lowerBound, 0)) px" }
    return "\(decimal(lowerBound, 0)) to \(decimal(upperBound, 0)) px"
  }
}
