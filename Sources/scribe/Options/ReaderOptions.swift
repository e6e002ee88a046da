import ArgumentParser
import Images
import Inference
import OnBoard
import Sinks
import Text

/// Options of the reader.
struct ReaderOptions: ParsableArguments {
  @Option(
    name: .customLong("alphabet"), parsing: .unconditional,
    help: ArgumentHelp(
      """
      Characters that may be read: digits, upper, lower, alnum, ascii, several as upper+digits, or \
      the characters themselves. Other sets stand behind set:, since letters alone are those \
      letters: set:hex is 0-9, A-F and a-f, set:HEX 0-9 and A-F. Marks may follow, as in \
      set:digits+.-
      """, valueName: "alphabet"),
    transform: AlphabetArgument.init)
  var alphabetGiven: AlphabetArgument?

  var alphabet: Alphabet? { alphabetGiven?.alphabet }

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "What a line looks like, as '[0-9]{5}\\.[0-9]': a regular expression for a whole line. "
        + "Spaces stand only where it has them. Repeatable: any of them.",
      valueName: "regex"),
    transform: { text in
      try PatternArgument.check(text)
      return text
    })
  var pattern: [String] = []

  @Flag(help: "Leave out lines that don't match --pattern.")
  var onlyMatching = false

  @Option(
    help: ArgumentHelp(
      """
      Leave out lines that are less sure than this, 0 to 1: the product of their characters' \
      confidences. What is no print at all is left out before, whatever is given here. Of the 697 \
      lines of 300 drawn board images 0.5, 0.8, 0.9 and 0.95 leave out 40, 64, 77 and 83 % of the \
      wrong ones and 3, 10, 17 and 26 % of the right ones; of photographs fewer, since their wrong \
      lines are mostly sure. 'scribe evaluate --thresholds' tells it of your own images.
      """,
      valueName: "confidence"))
  var minConfidence = 0.0

  enum Way: String, CaseIterable, ExpressibleByArgument {
    case lines, quick, glyphs, board
  }

  @Option(
    help: ArgumentHelp(
      "lines: whole lines at once, which reads best. quick: the same with the quick model alone, in "
        + "the C code that boards with some 100 KB read with. glyphs: character by character, with the C code "
        + "that boards read with. board: the same, and images that boards don't take are refused. "
        + "(default: lines, with --model glyphs)",
      valueName: "way"))
  var reader: Way?

  @Option(
    help: ArgumentHelp(
      "A folder of models, as 'scribe teach' writes it: they take the place of those of the same "
        + "names.",
      valueName: "folder"))
  var models: String?

  @Option(
    help: ArgumentHelp(
      "The model that reads characters one by one: its name or its folder. (default: glyph)",
      valueName: "name"), completion: .models)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The model that reads whole lines: its name or its folder.", valueName: "name"),
    completion: .models)
  var lineModel = shippedLineModel

  @Option(
    help: ArgumentHelp(
      "The model that is asked first, and alone where a line is clear; none does without. "
        + "(default: line-quick, with another --line-model none)",
      valueName: "name"), completion: .models)
  var quickModel: String?

  @Option(
    help: ArgumentHelp(
      "The model that finds lines of text, or none.", valueName: "name"), completion: .models)
  var finderModel = "finder"

  @Option(
    help: ArgumentHelp(
      "The model that puts lines on their text, or none.", valueName: "name"), completion: .models)
  var alignerModel = "aligner"

  @Option(
    help: ArgumentHelp(
      "The model that tells where counters' drums stand between two digits, or none.",
      valueName: "name"), completion: .models)
  var drumModel = "drum"

  @Option(
    help: ArgumentHelp(
      "The model that tells how unlike known print lines are, or none. (default: novelty, where "
        + "it is there)",
      valueName: "name"), completion: .models)
  var noveltyModel: String?

  @Option(
    help: ArgumentHelp(
      "How lines are looked for, some of \(Look.allCases.map(\.rawValue).joined(separator: ",")); "
        + "the later ones only where there is a doubt. (default: all)", valueName: "looks"),
    transform: { text in
      try Set(
        text.split(separator: ",").map { name in
          guard let look = Look(rawValue: String(name)) else {
            throw ValidationError(
              "There is no look '\(name)'; there are "
                + "\(Look.allCases.map(\.rawValue).joined(separator: ", ")).")
          }
          return look
        })
    })
  var looks = Set(Look.allCases)

  @Option(
    help: ArgumentHelp(
      """
      How the camera is mounted, as upside-down or left,mirrored: upright, upside-down, left or \
      right (turned by a quarter, seen from behind it: the top of print then points right or left \
      in the picture), and mirrored where left and right are changed. Boxes, width and height stay \
      those of the picture as it came. (default: upright; without --alphabet, a picture that reads \
      clearly better turned is read so, and that is told)
      """, valueName: "mount"))
  var mount: MountArgument?

  private static let shippedLineModel = "line"

  func validate() throws {
    if way == .lines, model != nil {
      throw ValidationError("--model reads characters one by one; lines are read by --line-model.")
    }
    if way == .glyphs || way == .board, alphabet != nil || !pattern.isEmpty {
      throw ValidationError(
        "--reader \(way) reads characters one by one: without --alphabet and --pattern.")
    }
    guard (0...1).contains(minConfidence) else {
      throw ValidationError("--min-confidence is 0 to 1, as in 0.5.")
    }
    if onlyMatching, pattern.isEmpty { throw ValidationError("--only-matching needs --pattern.") }
    let pattern: Pattern?
    do throws(PatternError) {
      pattern = try makePattern()
    } catch {
      throw ValidationError("\(error)")
    }
    if case .never(let missing) = pattern?.fit(with: alphabet ?? .all) {
      throw ValidationError(Self.words(never: missing))
    }
  }

  /// The way of reading and its models, for people.
  var readerWords: String {
    func name(_ model: String) -> String {
      model.split(separator: "/").last.map { String($0) } ?? model
    }
    if way == .quick { return "quick, model \(name(quickModelName ?? lineModel))" }
    guard way == .lines else { return "\(way), model \(name(model ?? "glyph"))" }
    let models = [quickModelName, lineModel].compactMap { $0 }.filter { $0 != "none" }
    return "lines, model\(models.count == 1 ? "" : "s") "
      + models.map(name).joined(separator: " and ")
  }

  /// The kind of reader, chosen or implied.
  private var way: Way { reader ?? (model == nil ? .lines : .glyphs) }

  /// Whether nothing is written for images without lines left.
  var skipsEmpty: Bool { onlyMatching || minConfidence > 0 }

  /// All patterns as one; nil for none.
  func makePattern() throws(PatternError) -> Pattern? {
    pattern.isEmpty ? nil : try Pattern(anyOf: pattern)
  }

  /// A user's own model of lines must not be bypassed by a quick one that doesn't match it.
  private var quickModelName: String? {
    quickModel ?? (lineModel == Self.shippedLineModel && !isBypassed ? "line-quick" : nil)
  }

  /// Whether `models` has lines' accurate reader alone.
  private var isBypassed: Bool {
    way == .lines && ModelSet(models).holds(Self.shippedLineModel)
      && !ModelSet(models).holds("line-quick")
  }

  /// Loads the models in parallel, since they take most of the time to start.
  private func makeTextReader() async throws -> TextReader {
    let set = ModelSet(models)
    func load(_ name: String?) throws -> Model? {
      try name.flatMap { $0 == "none" ? nil : $0 }.map(set.load)
    }
    async let line = set.load(lineModel)
    async let quick = load(quickModelName)
    async let finder = load(finderModel)
    async let aligner = load(alignerModel)
    async let drum = load(drumModel)
    async let novelty = noveltyModel(of: set)
    var reader = try await TextReader(
      TextReader.Models(
        line: line, quick: quick, finder: finder, aligner: aligner, drum: drum,
        novelty: novelty),
      alphabet: alphabet ?? .all, pattern: makePattern())
    reader.looks = looks
    reader.keepsOnlyMatching = onlyMatching
    return reader
  }

  /// The model of novelty; nil where there is none and the user named none: readings are then
  /// without.
  private func noveltyModel(of set: ModelSet) throws(ModelError) -> Model? {
    guard let noveltyModel else {
      do throws(ModelError) {
        return try set.load("novelty")
      } catch {
        guard case .notFound = error else { throw error }
        return nil
      }
    }
    return noveltyModel == "none" ? nil : try set.load(noveltyModel)
  }

  private func quickModels() async throws -> FirmwareRecognizer.Models {
    let set = ModelSet(models)
    async let line = set.load(quickModelName ?? lineModel)
    async let finder = set.load(finderModel)
    async let aligner = set.load(alignerModel)
    return try await FirmwareRecognizer.Models(finder: finder, aligner: aligner, line: line)
  }

  /// Readers of up to `jobs` images at once. Where images are fused, lines that don't match are
  /// kept: later images may correct them.
  ///
  /// - Throws: `ModelError`, `TextReaderError` or `FirmwareReaderError`.
  func makeReader(
    jobs: Int, isFused: Bool = false, keepsAll: Bool = false
  ) async throws -> SharedReader {
    for doubt in alphabetDoubts { StatusDisplay().message(doubt, style: .yellow) }
    // With few characters, some read well whichever way they are turned, so no mount is searched
    // for.
    let isSearched = !keepsAll && alphabet == nil
    let mount: MountKnowledge =
      if let mount { .known(mount.mount) } else { isSearched ? .unknown : .known(.upright) }
    return try SharedReader(
      jobs: jobs, mount: mount, make: await maker(isFused: isFused, keepsAll: keepsAll))
  }

  /// Makes readers; loads their models at once.
  ///
  /// - Throws: as `makeReader`.
  func maker(isFused: Bool = false, keepsAll: Bool = false) async throws -> SharedReader.Make {
    if way == .quick {
      let models = try await quickModels()
      let alphabet = alphabet?.characters?.sorted().joined()
      let pattern = try makePattern()
      return {
        try FirmwareRecognizer(
          models, alphabet: alphabet, pattern: pattern,
          keepsOnlyMatching: onlyMatching && !isFused)
      }
    }
    guard way == .lines else {
      let isStrict = way == .board
      let model = try ModelSet(models).load(model ?? "glyph")
      return { try FirmwareReader(model: model, halvesLargeImages: !isStrict) }
    }
    var reader = try await makeTextReader()
    if isFused { reader.keepsOnlyMatching = false }
    reader.keepsAll = keepsAll
    return { [reader] in reader }
  }
}
