import ArgumentParser
import Bytes
import Evaluation
import FoundationEssentials
import Gray
import Images
import Inference
import Learning
import OnBoard
import Sinks
import Text

/// Teaches the reading networks what they misread.
struct TeachCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "teach",
    abstract: "Learn from corrected pictures.",
    discussion: """
      The folder is what the page of 'scribe live --page' keeps, or holds pictures and a truth.json \
      that maps each name to {"text"}, lines parted by newlines, or {"text", "lines": [{"text", \
      "box": [left, top, width, height]}]} where the lines' places are known: what is misread badly \
      is found by its box alone.

      The networks that read learn, but for their first layers: line and line-quick, which read \
      lines, and glyph, which boards read characters with. Lines of known print (models/replay) are \
      replayed meanwhile, so that little is forgotten. Each network first learns without a third of \
      the pictures and is tried on those, then goes on with all. It is written at once if it makes \
      fewer mistakes there, and at most 0.1 points of error more on other lines of known print; \
      else it is refused, and the figures say why.

      A folder of models comes out, for --models of live, recognize and others; 'scribe live \
      --models' takes it up while it runs. 'scribe export-firmware --model FOLDER/glyph' exports it. \
      The same corrections give the same bytes.

      Examples:
        scribe teach corrections --out mine
        scribe recognize --models mine meter.jpg
        scribe evaluate --models mine photos/
        scribe teach corrections --out mine --networks line,line-quick
            what boards with more memory, and this program, read with
        scribe teach more --from mine --out mine
            go on from what was learned before

      Exit codes: 0 learned, or there was nothing left to learn, 64 wrong options, 65 no network got \
      better or a file is damaged, 66 the corrections or a model cannot be opened, 73 the folder \
      cannot be written.
      """)

  enum Network: String, CaseIterable {
    case lineQuick = "line-quick"
    case line
    case glyph
  }

  @Option(help: ArgumentHelp("The folder to write.", valueName: "folder"))
  var out: String

  @Option(
    help: ArgumentHelp(
      "A folder of models to go on from. (default: the models that ship)", valueName: "folder"))
  var from: String?

  @Option(
    help: ArgumentHelp(
      "The networks that learn. (default: line-quick,line,glyph)", valueName: "names"),
    transform: { text in
      try text.split(separator: ",").map { name in
        guard let network = Network(rawValue: String(name)) else {
          throw ValidationError(
            "\(name) can't be taught: "
              + Network.allCases.map(\.rawValue).joined(separator: ", ") + " can.")
        }
        return network
      }
    })
  var networks = Network.allCases

  @Option(
    help: ArgumentHelp(
      "Times to look at each correction. (default: as often as makes 800 looks, of many up to 1600)",
      valueName: "count"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "How the camera is mounted, as for recognize. (default: upright)", valueName: "mount"))
  var mount: MountArgument?

  @Option(
    help: ArgumentHelp(
      "Known print to replay. (default: replay beside the models)", valueName: "folder"))
  var replay: String?

  @Flag(help: "Lines of JSON for programs: one a network.")
  var json = false

  @Argument(help: ArgumentHelp("The folder of corrected pictures.", valueName: "corrections"))
  var corrections: String

  func validate() throws {
    if let epochs, !(1...1000).contains(epochs) { throw ValidationError("--epochs is 1 to 1000.") }
    guard !networks.isEmpty else { throw ValidationError("--networks names none.") }
  }

  func run() async throws {
    let display = StatusDisplay()
    do {
      try teach(display)
    } catch let error as TruthError {
      display.message("Error: \(error)", style: .red)
      if case .unreadable = error { throw ExitStatus.noInput }
      throw ExitStatus.dataError
    } catch let error as LearningError {
      display.message("Error: \(error)", style: .red)
      throw ExitStatus.dataError
    } catch let error as CocoaError {
      display.message("Error: \(out) cannot be written: \(reasonText(error))", style: .red)
      throw ExitStatus.cannotCreate
    } catch {
      throw fail(display, error)
    }
  }

  private func teach(_ display: StatusDisplay) throws {
    let folder = URL(filePath: out)
    guard TaughtSet.mayReplace(folder) else {
      display.message(
        "Error: \(out) holds something else than taught models: name another folder", style: .red)
      throw ExitStatus.cannotCreate
    }
    let models = ModelSet(from)
    let replay = try replaySet()
    let lessons = try gather(models, display)
    guard !lessons.lines.isEmpty else {
      throw LearningError.nothing(pictures: lessons.names.count)
    }
    let kept = try Network.allCases.map(\.rawValue).filter(models.holds)
      .map { try ModelFolder(directory: models.directory(of: $0)) }
    var set = TaughtSet(keeping: kept, dataHash: TaughtSet.dataHash(lessons.lines, replay))
    var taught: [TaughtNetwork] = []
    var doubts: [Doubt] = []
    var failures: [(network: Network, error: LearningError)] = []
    for network in networks {
      let pupil = try ModelFolder(directory: models.directory(of: network.rawValue))
      if network == .glyph, lessons.glyphs.isEmpty { continue }
      let result: (network: TaughtNetwork, doubts: [Doubt])
      do {
        result = try teach(network, pupil, lessons, replay, display)
      } catch let error as LearningError where networks.count > 1 {
        // The others may learn: boards, for one, find fewer characters.
        failures.append((network, error))
        continue
      }
      taught.append(result.network)
      doubts += result.doubts
      if result.network.verdict.outcome == .learned {
        // At once: what reads with the folder needn't wait for the networks that others read with.
        try set.take(result.network)
        try set.write(to: folder)
      }
      if json { try TextOutput.standard.write(TeachReport.json(result.network)) }
    }
    display.clear()
    tell(doubts, display)
    if taught.isEmpty, let failure = failures.first { throw failure.error }
    for (network, error) in failures {
      display.message("left out: \(network.rawValue): \(error)", style: .yellow)
    }
    if !json { try TextOutput.standard.write(TeachReport.table(taught)) }
    guard !taught.contains(where: { $0.verdict.outcome == .learned }) else {
      return display.message("wrote \(out)")
    }
    guard taught.allSatisfy({ $0.verdict.outcome == .nothingToLearn }) else {
      display.message("Refused: no network got better. Nothing was written.", style: .red)
      throw ExitStatus.dataError
    }
    display.message("All of this is read rightly already. Nothing was written.")
  }

  private func teach(
    _ network: Network, _ pupil: ModelFolder, _ lessons: Lessons, _ replay: ReplaySet,
    _ display: StatusDisplay
  ) throws -> (network: TaughtNetwork, doubts: [Doubt]) {
    guard network == .glyph else {
      return try LineTeacher(
        lessons.lines, names: lessons.names, replay: replay, settings: settings
      ).taught(pupil) { display.status($0) }
    }
    return try GlyphTeacher(
      lessons.glyphs, names: lessons.names, replay: replay, lessons: lessons.cutter,
      settings: settings
    ).taught(pupil) { display.status($0) }
  }

  private var settings: Settings {
    var settings = Settings()
    settings.epochs = epochs
    return settings
  }

  private func replaySet() throws -> ReplaySet {
    guard let folder = replay ?? ModelStore.path(of: "replay") else {
      throw LearningError.replay(path: "replay", reason: "not found beside the models")
    }
    return try ReplaySet(folder: folder) { try GrayImage(CapturedImage(path: $0)) }
  }

  /// What the corrected pictures teach.
  private struct Lessons {
    var names: [String] = []
    var lines: [TaughtLine] = []
    var glyphs: [TaughtGlyph] = []
    let cutter: GlyphLessons
  }

  private func gather(_ models: ModelSet, _ display: StatusDisplay) throws -> Lessons {
    let folder = LabelledFolder(URL(filePath: corrections))
    let truths = try Truth.load(folder: folder.url).sorted { $0.key < $1.key }
    var finder = LineLessons(
      reader: try TextReader(
        TextReader.Models(
          line: models.load("line"), quick: models.load("line-quick"),
          finder: models.load("finder"), aligner: models.load("aligner"))))
    var lessons = Lessons(
      cutter: GlyphLessons(reader: try FirmwareReader(model: models.load("glyph"))))
    for (number, (name, truth)) in truths.enumerated() {
      display.status("reading \(number + 1) of \(counted(truths.count, "picture"))")
      lessons.names.append(name)
      let correction: Correction
      do {
        correction = Correction(
          name: name, truth: truth, details: folder.details(of: name),
          image: try DecodedImage(CapturedImage(path: folder.file(name).path)),
          mount: mount?.mount ?? .upright)
      } catch {
        display.message("left out: \(name): \(error)", style: .yellow)
        continue
      }
      guard !correction.lines.isEmpty else {
        tell([.noText(picture: name)], display)
        continue
      }
      let (lines, doubts) = finder.lines(of: correction, number: number)
      tell(doubts, display)
      lessons.lines += lines
      if networks.contains(.glyph) {
        lessons.glyphs += lessons.cutter.glyphs(of: correction.picture, lines: lines)
      }
    }
    display.clear()
    return lessons
  }

  private func tell(_ doubts: [Doubt], _ display: StatusDisplay) {
    var told: Set<String> = []
    for doubt in doubts.map(\.description) where told.insert(doubt).inserted {
      display.message("left out: \(doubt)", style: .yellow)
    }
  }
}

