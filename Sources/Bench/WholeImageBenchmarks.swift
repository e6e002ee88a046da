import Board
import Glibc
import Gray
import Images
import Inference
import Lines
import Sinks
import Text

/// All stages together: from gray pixels to text, and from the last byte of an image to the printed
/// text.
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

  /// Images of one size are measured together, each on its own.
  private var folders: [Benchmark] {
    get throws {
      guard let images else { return [] }
      return try Pages.folder(images).flatMap { name, images in
        [
          Benchmark(
            "folder/text/\(name)", variants: images.map { image in { try reading(image) } })
        ]
      }
    }
  }

  private func reader() throws -> TextReader {
    func model(_ name: String) throws -> Model { try Model(directory: "\(folder)/\(name)") }
    return try TextReader(
      TextReader.Models(
        line: model("line"), quick: model("line-quick"), finder: model("finder"),
        aligner: model("aligner"), drum: model("drum"), novelty: model("novelty")))
  }

  private func reading(_ image: CapturedImage) throws -> () -> Void {
    var reader = try reader()
    return { _ = try? reader.read(image) }
  }

  /// All packets but the last have been decoded. The handover from the decoding thread to the
  /// reading thread is left out.
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
      let sink = JSONLinesSink(output: TextOutput(descriptor: descriptor))
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
