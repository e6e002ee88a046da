import Board
import Images
import Inference
import Text

/// How reading grows with the characters of an image of one size.
struct GrowthBenchmarks {
  let folder: String

  private static let counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
  private static let size = ImageSize(width: 800, height: 600)
  private static let perLine = 40
  private static let capitals = 11.0

  var all: [Benchmark] { Self.counts.map(reading) }

  private func reading(_ count: Int) -> Benchmark {
    Benchmark(name: "growth/characters/\(count)", items: 1) {
      let board = try Pages.board(
        text: Self.text(count), Self.size, textHeight: Self.capitals)
      let image = try board.capture(0)
      var reader = try TextReader(
        model: Model(directory: "\(folder)/glyph"), lineModel: Model(directory: "\(folder)/line"))
      return { _ = try? reader.read(image) }
    }
  }

  /// Words of five characters that nothing but their shapes tell, as serial numbers.
  private static func text(_ count: Int) -> String {
    let alphabet = Array("ABDEFGHKLMNPQRTXYZ2346789")
    var value: UInt32 = 7
    var text = ""
    for i in 0..<count {
      if i > 0 { text += i % perLine == 0 ? "\n" : i % 5 == 0 ? " " : "" }
      value = value &* 1_664_525 &+ 1_013_904_223
      text.append(alphabet[Int(value >> 16) % alphabet.count])
    }
    return text
  }
}
