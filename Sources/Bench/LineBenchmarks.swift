import Board
import Gray
import Inference
import Lines

/// The steps before reading: from gray pixels to lines drawn at their text.
struct LineBenchmarks {
  let folder: String

  var all: [Benchmark] {
    get throws {
      try Pages.sizes.flatMap { try [finding($0, $1), drawing($0, $1), aligning($0, $1)] }
    }
  }

  private func finding(_ name: String, _ size: ImageSize) throws -> Benchmark {
    let page = try Pages.page(size)
    let model = try Model(directory: "\(folder)/finder")
    return Benchmark(name: "lines/find/\(name)", items: 1) {
      guard var finder = TextFinder(model) else { throw BenchmarkError.noImage(name) }
      return { _ = finder.lines(in: page) }
    }
  }

  /// All lines of a page.
  private func drawing(_ name: String, _ size: ImageSize) throws -> Benchmark {
    let (page, lines) = try found(size)
    return Benchmark(name: "lines/draw/\(name)", items: lines.count) {
      {
        let drawing = LineDrawing(of: page)
        var scratch = LineScratch()
        for line in lines { _ = drawing.draw(line, scratch: &scratch) }
      }
    }
  }

  private func aligning(_ name: String, _ size: ImageSize) throws -> Benchmark {
    let (page, lines) = try found(size)
    let drawing = LineDrawing(of: page)
    var scratch = LineScratch()
    var drawn: [DrawnLine] = []
    for line in lines { drawn.append(drawing.draw(line, scratch: &scratch)) }
    let model = try Model(directory: "\(folder)/aligner")
    return Benchmark(name: "lines/align/\(name)", items: lines.count) { [drawn] in
      guard var aligner = LineAligner(model) else { throw BenchmarkError.noImage(name) }
      return { for line in drawn { _ = try? aligner.aligned(line) } }
    }
  }

  private func found(_ size: ImageSize) throws -> (page: GrayImage, lines: [TextLine]) {
    let page = try Pages.page(size)
    var finder = TextFinder(try Model(directory: "\(folder)/finder"))
    return (page, (finder?.lines(in: page) ?? []).map(TextLine.init))
  }
}
