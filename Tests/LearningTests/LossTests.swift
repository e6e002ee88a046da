import Foundation
import Learning
import Testing

@Suite struct LossTests {
  /// Numbers without a pattern, -2...2.
  static func logits(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float((($0 + seed) &* 7919) % 401) / 100 - 2 }
  }

  private func slope(
    _ logits: [Float], at i: Int, _ loss: ([Float]) throws -> Double
  ) rethrows -> Double {
    let step: Float = 1.0 / 128
    var (up, down) = (logits, logits)
    up[i] += step
    down[i] -= step
    return try (loss(up) - loss(down)) / Double(2 * step)
  }

  @Test(arguments: [[1, 2], [1, 1], [2], [], [1, 2, 1, 1]])
  func gradientOfLinesIsTheSlope(labels: [Int]) throws {
    let count = 4
    let logits = Self.logits(7 * count, seed: labels.count)
    func loss(_ logits: [Float]) throws -> Double {
      try #require(Losses.ctc(logits, labels: labels, blank: 3, count: count)).loss
    }
    let found = try #require(Losses.ctc(logits, labels: labels, blank: 3, count: count))
    for i in logits.indices {
      let expected = try slope(logits, at: i, loss)
      #expect(abs(Double(found.gradient[i]) - expected) < 1e-3)
    }
  }

  /// The sum over all paths, one by one.
  @Test func lossOfLinesIsThatOfAllPaths() throws {
    let (count, columns, blank) = (3, 5, 2)
    let logits = Self.logits(columns * count, seed: 3)
    let shares = Losses.softmax(logits, count: count).shares
    for labels in [[0, 1], [0, 0], [1]] {
      var total = 0.0
      for number in 0..<243 {
        var (rest, path) = (number, [Int]())
        for _ in 0..<columns {
          path.append(rest % count)
          rest /= count
        }
        let text = path.indices.filter {
          path[$0] != blank && ($0 == 0 || path[$0 - 1] != path[$0])
        }.map { path[$0] }
        guard text == labels else { continue }
        total += path.enumerated().reduce(1.0) {
          $0 * Double(shares[$1.offset * count + $1.element])
        }
      }
      let found = try #require(Losses.ctc(logits, labels: labels, blank: blank, count: count))
      #expect(abs(found.loss + log(total)) < 1e-4)
    }
  }

  @Test func tooFewColumnsTeachNothing() {
    let logits = Self.logits(3 * 4, seed: 1)
    #expect(Losses.ctc(logits, labels: [1, 1], blank: 3, count: 4) != nil)
    #expect(Losses.ctc(logits, labels: [1, 1, 1], blank: 3, count: 4) == nil)
    #expect(Losses.ctc([], labels: [1], blank: 3, count: 4) == nil)
  }

  /// Certain and impossible columns give numbers.
  @Test func largeLogitsStayFinite() throws {
    var logits = [Float](repeating: -5000, count: 40 * 4)
    for column in 0..<40 { logits[column * 4 + 3] = 5000 }
    let found = try #require(Losses.ctc(logits, labels: [0, 1, 2], blank: 3, count: 4))
    #expect(found.loss.isFinite && found.gradient.allSatisfy(\.isFinite))
  }

  @Test func gradientOfCharactersIsTheSlope() {
    let logits = Self.logits(10, seed: 5)
    let wanted: [Float] = [0, 0, 1, 0, 0, 0.25, 0.25, 0, 0.5, 0]
    let found = Losses.crossEntropy(logits, to: wanted, count: 5)
    for i in logits.indices {
      let expected = slope(logits, at: i) { Losses.crossEntropy($0, to: wanted, count: 5).loss }
      #expect(abs(Double(found.gradient[i]) - expected) < 1e-3)
    }
  }
}
