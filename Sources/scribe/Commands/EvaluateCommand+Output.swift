import Evaluation
import Sinks

extension Results {
  private static let overallName = "ALL"

  private var groups: [(name: String, result: GroupResult)] {
    tierNames.map { ($0, tiers[$0] ?? GroupResult()) } + [(Self.overallName, overall)]
  }

  // MARK: Tables

  /// Tables for people: a row per tier, then CER by height of the capitals where it is known.
  func tables(withThresholds: Bool) -> String {
    let heads = [
      "images", "CER", "CERnws", "CERcap", "CERfold", "lines", "right", "has it", "empty", "ms",
      "ECE", "ECEline", "ghosts",
    ]
    var rows = [["tier"] + heads]
    for (name, result) in groups { rows.append([Terminal.escaped(name)] + result.cells) }
    let text = Self.aligned(rows)
    let tables = [
      text, heights.isEmpty ? "" : heightTable, overall.places > 0 ? causeTable : "",
      withThresholds ? thresholdTable : "",
    ]
    return tables.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var thresholdTable: String {
    let thresholds = overall.thresholds
    func share(_ count: Int, _ total: Int) -> String {
      total == 0 ? "-" : "\(count) of \(total), " + percent(Double(count) / Double(total))
    }
    var rows = [["--min-confidence", "right lines left out", "wrong ones", "right of those kept"]]
    for (i, threshold) in LineThresholds.values.enumerated() {
      let (right, wrong) = (thresholds.rightBelow[i], thresholds.wrongBelow[i])
      rows.append([
        decimal(threshold, 2), share(right, thresholds.right),
        share(wrong, thresholds.wrong),
        share(thresholds.right - right, thresholds.right - right + thresholds.wrong - wrong),
      ])
    }
    return "What --min-confidence would leave out\n" + Self.aligned(rows)
  }

  private var causeTable: String {
    var rows = [["tier", "lines", "read"] + Cause.allCases.map(\.rawValue)]
    for (name, result) in groups where result.places > 0 {
      let counts = Cause.allCases.map { result.causes[$0] ?? 0 }
      rows.append(
        [Terminal.escaped(name), "\(result.places)", "\(result.places - counts.reduce(0, +))"]
          + counts.map(String.init))
    }
    return "Lines whose place is known, and why the others were not read\n" + Self.aligned(rows)
  }

  private var heightTable: String {
    let widths = Set(heights.values.flatMap(\.keys)).sorted()
    var rows = [["capitals"] + widths.map { "\($0) wide" }]
    for (height, columns) in heights.sorted(by: { $0.key < $1.key }) {
      rows.append(
        [height.name]
          + widths.map { width in
            guard let score = columns[width]?.score, score.characters > 0 else { return "-" }
            return "\(percent(score.cerCapped)) of \(score.characters)"
          })
    }
    return "CERcap by height of the capitals and width of the image, of how many characters\n"
      + Self.aligned(rows)
  }

  /// Rows with the first column aligned left, the others right.
  private static func aligned(_ rows: [[String]]) -> String {
    var widths = [Int](repeating: 0, count: rows.map(\.count).max() ?? 0)
    for row in rows {
      for (i, cell) in row.enumerated() { widths[i] = max(widths[i], cell.count) }
    }
    return rows.map { row in
      let cells = row.enumerated().map { i, cell in
        let padding = String(repeating: " ", count: widths[i] - cell.count)
        return i == 0 ? cell + padding : padding + cell
      }
      return cells.joined(separator: "  ") + "\n"
    }.joined()
  }

  // MARK: JSON

  /// Results for programs: a line per tier, size and height class; reliability; confusions.
  func json(withThresholds: Bool) -> String {
    var lines: [String] = []
    for (name, result) in groups {
      lines.append(Self.object(name) { $0.members(of: result) })
    }
    for (size, result) in sizes.sorted(by: { $0.key < $1.key }) {
      lines.append(
        Self.object(Self.overallName) {
          $0.member("size", size.description)
          $0.member("width", size.width)
          $0.member("height", size.height)
          $0.members(of: result)
        })
    }
    for (height, columns) in heights.sorted(by: { $0.key < $1.key }) {
      for (width, result) in columns.sorted(by: { $0.key < $1.key }) {
        lines.append(
          Self.object(Self.overallName) { line in
            line.key("capitals")
            line.object {
              $0.member("from", height.lowerBound, places: 1)
              // The last class has no end: null.
              $0.member("below", height.upperBound, places: 1)
            }
            line.member("width", width)
            line.members(of: result)
          })
      }
    }
    lines.append(
      Self.object(Self.overallName) { line in
        line.key("reliability")
        line.object { line in
          line.key("characters")
          line.bins(of: overall.characters)
          line.key("lines")
          line.bins(of: overall.lines)
        }
      })
    lines.append(
      Self.object(Self.overallName) { line in
        line.key("confusions")
        line.array { line in
          for (confusion, count) in confusions {
            line.object { line in
              line.member("is", confusion.truth.map { String($0) } ?? "")
              line.member("read", confusion.read.map { String($0) } ?? "")
              line.member("times", count)
            }
          }
        }
      })
    if withThresholds { lines.append(Self.object(Self.overallName, thresholdMembers)) }
    if unreadable > 0 {
      lines.append(Self.object(Self.overallName) { $0.member("unreadable", unreadable) })
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func thresholdMembers(_ line: inout JSONLine) {
    let thresholds = overall.thresholds
    line.member("rightLines", thresholds.right)
    line.member("wrongLines", thresholds.wrong)
    line.key("thresholds")
    line.array { line in
      for (i, threshold) in LineThresholds.values.enumerated() {
        line.object {
          $0.member("minConfidence", threshold, places: 2)
          $0.member("rightLeftOut", thresholds.rightBelow[i])
          $0.member("wrongLeftOut", thresholds.wrongBelow[i])
        }
      }
    }
  }

  private static func object(_ tier: String, _ content: (inout JSONLine) -> Void) -> String {
    var line = JSONLine()
    line.object { line in
      line.member("tier", tier)
      content(&line)
    }
    return line.text
  }
}

extension GroupResult {
  fileprivate var cells: [String] {
    func rate(_ share: Double) -> String { score.characters == 0 ? "-" : percent(share) }
    return [
      "\(score.images)", rate(score.cer), rate(score.cerWithoutSpaces), rate(score.cerCapped),
      rate(score.cerFolded), score.lines == 0 ? "-" : percent(score.linesRightShare),
      percent(score.imagesRightShare),
      score.characters == 0 ? "-" : percent(score.imagesContainedShare),
      score.characters == 0 ? "-" : "\(score.imagesMissed)",
      medianMilliseconds.map { decimal($0, 2) } ?? "-",
      characters.error.map(percent) ?? "-", lines.error.map(percent) ?? "-",
      score.textFreeImages == 0
        ? "-"
        : "\(score.textFreeImagesRead)/\(score.textFreeImages)",
    ]
  }
}

extension EvaluatedImage {
  /// One line, without the newline.
  func json(withFeatures: Bool) -> String {
    var line = JSONLine()
    line.object { line in
      line.member("image", name)
      line.member("tier", tier ?? Results.untiered)
      line.member("truth", truth)
      line.member("text", text)
      line.member("width", width)
      line.member("height", height)
      if let capitalHeight { line.member("capitalHeight", capitalHeight, places: 1) }
      if let milliseconds { line.member("milliseconds", milliseconds, places: 2) }
      if withFeatures {
        line.key("lines")
        line.array { $0.lines(of: self) }
      }
    }
    return line.text
  }
}

extension JSONLine {
  fileprivate mutating func members(of result: GroupResult) {
    let score = result.score
    let hasText = score.characters > 0
    member("images", score.images)
    member("characters", score.characters)
    member("cer", score.cer, places: 5, if: hasText)
    member("cerWithoutSpaces", score.cerWithoutSpaces, places: 5, if: hasText)
    member("cerCapped", score.cerCapped, places: 5, if: hasText)
    member("cerFolded", score.cerFolded, places: 5, if: hasText)
    member("linesRight", score.linesRightShare, places: 5, if: score.lines > 0)
    member("imagesRight", score.imagesRightShare, places: 5)
    member("imagesContained", score.imagesContainedShare, places: 5, if: hasText)
    member("imagesMissed", score.imagesMissed)
    if result.places > 0 {
      key("causes")
      object { line in
        line.member("lines", result.places)
        for cause in Cause.allCases {
          line.member(cause.name, result.causes[cause] ?? 0)
        }
      }
    }
    member("textFreeImages", score.textFreeImages)
    member("textFreeImagesRead", score.textFreeImagesRead)
    member("medianMilliseconds", result.medianMilliseconds, places: 3)
    member("calibrationError", result.characters.error, places: 5)
    member("lineCalibrationError", result.lines.error, places: 5)
  }

  fileprivate mutating func lines(of image: EvaluatedImage) {
    for (i, read) in image.lines.enumerated() {
      object { line in
        line.member("text", read.text)
        line.member("print", image.printLines[i])
        line.member("right", image.rightLines[i])
        if let confidence = read.confidence { line.member("confidence", confidence, places: 6) }
        if let novelty = read.novelty { line.member("novelty", novelty, places: 6) }
        line.key("features")
        line.array { line in
          for feature in read.features { line.value(feature, places: 4) }
        }
      }
    }
  }

  fileprivate mutating func bins(of calibration: Calibration) {
    array { line in
      for (i, bin) in calibration.bins.enumerated() {
        line.object {
          $0.member("from", Double(i) / Double(calibration.bins.count), places: 2)
          $0.member("to", Double(i + 1) / Double(calibration.bins.count), places: 2)
          $0.member("count", bin.count)
          $0.member("confidence", bin.confidence, places: 5, if: bin.count > 0)
          $0.member("right", bin.accuracy, places: 5, if: bin.count > 0)
        }
      }
    }
  }

  /// A member with a number, or null where it has no meaning.
  private mutating func member(
    _ name: String, _ number: Double?, places: Int, if isKnown: Bool = true
  ) {
    member(name, isKnown ? number ?? .nan : .nan, places: places)
  }
}

extension Cause {
  /// The cause's name in JSON.
  fileprivate var name: String { self == .notFound ? "notFound" : rawValue }
}

private func percent(_ share: Double) -> String { decimal(100 * share, 2) + "%" }
