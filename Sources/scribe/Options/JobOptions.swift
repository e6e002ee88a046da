import ArgumentParser
import FoundationEssentials

/// Options for the number of cores.
struct JobOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images to read at once; what is written is the same for any. (default: one a core)",
      valueName: "count"))
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs is 1 to 1024.") }
  }

  var count: Int { jobs ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
