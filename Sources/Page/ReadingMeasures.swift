import Sinks
import Text

/// Counts of a camera's readings, for `/metrics`.
struct ReadingMeasures: Sendable, Equatable {
  /// Seconds from the whole image to its text.
  var seconds = Histogram(bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5])
  /// Confidence of lines.
  var confidence = Histogram(bounds: [0.1, 0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
  var characters = 0
  var emptyReadings = 0

  mutating func add(_ report: ImageReport) {
    seconds.add(report.milliseconds / 1000)
    for line in report.reading.lines {
      confidence.add(line.confidence)
      characters += line.characters.count
    }
    if report.reading.lines.isEmpty { emptyReadings += 1 }
  }
}

/// Counts of values up to some bounds, as Prometheus has them.
package struct Histogram: Sendable, Equatable {
  let bounds: [Double]
  /// Values up to each bound and above the one before; the last counts those above all.
  package private(set) var counts: [Int]
  package private(set) var sum = 0.0

  package init(bounds: [Double]) {
    self.bounds = bounds
    counts = [Int](repeating: 0, count: bounds.count + 1)
  }

  package var count: Int { counts.reduce(0, +) }

  package mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }
}
