import ArgumentParser
import Images
import Inference
import Synchronization
import Text

/// How images are read.
struct ReaderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Characters that may be read: digits, upper, lower, alnum, ascii, or the characters.",
      valueName: "alphabet"),
    transform: { text in
      guard let alphabet = Alphabet(text) else {
        throw ValidationError(
          "An alphabet is digits, upper, lower, alnum, ascii or printable ASCII characters.")
      }
      return alphabet
    })
  var alphabet: Alphabet?

  @Option(help: ArgumentHelp("The model to read with: its name or its folder.", valueName: "name"))
  var model = "glyph"

  @Option(
    help: ArgumentHelp("The model to read whole lines with: its name or its folder.",
    valueName: "name"))
  var lineModel: String?

  /// - Throws: `ModelError` or `TextReaderError`.
  func makeTextReader() throws -> TextReader {
    try TextReader(
      model: ModelStore.load(model), lineModel: lineModel.map { try ModelStore.load($0) }, alphabet: alphabet ?? .all)
  }

  /// A reader that tasks may share.
  ///
  /// - Throws: as `makeTextReader`.
  func makeReader() throws -> SharedReader { SharedReader(try makeTextReader()) }
}

/// A reader behind a lock: its buffers serve one image at a time.
final class SharedReader: Sendable {
  private let reader: Mutex<TextReader>

  init(_ reader: TextReader) { self.reader = Mutex(reader) }

  /// Reads one image.
  ///
  /// - Throws: `GrayError` where the image cannot be decoded, as a JPEG that is none.
  func read(_ image: CapturedImage) throws -> Reading {
    try reader.withLock { try $0.read(image) }
  }
}
