import Foundation
import Glibc

/// The program under test, run as its users run it.
final class ScribeProcess {
  private let process = Process()
  private let folder: URL

  /// Starts `scribe` with `arguments` and, beside ours, the variables of `environment`. What it
  /// writes is kept, but for what goes to a handle given here.
  init(
    _ arguments: [String], input: Data = Data(), environment: [String: String] = [:],
    standardOutput: FileHandle? = nil, standardError: FileHandle? = nil
  ) throws {
    folder = URL(filePath: NSTemporaryDirectory()).appending(path: "scribe-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["out", "err"] {
      try Data().write(to: folder.appending(path: name))
    }
    try input.write(to: folder.appending(path: "in"))
    process.executableURL = try Self.program()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: folder.appending(path: "in"))
    process.standardOutput =
      try standardOutput ?? FileHandle(forWritingTo: folder.appending(path: "out"))
    process.standardError =
      try standardError ?? FileHandle(forWritingTo: folder.appending(path: "err"))
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    try? FileManager.default.removeItem(at: folder)
  }

  /// The program is built beside the tests.
  private static func program() throws -> URL {
    let tests = URL(
      filePath: try FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/exe"))
    return tests.deletingLastPathComponent().appending(path: "scribe")
  }

  var processID: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var output: String { text("out") }
  var errors: String { text("err") }

  private func text(_ name: String) -> String {
    (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end, but no longer than any machine needs.
  ///
  /// - Returns: the exit code, minus the signal that ended it, or nil where it still runs.
  func exitCode() async -> Int32? {
    guard await waits(for: { !$0.isRunning }) else { return nil }
    return process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
  }

  func waits(for condition: (ScribeProcess) -> Bool) async -> Bool {
    for _ in 0..<6_000 {
      if condition(self) { return true }
      try? await Task.sleep(for: .milliseconds(5))
    }
    return condition(self)
  }
}

/// A path in a folder that goes away with the test.
final class Scratch {
  let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "scribe-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
