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
      Of a folder every PNG and JPEG in it is read, by name. An image that can't be read is reported \
      on standard error, and the rest are read all the same.

      Examples:
        scribe recognize label.png
        scribe recognize --alphabet digits meter-*.jpg
        scribe recognize --pattern 'SN [0-9]{6}' --only-matching label-*.jpg
        scribe recognize --json photos/ > readings.jsonl

      Exit codes: 0 all images were read, 64 wrong options, 65 an image or the model is damaged, \
      66 a file cannot be opened, 74 writing failed.
      """)

  @OptionGroup(title: "Reading") var reading: ReaderOptions
  @OptionGroup var jobs: JobOptions

  @Flag(help: "One line of JSON an image.")
  var json = false

  @Argument(help: ArgumentHelp("PNG or JPEG files, or folders of them.", valueName: "image"))
  var images: [String]

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
          return try Folder.files(in: path, of: ["png", "jpg", "jpeg"]) ?? [path]
        } catch {
          report(error)
          return []
        }
      }
      let reader = try await reading.makeReader(jobs: min(jobs.count, max(1, paths.count)))
      let sink = reading.makeSink(
        json: json, headings: paths.count > 1 ? nil : false, skipsEmpty: reading.skipsEmpty)
      try await OrderedMap(jobs: jobs.count).work(on: paths) { path in
        await Self.read(path, with: reader)
      } take: { result in
        switch result {
        case .success(let report):
          try sink.write(report)
          guard !report.missingRows.isEmpty else { break }
          let message = report.message(
            ofDamagedRows: report.missingRows.reduce(0) { $0 + $1.count })
          display.message(message.text, style: message.style)
        case .failure(let error): report(error)
        }
      }
      if let firstFailure { throw firstFailure }
    } catch {
      throw fail(display, error)
    }
  }

  private static func read(
    _ path: String, with reader: SharedReader
  ) async -> Result<ImageReport, ImageFileError> {
    do throws(ImageFileError) {
      let image = try CapturedImage(path: path)
      let read: SharedReader.Timed
      do {
        read = try await reader.read(image)
      } catch {
        throw ImageFileError.damaged(path: path, reason: "\(error)")
      }
      return .success(
        ImageReport(
          image: .path(path), width: read.reading.width, height: read.reading.height,
          reading: read.reading, milliseconds: read.milliseconds,
          missingRows: read.reading.missingRows))
    } catch {
      return .failure(error)
    }
  }
}

/// Folders in place of files.
enum Folder {
  /// The files with one of these endings, by name; nil where `path` is no folder.
  ///
  /// - Throws: where the folder can't be read or has none.
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
      guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
      return endings.contains(name[name.index(after: dot)...].lowercased())
    }
    guard !found.isEmpty else {
      throw .unreadable(
        path: path,
        reason: "no file in this folder ends in \(endings.sorted().joined(separator: ", "))")
    }
    return found.sorted().map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }
}

/// Why an image file could not be read.
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
  /// A PNG or JPEG file.
  init(path: String) throws(ImageFileError) {
    let bytes: [UInt8]
    do {
      // A whole image in memory must stay bounded, whatever the user names.
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      bytes = [UInt8](try file.read(upToCount: 1 << 28) ?? Data())
    } catch {
      throw .unreadable(path: path, reason: reasonText(error))
    }
    do {
      try self.init(file: bytes)
    } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }
}

/// The system's words for what went wrong with a file.
func reasonText(_ error: any Error) -> String {
  let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
  if let code = underlying?.code, underlying?.domain == NSPOSIXErrorDomain,
    let text = strerror(Int32(code))
  {
    return String(cString: text)
  }
  return error.localizedDescription
}
