import Binary
import Board
import Glyphs
import Gray
import Images

/// From gray pixels to ink and its components: on a photographed page of six lines, in memory that
/// stays from image to image.
struct PreprocessingBenchmarks {
  private static let text = """
    Type: RM-4310/B  230 V~
    SN: 8840-17-002931
    Made 2026-11-21, lot 7C
    P max 12.5 kW  IP65
    Do not open: 400 V inside
    www.example.org/rm4310
    """

  private static let sizes = [
    (name: "QQVGA", size: ImageSize(width: 160, height: 120)),
    (name: "QVGA", size: ImageSize(width: 320, height: 240)),
    (name: "VGA", size: ImageSize(width: 640, height: 480)),
  ]

  var all: [Benchmark] {
    Self.sizes.map(threshold) + Self.sizes.map(binarization) + Self.sizes.map(components)
  }

  private static func page(_ size: ImageSize) throws -> GrayImage {
    let sheet = try Typesetter(font: try OutlineFont(), imageSize: size).set(text)
    return CameraModel().shoot(Scene(sheet: sheet), number: 0, seed: 1)
  }

  /// The local threshold alone.
  private func threshold(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "threshold/\(name)", items: 1) {
      let page = try Self.page(size)
      var workspace = Binarizer.Workspace()
      var binary = BinaryImage(width: 0, height: 0, pixels: [])
      return { LocalThreshold().binarize(page, workspace: &workspace, into: &binary) }
    }
  }

  /// All of it, both polarities: noise, smoothing, paper, threshold, hysteresis, runs.
  private func binarization(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "binarize/\(name)", items: 1) {
      let page = try Self.page(size)
      var workspace = Binarizer.Workspace()
      var result = Binarization()
      return { Binarizer().binarize(page, workspace: &workspace, into: &result) }
    }
  }

  /// Components and their boxes, of the page's ink as pixels.
  private func components(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "components/\(name)", items: 1) {
      let ink = Binarizer().binarize(try Self.page(size)).dark
      return { _ = Components(ink) }
    }
  }
}
