import Board
import Gray
import Images
import Packets

/// Benchmarks from bytes to images: packets alone, whole images of each coding, and their pixels as
/// gray.
struct LinkBenchmarks {
  private typealias Configuration = SimulatedBoard.Configuration

  private static let size = ImageSize(width: 320, height: 240)
  /// Bytes in one read of a port.
  private static let read = 4096

  private static let codings: [(name: String, configuration: Configuration)] = [
    ("gray8", Configuration()),
    ("rgb565", Configuration(images: SimulatedBoard.ImageOptions(format: .rgb565BigEndian))),
    (
      "bilevel",
      Configuration(images: SimulatedBoard.ImageOptions(format: .bilevel, codesRows: true))
    ),
    ("lossless", Configuration(images: SimulatedBoard.ImageOptions(codesRows: true))),
    ("jpeg", Configuration(images: SimulatedBoard.ImageOptions(format: .jpeg))),
    (
      "jpeg-stream",
      Configuration(
        images: SimulatedBoard.ImageOptions(format: .jpeg),
        link: SimulatedBoard.LinkOptions(linkProtocol: .jpegStream))
    ),
  ]

  /// Formats that need conversion; the others are gray already.
  private static let converted = ["rgb565", "bilevel", "jpeg"]

  var all: [Benchmark] {
    get throws {
      try [packets]
        + Self.codings.map { try decoding($0.name, $0.configuration) }
        + Self.codings.filter { Self.converted.contains($0.name) }
        .map { try gray($0.name, $0.configuration) }
    }
  }

  private var packets: Benchmark {
    get throws {
      let bytes = try Pages.bytes(Self.size, Configuration())
      return Benchmark(name: "packets/gray8/QVGA", items: 1, bytes: bytes.count) {
        let reads = Self.reads(bytes)
        return {
          var decoder = PacketDecoder()
          for read in reads { _ = decoder.decode(read) }
        }
      }
    }
  }

  private func decoding(_ name: String, _ configuration: Configuration) throws -> Benchmark {
    let bytes = try Pages.bytes(Self.size, configuration)
    return Benchmark(name: "link/\(name)/QVGA", items: 1, bytes: bytes.count) {
      let reads = Self.reads(bytes)
      return {
        var decoder = configuration.link.linkProtocol.makeDecoder()
        for read in reads { _ = decoder.decode(read) }
      }
    }
  }

  private func gray(_ name: String, _ configuration: Configuration) throws -> Benchmark {
    let bytes = try Pages.bytes(Self.size, configuration)
    var decoder = configuration.link.linkProtocol.makeDecoder()
    guard let image = (decoder.decode(bytes) + decoder.finish()).lazy.compactMap(\.image).first
    else { throw BenchmarkError.noImage(name) }
    return Benchmark(name: "gray/\(name)/QVGA", items: 1, bytes: image.payload.count) {
      { _ = try? GrayImage(image) }
    }
  }

  private static func reads(_ bytes: [UInt8]) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: read).map { start in
      Array(bytes[start..<min(start + read, bytes.count)])
    }
  }
}

enum BenchmarkError: Error, CustomStringConvertible {
  case noImage(String)
  case output

  var description: String {
    switch self {
    case .noImage(let name): "what the simulated board sends as \(name) holds no image"
    case .output: "/dev/null can't be opened"
    }
  }
}

extension LinkEvent {
  /// An image of which nothing is missing.
  var image: CapturedImage? {
    guard case .image(let image) = self else { return nil }
    return image
  }
}
