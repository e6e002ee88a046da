import Binary
import Board
import Glyphs

/// From gray pixels to ink and its components: on a photographed page of six lines, in memory that
/// stays from image to image.
struct PreprocessingBenchmarks {
  var all: [Benchmark] {
    Pages.sizes.map(threshold) + Pages.sizes.map(binarization) + Pages.sizes.map(components)
  }

  /// The local threshold alone.
  private func threshold(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "threshold/\(name)", items: 1) {
      let page = try Pages.page(size)
      var workspace = Binarizer.Workspace()
      var binary = BinaryImage(width: 0, height: 0, pixels: [])
      return { LocalThreshold().binarize(page, workspace: &workspace, into: &binary) }
    }
  }

  /// All of it, both polarities: noise, smoothing, paper, threshold, hysteresis, runs.
  private func binarization(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "binarize/\(name)", items: 1) {
      let page = try Pages.page(size)
      var workspace = Binarizer.Workspace()
      var result = Binarization()
      return { Binarizer().binarize(page, workspace: &workspace, into: &result) }
    }
  }

  /// Components and their boxes, of the page's ink as pixels.
  private func components(_ name: String, _ size: ImageSize) -> Benchmark {
    Benchmark(name: "components/\(name)", items: 1) {
      let ink = Binarizer().binarize(try Pages.page(size)).dark
      return { _ = Components(ink) }
    }
  }
}
