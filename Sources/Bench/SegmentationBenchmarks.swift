import Binary
import Board
import Glyphs

/// Finding, straightening and cutting lines, on a photographed page of six lines.
struct SegmentationBenchmarks {
  var all: [Benchmark] {
    Pages.sizes.flatMap { name, size in
      [
        Benchmark(name: "lines/\(name)", items: 1) {
          let binarization = try binarization(size)
          return { _ = Segmenter().lines(in: binarization) }
        },
        Benchmark(name: "cuts/\(name)", items: 1) {
          let lines = try lines(size)
          return { for line in lines { _ = line.cuts() } }
        },
        Benchmark(name: "patches/\(name)", items: 1) {
          let cuts = try lines(size).map { $0.cuts() }
          return { for cut in cuts { _ = cut.patches() } }
        },
      ]
    }
  }

  private func binarization(_ size: ImageSize) throws -> Binarization {
    Binarizer().binarize(try Pages.page(size))
  }

  private func lines(_ size: ImageSize) throws -> [GlyphLine] {
    Segmenter().lines(in: try binarization(size))
  }
}
