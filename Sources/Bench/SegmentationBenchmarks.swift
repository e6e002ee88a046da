import Binary
import Glyphs
import Gray

/// Finding, straightening and cutting lines of a page that is drawn here.
struct SegmentationBenchmarks {
  var all: [Benchmark] {
    [("qvga", 320, 240), ("vga", 640, 480)].flatMap { name, width, height in
      [
        Benchmark(name: "components/\(name)", items: 1) {
          let binarization = Self.binarization(width: width, height: height)
          return { _ = Polarity.allCases.map { Components(binarization.ink($0)) } }
        },
        Benchmark(name: "lines/\(name)", items: 1) {
          let binarization = Self.binarization(width: width, height: height)
          let segmenter = Segmenter()
          return { _ = segmenter.lines(in: binarization) }
        },
        Benchmark(name: "cuts/\(name)", items: 1) {
          let lines = Segmenter().lines(in: Self.binarization(width: width, height: height))
          return { for line in lines { _ = line.cuts() } }
        },
        Benchmark(name: "patches/\(name)", items: 1) {
          let cuts = Segmenter().lines(in: Self.binarization(width: width, height: height))
            .map { $0.cuts() }
          return { for cut in cuts { _ = cut.patches() } }
        },
      ]
    }
  }

  private static func binarization(width: Int, height: Int) -> Binarization {
    Binarizer().binarize(page(width: width, height: height))
  }

  /// Five lines of strokes in the proportions of print, a little tilted, under light that falls
  /// off, with a camera's blur and noise.
  private static func page(width: Int, height: Int) -> GrayImage {
    var page = GrayImage(width: width, height: height)
    var value: UInt32 = 1
    func random(_ limit: Int) -> Int {
      value = value &* 1_664_525 &+ 1_013_904_223
      return Int(value >> 16) % limit
    }
    for y in 0..<height {
      for x in 0..<width { page.pixels[y * width + x] = UInt8(150 + 60 * x / width) }
    }
    // Characters are a sixteenth of the page high, their stems a sixth of that.
    let size = height / 16
    let stem = max(2, size / 6)
    func fill(_ x: Int, _ y: Int, _ wide: Int, _ high: Int) {
      for v in y..<y + high {
        for u in x..<x + wide {
          let row = v + u / 50
          if row < height, u < width {
            page.pixels[row * width + u] = UInt8(Int(page.pixels[row * width + u]) * 3 / 10)
          }
        }
      }
    }
    for line in 0..<5 {
      let top = height / 12 + line * height / 6
      var x = width / 16
      while x < width * 14 / 16 {
        let wide = size / 2 + random(size / 4)
        // Stems left and right, bars on some of three heights: D, F, H, L, U ...
        fill(x, top, stem, size)
        if random(2) == 0 { fill(x + wide - stem, top, stem, size) }
        for bar in 0..<3 where random(3) > 0 {
          fill(x + stem, top + bar * (size - stem) / 2, wide - 2 * stem, stem)
        }
        x += wide + max(2, size / 5)
        if random(6) == 0 { x += size / 2 }
      }
    }
    page = page.smoothed()
    for i in page.pixels.indices {
      page.pixels[i] = UInt8(max(0, min(255, Int(page.pixels[i]) + random(5) - 2)))
    }
    return page
  }
}
