import ArgumentParser
import Foundation
import Gray
import Images
import Sinks
import Text

/// Reads image files.
struct RecognizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recognize",
    abstract: "Read the text in image files.",
    discussion: """
      Prints each image's text, its lines from top to bottom; nothing for an image without text. \
      An image that can't be read is reported on standard error, and the rest are read all the same.

      Examples:
        scribe recognize label.png
        scribe recognize --alphabet digits meter-*.jpg
        scribe recognize --pattern 'SN [0-9]{6}' --only-matching label-*.jpg
        scribe recognize --json photos/*.png > readings.jsonl

      Exit codes: 0 all images were read, 64 wrong options, 65 an image or the model is damaged, \
      66 a file cannot be opened, 74 writing failed.
      """)

  @OptionGroup(title: "Reading") var reading: ReaderOptions

  @Flag(help: "One line of JSON an image.")
  var json = false

  @Argument(help: ArgumentHelp("PNG or JPEG files.", valueName: "image"))
  var images: [String]

  func run() throws {
    let display = StatusDisplay()
    do {
      var reader = try reading.makeImageReader()
      let sink = ReadingSink(
        format: json ? .json : .text, headings: images.count > 1 ? nil : false,
        skipsEmpty: reading.skipsEmpty, leastConfidence: reading.minConfidence)
      var firstFailure: ExitCode?
      for path in images {
        do {
          try sink.write(try read(path, with: &reader))
        } catch let error as ImageFileError {
          display.message("Error: \(error)", style: .red)
          firstFailure = firstFailure ?? error.exitCode
        }
      }
      if let firstFailure { throw firstFailure }
    } catch {
      throw fail(display, error)
    }
  }

  private func read(_ path: String, with reader: inout any ImageReader) throws -> ImageReport {
    let image = try CapturedImage(path: path)
    let clock = ContinuousClock()
    let start = clock.now
    let reading: Reading
    do {
      reading = try reader.read(image)
    } catch {
      throw ImageFileError.damaged(path: path, reason: "\(error)")
    }
    return ImageReport(
      image: .path(path), width: reading.width, height: reading.height, reading: reading,
      milliseconds: (clock.now - start) / .milliseconds(1))
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
