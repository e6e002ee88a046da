import ArgumentParser
import Gray
import Images
import Sinks
import Text

/// Reads image files.
struct RecognizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recognize",
    abstract: "Read the text in image files.",
    discussion: """
      Prints each image's text, its lines from top to bottom; nothing for an image without text. \
      Files are \(ImageFileKind.names), of animations the first picture, and are turned as their EXIF \
      data say. Those of more than 16 million pixels are read at a half or a quarter of their size; \
      width, height and boxes in JSON are those of the file. Where a picture is transparent it \
      shows white paper, or black where all that can be seen is light print. Of a folder every image \
      file in it is read, by name. An image that can't be read is reported on standard error, and the \
      rest are read all the same.

      An image may come on standard input, as -, and so may a list of images and folders, with \
      --from -. Each is read as soon as it is named.

      Examples:
        scribe recognize label.png
        scribe recognize --alphabet digits meter-*.jpg
        scribe recognize --pattern 'SN [0-9]{6}' --only-matching label-*.jpg
        scribe recognize --json photos/ > readings.jsonl
        scribe recognize --recursive --as named archive/
        scribe recognize - < label.png
        find archive -newer last -name '*.jpg' -print0 | scribe recognize --null --from -
        scribe recognize --as hocr page.png > page.hocr
        scribe recognize --mount upside-down meter.bmp
        scribe recognize --camera water.yaml meter.jpg

      Exit codes: 0 all images were read, 64 wrong options, 65 an image or the model is damaged, \
      66 a file cannot be opened, 74 writing failed.
      """)

  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup var jobs: JobOptions

  @OptionGroup(title: "Values") var cameras: CameraFileOptions

  @Flag(help: "One line of JSON an image.")
  var json = false

  @Option(name: .customLong("as"), help: OutputFormat.help)
  var format: OutputFormat?

  @Option(
    help: ArgumentHelp(
      """
      Also read the images that this file names, a path a line; - is standard input. Paths are \
      those from the current folder, and may be folders. Repeatable.
      """, valueName: "list"), completion: .file())
  var from: [String] = []

  @Flag(
    name: [.customShort("0"), .long],
    help: "In lists of --from a NUL ends each path, as 'find -print0' writes it.")
  var null = false

  @Flag(
    name: [.short, .long],
    help: ArgumentHelp(
      """
      Read folders with all their subfolders: the files of each first, by name with numbers by \
      their value. What is hidden is left out, and links to folders are not followed.
      """))
  var recursive = false

  @Argument(
    help: ArgumentHelp(
      "Image files, folders of them, or - for an image on standard input.", valueName: "image"),
    completion: .file())
  var images: [String] = []

  func validate() throws {
    guard !images.isEmpty || !from.isEmpty else {
      throw ValidationError("Missing expected argument '<image> ...', or --from LIST.")
    }
    guard (images + from).count(where: { $0 == "-" }) <= 1 else {
      throw ValidationError("- is standard input, which can be read once.")
    }
    guard !null || !from.isEmpty else { throw ValidationError("--null needs --from.") }
    try cameras.checkOne()
    try format?.check(cameras, json: json)
  }

  func run() async throws {
    let display = StatusDisplay()
    do {
      var firstFailure: ExitCode?
      func report(_ error: ImageFileError) {
        display.message("Error: \(error)", style: .red)
        firstFailure = firstFailure ?? error.exitCode
      }
      let paths = ImagePaths(
        images, lists: from, isNullSeparated: null, isRecursive: recursive)
      let reader = try await reading.makeReader(jobs: jobs.count)
      let camera = try cameras.loadOne()
      let values = camera?.makeValues(keepsHistory: false)
      let format = format ?? (json ? .json : .text)
      let sink = reading.makeSink(
        format, headings: paths.isSingle ? false : nil, skipsEmpty: reading.skipsEmpty)
      var told: Set<Mount> = []
      try await OrderedMap(jobs: jobs.count).work(pulling: paths.next) { path in
        await Self.read(
          path, with: reader, mount: camera.map { .known($0.mount(reading)) } ?? .unknown, values)
      } take: { result in
        switch result {
        case .success(let read):
          if let mount = read.foundMount, told.insert(mount).inserted {
            display.message("\(Terminal.escaped(read.path)) \(mount.advice)", style: .yellow)
          }
          try sink.write(read.report)
          if let message = read.report.messageOfMissingRows {
            display.message(message.text, style: message.style)
          }
        case .failure(let error): report(error)
        }
      }
      try format.finish()
      if let firstFailure { throw firstFailure }
    } catch {
      throw fail(display, error)
    }
  }

  private static func read(
    _ path: Result<String, ImageFileError>, with reader: SharedReader, mount: MountKnowledge,
    _ values: SharedValues?
  ) async -> Result<ReadFile, ImageFileError> {
    do throws(ImageFileError) {
      let path = try path.get()
      let image = try CapturedImage(path: path)
      let read: SharedReader.Timed
      do {
        read = try await reader.read(image, mount: mount, for: values?.focus)
      } catch {
        throw ImageFileError.damaged(path: path, reason: "\(error)")
      }
      var report = ImageReport(
        image: .path(path), width: read.reading.width, height: read.reading.height,
        reading: read.reading, milliseconds: read.milliseconds,
        missingRows: read.reading.missingRows)
      report.taken = image.taken
      // Files have no order: each is judged by itself.
      _ = values?.add(to: &report, motion: read.motion)
      return .success(
        ReadFile(
          path: path, report: report, foundMount: read.hasFoundMount ? read.reading.mount : nil))
    } catch {
      return .failure(error)
    }
  }
}

/// The result of an image file.
private struct ReadFile: Sendable {
  let path: String
  let report: ImageReport
  /// The mount that was found; nil where it was told, or the image was read as it is.
  let foundMount: Mount?
}
