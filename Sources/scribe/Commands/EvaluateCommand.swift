import ArgumentParser
import Bytes
import Evaluation
import FoundationEssentials
import Gray
import Images
import Lines
import Sinks
import Text

/// Measures how accurately a folder of labelled images is read.
struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure how well labelled images are read.",
    discussion: """
      The folder holds images and a truth.json that maps each name to {"text", "tier"}; lines are \
      parted by newlines. Prints for each tier:
        CER      character error rate: edit distance over true characters, words parted by spaces
        CERnws   the same without white space
        CERcap   the same, an image costing at most what losing it whole costs
        CERfold  CERnws with characters of one shape (0Oo, Il|, cC ...) taken for equal
        lines    lines read without a mistake, spaces apart
        right    images read without a mistake, white space apart
        has it   images with text in which all of it was read, maybe among other
        empty    images with text in which none was read
        ms       median milliseconds of one core an image, decoding included
        ECE      expected calibration error: how far the characters' confidences and the share of \
      them that is right are apart, in ten steps of confidence
        ECEline  the same for whole lines
        ghosts   images without text in which some was read, of all without text

      Where images have a JSON beside them with "cap_px", the height of their capitals, a second \
      table tells CERcap by that height and by the images' width. Where it has the characters' \
      boxes ("lines", "chars"), or truth.json the text's ("box": left, top, right, bottom), another \
      tells why lines were not read: nothing was read there (not found), something of another size \
      or with other ends (geometry), other characters, or it was left out by --min-confidence.

      An image that can't be read is named on standard error, and the figures are of the others. \
      Names in truth.json may be composed or not (é as one character or two), whatever the files' are.

      With --json: a line an image; a line a tier and one for ALL; a line a size; a line a height \
      of capitals and width; a line with the reliability behind ECE; a line with the confusions.

      Images are files of any kind that recognize reads, and are turned as there; boxes are those of \
      the file's picture.

      Examples:
        scribe evaluate Tests/Fixtures/board-images
        scribe evaluate --mount upside-down meters/
        scribe evaluate --errors photos/
        scribe evaluate --page photos.html photos/
        scribe evaluate --thresholds photos/
            what --min-confidence would leave out

      Exit codes: 0 measured, 64 wrong options, 65 an image cannot be read, or truth.json or the \
      model is damaged, 66 truth.json or the model cannot be opened, 73 the page cannot be written.
      """)

  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup var jobs: JobOptions

  @Flag(help: "Lines of JSON for programs.")
  var json = false

  @Flag(
    help: ArgumentHelp(
      "Keep all that looks like a line, and tell in JSON what is known of it, for measure/tune.",
      visibility: .hidden))
  var features = false

  @Flag(help: "Also list the images that were misread.")
  var errors = false

  @Flag(help: "Also tell which of the right and wrong lines --min-confidence would leave out.")
  var thresholds = false

  @Option(
    help: ArgumentHelp(
      "Also write a page to look at: the figures and the worst images.", valueName: "file.html"))
  var page: String?

  @Option(help: ArgumentHelp("Images on the page, the worst first.", valueName: "count"))
  var worst = 60

  @Option(
    help: ArgumentHelp(
      "Measure what another program read: a JSON object of image names to texts.",
      valueName: "file.json"))
  var predictions: String?

  @Argument(help: ArgumentHelp("The folder.", valueName: "folder"), completion: .directory)
  var folder: String

  func validate() throws {
    guard worst >= 0 else { throw ValidationError("--worst must not be negative.") }
  }

  func run() async throws {
    let display = StatusDisplay()
    do {
      try await evaluate(display)
    } catch let error as TruthError {
      display.message("Error: \(error)", style: .red)
      switch error {
      case .unreadable, .unreadablePredictions: throw ExitStatus.noInput
      case .malformed, .outside, .malformedPredictions: throw ExitStatus.dataError
      }
    } catch let error as ImageFileError {
      display.message("Error: \(error)", style: .red)
      throw error.exitCode
    } catch {
      throw fail(display, error)
    }
  }

  private func evaluate(_ display: StatusDisplay) async throws {
    let folder = LabelledFolder(URL(filePath: folder))
    let truths = try Truth.load(folder: folder.url)
    var source = TextSource(folder: folder)
    if let predictions {
      source.predictions = try Predictions.load(file: URL(filePath: predictions))
    } else {
      source.reader = try await reading.makeReader(jobs: jobs.count, keepsAll: features)
      source.leastConfidence = reading.minConfidence
    }
    var results = Results()
    var images: [EvaluatedImage] = []
    var done = 0
    var told: Set<Mount> = []
    try await OrderedMap(jobs: jobs.count).work(on: truths.sorted { $0.key < $1.key }) {
      [source] name, truth in
      await Result { try await source.evaluate(name, truth) }
    } take: { result in
      done += 1
      display.status("\(done) of \(truths.count) images")
      do {
        let (image, mount) = try result.get()
        if let mount, told.insert(mount).inserted {
          display.message("\(Terminal.escaped(image.name)) \(mount.advice)", style: .yellow)
        }
        results.add(image)
        if page != nil { images.append(image) }
        try report(image, display)
      } catch let error as ImageFileError {
        results.unreadable += 1
        display.message("Error: \(error)", style: .red)
      }
    }
    display.clear()
    try TextOutput.standard.write(
      json
        ? results.json(withThresholds: thresholds) : results.tables(withThresholds: thresholds))
    if let page { try write(page, results, images, source, display) }
    guard results.unreadable == 0 else {
      display.message(
        "\(results.unreadable) of \(counted(truths.count, "image")) can't be read; "
          + "the figures are of the others", style: .yellow)
      throw ExitStatus.dataError
    }
  }

  private func report(_ image: EvaluatedImage, _ display: StatusDisplay) throws {
    if json {
      try TextOutput.standard.write(image.json(withFeatures: features) + "\n")
    } else if errors, bare(image.truth) != bare(image.text) {
      display.clear()
      try TextOutput.standard.write(
        "\(Terminal.escaped(image.name))\n  is   \(shown(image.truth))\n"
          + "  read \(shown(image.text))\n")
    }
  }

  private func bare(_ text: String) -> String { text.filter { !$0.isWhitespace } }

  private func shown(_ text: String) -> String {
    Terminal.escaped(text.split(whereSeparator: \.isNewline).joined(separator: " | "))
  }

  private func write(
    _ path: String, _ results: Results, _ images: [EvaluatedImage], _ source: TextSource,
    _ display: StatusDisplay
  ) throws {
    let reader = predictions.map { "as \(URL(filePath: $0).lastPathComponent) has it" }
    let words = reader ?? "read by \(reading.readerWords)"
    let name = URL(filePath: folder).standardizedFileURL.lastPathComponent
    var page = Page(title: "\(name), \(words)", results: results)
    for image in Page.worstFirst(images).prefix(worst) {
      display.status("Drawing \(image.name)")
      page.append(image, picture: try source.picture(of: image))
    }
    display.clear()
    do {
      try Data(page.html.utf8).write(to: URL(filePath: path), options: .atomic)
    } catch {
      display.message("Error: can't write \(path): \(reasonText(error))", style: .red)
      throw ExitStatus.cannotCreate
    }
  }
}

