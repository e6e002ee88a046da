import ArgumentParser
import Gray
import Images
import Text

/// How images are read.
struct ReaderOptions: ParsableArguments {
  func makeReader() throws -> any ImageReading { NoReader() }
}

private struct NoReader: ImageReading {
  func read(_ image: CapturedImage) throws -> ReadImage {
    let gray = try GrayImage(image)
    return ReadImage(reading: Reading(lines: []), width: gray.width, height: gray.height)
  }
}
