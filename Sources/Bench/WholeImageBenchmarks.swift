import Binary
import Board
import Glibc
import Glyphs
import Gray
import Images
import Inference
import Sinks
import Text

/// The whole line: from gray pixels to text, and from the last byte of an image to what is printed.
struct WholeImageBenchmarks {
  let folder: String
  /// Images beside the rendered label.
  let images: String?

  var all: [Benchmark] {
    get throws {
      try Pages.sizes.map { name, size in
        let image = try Pages.label(size).capture(0)
        return Benchmark(name: "image/\(name)", items: 1, prepare: { try reading(image) })
      } + folders + Pages.sizes.map(latency)
    }
  }

  /// Images of one size are measured together, each for itself.
  private var folders: [Benchmark] {
    get throws {
      guard let images else { return [] }
      return try Pages.folder(images).flatMap { name, images in
        let grays = try images.map { try GrayImage($0) }
        return [
          Benchmark(
            "folder/text/\(name)", variants: images.map { image in { try reading(image) } }),
          Benchmark("folder/threshold/\(name)", variants: grays.map(threshold)),
          Benchmark("folder/components/\(name)", variants: grays.map(components)),
          Benchmark("folder/lines/\(name)", variants: grays.map(lines)),
        ]
      }
    }
  }

  /// Which pixels are ink, by what surrounds them: the rule alone, without what comes before it.
  private func threshold(_ gray: GrayImage) -> () -> () -> Void {
    {
      var workspace = Binarizer.Workspace()
      var binary = BinaryImage(width: 0, height: 0, pixels: [])
      return { LocalThreshold().binarize(gray, workspace: &workspace, into: &binary) }
    }
  }

  /// Of what is darker than middle gray: for images that are black and white already.
  private func components(_ gray: GrayImage) -> () -> () -> Void {
    {
      let ink = BinaryImage(
        width: gray.width, height: gray.height, pixels: gray.pixels.map { $0 < 128 ? 1 : 0 })
      return { _ = Components(ink) }
    }
  }

  /// All that comes before reading, at the first look: binarization, and lines found and drawn.
  private func lines(_ gray: GrayImage) -> () -> () -> Void {
    {
      var workspace = Binarizer.Workspace()
      var binarization = Binarization()
      return {
        Binarizer().binarize(gray, halvings: 0, workspace: &workspace, into: &binarization)
        _ = Segmenter().lines(in: binarization)
      }
    }
  }

  private func reader() throws -> TextReader {
    try TextReader(
      model: Model(directory: "\(folder)/glyph"), lineModel: Model(directory: "\(folder)/line"),
      quickModel: Model(directory: "\(folder)/line-quick"),
      finderModel: Model(directory: "\(folder)/finder"))
  }

  private func reading(_ image: CapturedImage) throws -> () -> Void {
    var reader = try reader()
    return { _ = try? reader.read(image) }
  }

  /// All packets but the last have been decoded. What takes the image from the thread that decodes
  /// to the one that reads is left out.
  private func latency(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "latency/\(name)", items: 1) {
      let bytes = try Pages.bytes(size, SimulatedBoard.Configuration())
      // Packets end with a 0.
      let last = bytes.dropLast().lastIndex(of: 0).map { $0 + 1 } ?? 0
      var before = ScribeDecoder()
      _ = before.decode(Array(bytes[..<last]))
      let rest = Array(bytes[last...])
      let descriptor = open("/dev/null", O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw BenchmarkError.output }
      let sink = ReadingSink(format: .json, output: TextOutput(descriptor: descriptor))
      var reader = try reader()
      var check = before
      guard check.decode(rest).contains(where: { $0.image != nil }) else {
        throw BenchmarkError.noImage(name)
      }
      return {
        var decoder = before
        for image in decoder.decode(rest).lazy.compactMap(\.image) {
          guard let reading = try? reader.read(image) else { continue }
          try? sink.write(
            ImageReport(
              image: .number(image.number), width: reading.width, height: reading.height,
              reading: reading, milliseconds: 0))
        }
      }
    }
  }
}
