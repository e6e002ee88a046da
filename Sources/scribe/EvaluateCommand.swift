import ArgumentParser
import Evaluation
import Foundation
import Gray
import Images
import Sinks
import Text

/// Measures how well a folder of labelled images is read.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well labelled images are read.",
    discussion: """
      The folder holds images and a truth.json that maps each name to {"text", "tier"}; lines are \
      parted by newlines. Prints for each tier:
        CER      character error rate: edit distance over true characters, words parted by spaces
        CERnws   the same without white space
        CERcap   the same, an image costing at most what losing it whole costs
        CERfold  the same, characters of one shape (0Oo, Il|, cC ...) taken for equal
        lines    lines read without a mistake, spaces apart
        images   images read without a mistake, white space apart
        ms       median milliseconds an image, decoding included

      With --json, one line an image with its truth, and one line a tier.

      Examples:
        scribe evaluate Tests/Fixtures/board-images
        scribe evaluate --errors photos/
      """)

  @OptionGroup(title: "Reading") var reading: ReaderOptions

  @Flag(help: "One line of JSON an image and a tier.")
  var json = false

  @Flag(help: "Also list the images that were misread.")
  var errors = false

  @Argument(help: ArgumentHelp("The folder.", valueName: "folder"))
  var folder: String

  func run() throws {
    let display = StatusDisplay()
    do {
      try evaluate(display)
    } catch let error as TruthError {
      display.message("Error: \(error)", style: .red)
      switch error {
      case .unreadable: throw ExitStatus.noInput
      case .malformed: throw ExitStatus.dataError
      }
    } catch let error as ImageFileError {
      display.message("Error: \(error)", style: .red)
      throw error.exitCode
    } catch {
      throw fail(display, error)
    }
  }

  private func evaluate(_ display: StatusDisplay) throws {
    let folder = URL(filePath: folder)
    let truths = try Truth.load(folder: folder)
    var reader = try reading.makeTextReader()
    var tiers: [String: Tier] = [:]
    let clock = ContinuousClock()
    for (i, name) in truths.keys.sorted().enumerated() {
      guard let truth = truths[name] else { continue }
      display.status("\(i + 1) of \(truths.count) images")
      let image = try CapturedImage(path: folder.appending(path: name).path)
      let start = clock.now
      let reading: Reading
      do {
        reading = try reader.read(image)
      } catch {
        throw ImageFileError.damaged(path: name, reason: "\(error)")
      }
      let milliseconds = (clock.now - start) / .milliseconds(1)
      for group in [truth.tier ?? "all", Tier.overall] {
        tiers[group, default: Tier()].add(
          truth: truth.text, text: reading.text, milliseconds: milliseconds)
      }
      try report(name, truth, reading, milliseconds, display)
    }
    display.clear()
    try printTable(tiers)
  }

  private func report(
    _ name: String, _ truth: Truth, _ reading: Reading, _ milliseconds: Double,
    _ display: StatusDisplay
  ) throws {
    if json {
      var line = JSONLine()
      line.object { line in
        line.member("image", name)
        line.member("tier", truth.tier ?? "all")
        line.member("truth", truth.text)
        line.member("text", reading.text)
        line.member("milliseconds", milliseconds, places: 2)
      }
      try TextOutput.standard.write(line.text + "\n")
    } else if errors, bare(truth.text) != bare(reading.text) {
      display.clear()
      try TextOutput.standard.write(
        "\(Terminal.escaped(name))\n  is   \(shown(truth.text))\n  read \(shown(reading.text))\n")
    }
  }

  private func bare(_ text: String) -> String { text.filter { !$0.isWhitespace } }

  private func shown(_ text: String) -> String {
    Terminal.escaped(text.split(whereSeparator: \.isNewline).joined(separator: " | "))
  }

  private func printTable(_ tiers: [String: Tier]) throws {
    let known = ["clean", "typical", "hard"]
    let names = tiers.keys.sorted { a, b in
      let rank = { (name: String) in
        name == Tier.overall ? known.count + 1 : known.firstIndex(of: name) ?? known.count
      }
      return (rank(a), a) < (rank(b), b)
    }
    if json {
      for name in names { try TextOutput.standard.write((tiers[name]?.json(name) ?? "") + "\n") }
      return
    }
    func padded(_ text: String) -> String {
      String(repeating: " ", count: max(1, 9 - text.count)) + text
    }
    let heads = ["images", "CER", "CERnws", "CERcap", "CERfold", "lines", "right", "ms"]
    var table = "tier      " + heads.map(padded).joined() + "\n"
    for name in names {
      guard let tier = tiers[name] else { continue }
      let title = Terminal.escaped(name)
      let cells = tier.cells.map(padded).joined()
      table += title + String(repeating: " ", count: max(1, 10 - title.count)) + cells + "\n"
    }
    try TextOutput.standard.write(table)
  }
}

/// The sums of one tier.
private struct Tier {
  static let overall = "ALL"

  private var score = Score()
  private var times: [Double] = []

  mutating func add(truth: String, text: String, milliseconds: Double) {
    score.add(truth: truth, text: text)
    times.append(milliseconds)
  }

  private var median: Double { times.isEmpty ? 0 : times.sorted()[times.count / 2] }

  private func percent(_ share: Double) -> String {
    (JSONLine.decimal(100 * share, places: 2) ?? "?") + "%"
  }

  var cells: [String] {
    [
      "\(score.images)", percent(score.cer), percent(score.cerWithoutSpaces),
      percent(score.cerCapped), percent(score.cerFolded), percent(score.linesRightShare),
      percent(score.imagesRightShare), JSONLine.decimal(median, places: 2) ?? "?",
    ]
  }

  func json(_ name: String) -> String {
    var line = JSONLine()
    line.object { line in
      line.member("tier", name)
      line.member("images", score.images)
      line.member("cer", score.cer, places: 5)
      line.member("cerWithoutSpaces", score.cerWithoutSpaces, places: 5)
      line.member("cerCapped", score.cerCapped, places: 5)
      line.member("cerFolded", score.cerFolded, places: 5)
      line.member("linesRight", score.linesRightShare, places: 5)
      line.member("imagesRight", score.imagesRightShare, places: 5)
      line.member("medianMilliseconds", median, places: 3)
    }
    return line.text
  }
}