/// The figures of networks that learned.
private enum TeachReport {
  static func table(_ networks: [TaughtNetwork]) -> String {
    let heads = ["network", "left out", "taught", "known print", ""]
    let rows =
      [heads]
      + networks.map { network in
        let verdict = network.verdict
        return [
          network.name, words(verdict.leftOut), words(verdict.taught), words(verdict.replayed),
          verdict.outcome.rawValue,
        ]
      }
    let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return "Characters that are wrong, before and after:\n"
      + rows.map { row in
        zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
          .joined(separator: "  ").replacing(/[ ]+$/, with: "") + "\n"
      }.joined()
  }

  private static func words(_ change: TaughtNetwork.Change) -> String {
    func percent(_ mistakes: Mistakes) -> String {
      (JSONLine.decimal(100 * mistakes.rate, places: 2) ?? "-") + " %"
    }
    return "\(percent(change.before)) -> \(percent(change.after))"
  }

  static func json(_ network: TaughtNetwork) -> String {
    let verdict = network.verdict
    var line = JSONLine()
    line.object { line in
      line.member("network", network.name)
      line.member("outcome", verdict.outcome.rawValue)
      line.member("pictures", verdict.pictures)
      line.member(network.isOfCharacters ? "characters" : "lines", verdict.samples)
      line.member("steps", verdict.steps)
      line.member("share", verdict.share, places: 2)
      for (name, change) in [
        ("leftOut", verdict.leftOut), ("taught", verdict.taught),
        ("replayed", verdict.replayed),
      ] {
        line.key(name)
        line.object { line in
          line.member("characters", change.before.characters)
          line.member("wrongBefore", change.before.count)
          line.member("wrongAfter", change.after.count)
        }
      }
    }
    return line.text + "\n"
  }
}
