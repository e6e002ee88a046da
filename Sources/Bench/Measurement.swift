import Glibc
import Sinks

/// The times of a benchmark's items.
struct Measurement {
  let benchmark: Benchmark
  /// Microseconds of processor time an item, in order.
  private let times: [Double]

  /// Least length of a sample, so that the clock's steps don't matter.
  private static let shortest = 200.0

  init(of benchmark: Benchmark, samples: Int) throws {
    guard benchmark.variants.isEmpty else {
      // With many variants, each is measured less often.
      let medians = try benchmark.variants.map { prepare in
        try Measurement(
          of: Benchmark(name: benchmark.name, items: benchmark.items, prepare: prepare),
          samples: max(3, samples / 10)
        ).median
      }
      self.benchmark = benchmark
      times = medians.sorted()
      return
    }
    self.benchmark = benchmark
    let work = try benchmark.prepare()
    // Warm up, and find how many calls make a sample.
    var calls = 1
    while true {
      let time = Self.time(of: work, calls: calls)
      if time >= Self.shortest { break }
      calls *= 2
    }
    var times: [Double] = []
    for _ in 0..<samples {
      times.append(Self.time(of: work, calls: calls) / Double(calls * benchmark.items))
    }
    self.times = times.sorted()
  }

  var median: Double { share(0.5) }

  private func share(_ share: Double) -> Double {
    times[Int((Double(times.count - 1) * share).rounded())]
  }

  /// Processor time of this thread, so that waiting for a core doesn't count.
  private static func time(of work: () -> Void, calls: Int) -> Double {
    let start = processorTime()
    for _ in 0..<calls { work() }
    return processorTime() - start
  }

  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
  }

  static let heading = row("BENCHMARK", ["MEDIAN US", "25 %", "75 %", "LEAST", "RATE"])

  var row: String {
    let speed =
      benchmark.macs.map { text(Double($0) / median / 1000, places: 1) + " GMAC/s" }
      ?? benchmark.bytes.map { text(Double($0) / median, places: 1) + " MB/s" } ?? "-"
    return Self.row(
      benchmark.name,
      [median, share(0.25), share(0.75), share(0)].map { text($0, places: 2) } + [speed])
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    let padding = String(repeating: " ", count: max(0, 28 - name.count))
    return name + padding
      + cells.map { String(repeating: " ", count: max(1, 13 - $0.count)) + $0 }.joined()
  }

  private func text(_ number: Double, places: Int) -> String {
    JSONLine.decimal(number, places: places) ?? "-"
  }

  func write(to json: inout JSONLine) {
    json.object { json in
      json.member("name", benchmark.name)
      json.member("items", benchmark.items)
      json.member("samples", times.count)
      json.member("median_us", median, places: 3)
      json.member("quartile1_us", share(0.25), places: 3)
      json.member("quartile3_us", share(0.75), places: 3)
      json.member("least_us", share(0), places: 3)
      if let macs = benchmark.macs { json.member("macs", macs) }
      if let bytes = benchmark.bytes { json.member("bytes", bytes) }
      if !benchmark.variants.isEmpty { json.member("images", benchmark.variants.count) }
    }
  }
}