/// The source of the texts that are measured.
private struct TextSource: Sendable {
  let folder: LabelledFolder
  /// Nil where another program did the reading.
  var reader: SharedReader?
  var predictions: [String: String] = [:]
  var leastConfidence = 0.0

  func evaluate(
    _ name: String, _ truth: Truth
  ) async throws -> (EvaluatedImage, foundMount: Mount?) {
    let captured = try CapturedImage(path: folder.file(name).path)
    let details = folder.details(of: name)
    var image = EvaluatedImage(
      name: name, tier: truth.tier, truth: truth.text, lines: [],
      capitalHeight: details.capitalHeight)
    image.places =
      truth.box.flatMap(PixelBox.init).map { [TruthLine(text: truth.text, box: $0)] }
      ?? truth.lines?.compactMap { line in
        line.place.map { TruthLine(text: line.text, box: $0) }
      } ?? details.places
    var foundMount: Mount?
    do {
      if let read = try await reader?.read(captured) {
        let reading = read.reading
        foundMount = read.hasFoundMount ? reading.mount : nil
        image.milliseconds = read.processorMilliseconds
        image.lines = reading.lines(asSureAs: leastConfidence).lines
          .map(EvaluatedImage.Line.init)
        image.leftOut = reading.lines.filter { $0.confidence < leastConfidence }
          .map(EvaluatedImage.Line.init)
        image.width = reading.width
        image.height = reading.height
      } else {
        let decoded = try DecodedImage(captured)
        image.lines = (predictions[name] ?? "").split(whereSeparator: \.isNewline)
          .map { EvaluatedImage.Line(text: String($0)) }
        image.width = decoded.width
        image.height = decoded.height
      }
    } catch {
      throw ImageFileError.damaged(path: name, reason: "\(error)")
    }
    return (image, foundMount)
  }

  /// The picture as the reader saw it, but not turned.
  func picture(of image: EvaluatedImage) throws -> Page.Picture {
    let captured = try CapturedImage(path: folder.file(image.name).path)
    do {
      let gray = try GrayImage(captured)
      return Page.Picture(png: try gray.encodedAsPNG())
    } catch {
      throw ImageFileError.damaged(path: image.name, reason: "\(error)")
    }
  }
}

extension EvaluatedImage.Line {
  fileprivate init(_ line: ReadLine) {
    self.init(
      text: line.text, confidence: line.confidence,
      glyphs: line.characters.map { character in
        EvaluatedImage.Glyph(
          text: character.text, confidence: character.confidence, box: character.box,
          alternatives: character.alternatives.map {
            EvaluatedImage.Alternative(text: $0.text, confidence: $0.confidence)
          })
      }, features: line.features?.values ?? [], novelty: line.novelty)
  }
}
