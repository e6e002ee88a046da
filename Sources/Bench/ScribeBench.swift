import ArgumentParser
import FoundationEssentials
import Inference
import Sinks

/// Measures the stages one by one and all together.
@main
struct ScribeBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scribe-bench",
    abstract: "Measures how long the parts of the program take.",
    discussion: """
      Times are microseconds of processor time of one thread an item (a character, a line, an \
      image, a load): the median of the samples with their quartiles and the least. They leave out \
      what other programs take, but not what those do to caches and clocks. For numbers that don't \
      depend on either, scripts/measure/bench/instructions counts instructions, by --repeat.

      packets, link   from bytes to packets and images; MB/s are of the bytes sent
      lines           finding, drawing and aligning the lines of a page
      image           from gray pixels to text: a photographed label of four lines
      folder          the same, and parts of it, for the images of --images: median and quartiles \
      over them
      latency         from an image's last packet to its line of JSON
      load, inference models, and how long they take for a character or a line

      Examples:
        scribe-bench
        scribe-bench --only inference/glyph --samples 201 --out bench.json
      """)

  @Option(help: ArgumentHelp("Measure only what begins so.", valueName: "name"))
  var only = ""

  @Option(help: ArgumentHelp("The folder of models.", valueName: "folder"))
  var models = "models"

  @Option(help: ArgumentHelp("Also read the PNG and JPEG files in it.", valueName: "folder"))
  var images: String?

  @Option(
    help: ArgumentHelp(
      "Inference on these: \(Kernels.available.map(\.rawValue).joined(separator: ", ")).",
      valueName: "kernels"))
  var kernels = Kernels.chosen.rawValue

  @Option(help: "Samples of each, at least 1.")
  var samples = 101

  @Option(help: ArgumentHelp("Also write the results here, as JSON.", valueName: "file"))
  var out: String?

  @Option(help: ArgumentHelp("Put down as what was measured.", valueName: "name"))
  var commit: String?

  @Flag(help: "List what can be measured.")
  var list = false

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp("Run each so often, and measure nothing.", valueName: "times"))
  var times: Int?

  func validate() throws {
    guard chosen != nil else {
      let known = Kernels.available.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("Kernels '\(kernels)' don't run here. Those that do: \(known).")
    }
    guard (1...100_000).contains(samples) else {
      throw ValidationError("--samples takes 1...100000, not \(samples).")
    }
    if let times, !(0...1_000_000_000).contains(times) {
      throw ValidationError("--repeat takes 0...1000000000, not \(times).")
    }
  }

  private var chosen: Kernels? { Kernels.available.first { $0.rawValue == kernels } }

  func run() throws {
    guard let chosen else { return }
    var all = try LinkBenchmarks().all
    all += try LineBenchmarks(folder: models).all
    all += try WholeImageBenchmarks(folder: models, images: images).all
    all += try InferenceBenchmarks(folder: models, kernels: chosen).all
    let benchmarks = all.filter { $0.name.hasPrefix(only) }
    guard !benchmarks.isEmpty else {
      throw ValidationError("Nothing to measure begins with '\(only)'. See --list.")
    }
    if list {
      for benchmark in benchmarks { print(benchmark.name) }
      return
    }
    if let times {
      for benchmark in benchmarks {
        let work = try benchmark.prepare()
        for _ in 0..<times { work() }
      }
      return
    }
    var results: [Measurement] = []
    print(Measurement.heading)
    for benchmark in benchmarks {
      let result = try Measurement(of: benchmark, samples: samples)
      print(result.row)
      results.append(result)
    }
    guard let out else { return }
    var json = JSONLine()
    json.object { json in
      if let commit { json.member("commit", commit) }
      json.member("date", Date.now.formatted(.iso8601))
      json.member("machine", Machine.processor)
      json.member("cores", ProcessInfo.processInfo.activeProcessorCount)
      json.member("kernels", chosen.rawValue)
      json.key("results")
      json.array { json in
        for result in results { result.write(to: &json) }
      }
    }
    try Data((json.text + "\n").utf8).write(to: URL(fileURLWithPath: out), options: .atomic)
  }
}

/// The machine that measures.
enum Machine {
  /// The processor's name from Linux.
  static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let name = line?.split(separator: ":").last.map { String($0.drop { $0 == " " }) }
    return name ?? "unknown"
  }
}
