import ArgumentParser
import Foundation
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

      Examples:
        scribe recognize label.png
        scribe recognize --alphabet digits meter-*.jpg
        scribe recognize --pattern 'SN [0-9]{6}' --only-matching label-*.jpg
        scribe recognize --json photos/ > readings.jsonl
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

  @Argument(
    help: ArgumentHelp("Image files, or folders of them.", valueName: "image"),
    completion: .file())
  var images: [String]

  func validate() throws {
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
      let paths = images.flatMap { path -> [String] in
        do throws(ImageFileError) {
          return try Folder.files(in: path, of: ImageFileKind.endings) ?? [path]
        } catch {
          report(error)
          return []
        }
      }
      let reader = try await reading.makeReader(jobs: min(jobs.count, max(1, paths.count)))
      let camera = try cameras.loadOne()
      let values = camera?.makeValues(keepsHistory: false)
      let sink =
        format?.valueSink
        ?? reading.makeSink(
          json: json || format == .json, headings: paths.count > 1 ? nil : false,
          skipsEmpty: reading.skipsEmpty)
      var told: Set<Mount> = []
      try await OrderedMap(jobs: jobs.count).work(on: paths) { path in
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
      if let firstFailure { throw firstFailure }
    } catch {
      throw fail(display, error)
    }
  }

  private static func read(
    _ path: String, with reader: SharedReader, mount: MountKnowledge, _ values: SharedValues?
  ) async -> Result<ReadFile, ImageFileError> {
    do throws(ImageFileError) {
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

/// Folders in place of files.
enum Folder {
  /// The files with one of these extensions, by name; nil where `path` is no folder.
  ///
  /// - Throws: an error if the folder can't be read or has no such files.
  static func files(
    in path: String, of endings: Set<String>
  ) throws(ImageFileError) -> [String]? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { return nil }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .unreadable(path: path, reason: reasonText(error))
    }
    let found = names.filter { name in
      endings.contains { ending in
        name.count > ending.count + 1 && name.lowercased().hasSuffix(".\(ending)")
      }
    }
    guard !found.isEmpty else {
      throw .unreadable(
        path: path,
        reason: "no file in this folder ends in \(endings.sorted().joined(separator: ", "))")
    }
    return found.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }
}

/// Reasons why an image file can't be read.
enum ImageFileError: Error, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case damaged(path: String, reason: String)

  var description: String {
    switch self {
    case .unreadable(let path, let reason): "can't open \(Terminal.escaped(path)): \(reason)"
    case .damaged(let path, let reason): "\(Terminal.escaped(path)): \(Terminal.escaped(reason))"
    }
  }

  var exitCode: ExitCode {
    switch self {
    case .unreadable: ExitStatus.noInput
    case .damaged: ExitStatus.dataError
    }
  }
}

extension CapturedImage {
  private static let mostFileBytes = 1 << 28

  /// An image file.
  init(path: String) throws(ImageFileError) {
    let bytes: [UInt8]
    do {
      // A whole image in memory must stay bounded, whatever file the user names.
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      bytes = [UInt8](try file.read(upToCount: Self.mostFileBytes + 1) ?? Data())
    } catch {
      throw .unreadable(path: path, reason: reasonText(error))
    }
    guard bytes.count <= Self.mostFileBytes else {
      throw .damaged(
        path: path, reason: "files of more than \(Self.mostFileBytes >> 20) MB aren't read")
    }
    do {
      try self.init(file: bytes)
    } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }
}

/// The system's description of an error with a file.
func reasonText(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
  if let code = underlying?.code, underlying?.domain == NSPOSIXErrorDomain,
    let text = strerror(Int32(code))
  {
    return String(cString: text)
  }
  return error.localizedDescription
}
