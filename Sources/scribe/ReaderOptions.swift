import ArgumentParser
import Gray
import Images
import Inference
import Synchronization
import Text

/// How images are read.
struct ReaderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Characters that may occur: digits, upper, lower, alnum, ascii, or the characters themselves.",
      valueName: "set"),
    transform: parseAlphabet)
  var alphabet = Alphabet.all

  @Option(help: ArgumentHelp("A model under models, or the folder of one.", valueName: "name"))
  var model = "ascii"

  /// - Throws: `ModelError` or `TextReaderError`.
  func makeReader() throws -> any ImageReading {
    SharedReader(try TextReader(model: ModelStore.load(model), alphabet: alphabet))
  }
}

@Sendable func parseAlphabet(_ text: String) throws -> Alphabet {
  guard let alphabet = Alphabet(text) else {
    throw ValidationError(
      "'\(text)' is no alphabet: give digits, upper, lower, alnum, ascii, or printable ASCII "
        + "characters such as 0123456789.")
  }
  return alphabet
}

/// A text reader that one thread after another may use.
private final class SharedReader: ImageReading {
  private let reader: Mutex<TextReader>

  init(_ reader: TextReader) { self.reader = Mutex(reader) }

  func read(_ image: CapturedImage) throws -> ReadImage {
    // Decoded here, as only then the size of a JPEG is known.
    let gray = try GrayImage(image)
    let plain = CapturedImage(
      number: image.number, width: gray.width, height: gray.height, format: .gray8,
      payload: gray.pixels, missingRows: image.missingRows)
    let reading = try reader.withLock { try $0.read(plain) }
    return ReadImage(reading: reading, width: gray.width, height: gray.height)
  }
}
