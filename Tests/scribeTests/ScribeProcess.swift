import Foundation
import Glibc
import PortTestSupport

/// The program under test, run as its users run it.
final class ScribeProcess {
  private let process: ChildProcess
  private let folder: URL

  /// Starts `scribe` with `arguments` and, beside those of this process, the variables of
  /// `environment`, in this process's folder or another. Its output is kept, unless a handle is
  /// given for it.
  init(
    _ arguments: [String], input: Data = Data(), environment: [String: String] = [:],
    workingFolder: String? = nil, standardOutput: FileHandle? = nil,
    standardError: FileHandle? = nil
  ) throws {
    folder = URL(filePath: NSTemporaryDirectory()).appending(path: "scribe-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["out", "err"] {
      try Data().write(to: folder.appending(path: name))
    }
    try input.write(to: folder.appending(path: "in"))
    let standardInput = try FileHandle(forReadingFrom: folder.appending(path: "in"))
    let output = try standardOutput ?? FileHandle(forWritingTo: folder.appending(path: "out"))
    let errors = try standardError ?? FileHandle(forWritingTo: folder.appending(path: "err"))
    process = try withExtendedLifetime((standardInput, output, errors)) {
      try ChildProcess(
        Self.program().path, arguments, environment: environment, folder: workingFolder,
        input: standardInput.fileDescriptor, output: output.fileDescriptor,
        errors: errors.fileDescriptor)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The program is built beside the tests.
  static func program() throws -> URL {
    let tests = URL(
      filePath: try FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/exe"))
    return tests.deletingLastPathComponent().appending(path: "scribe")
  }

  var processID: Int32 { process.processID }
  var isRunning: Bool { process.isRunning }
  var output: String { text("out") }
  var errors: String { text("err") }
  /// The output's whole lines: of the next, a program that runs may have written a part.
  var wholeLines: String {
    let output = output
    return output.lastIndex(of: "\n").map { String(output[...$0]) } ?? ""
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
  }

  func signal(_ number: Int32) { process.signal(number) }

  /// Waits for the end, but no longer than any machine needs.
  ///
  /// - Returns: the exit code, minus the signal that ended it, or nil where it still runs.
  func exitCode() async -> Int32? {
    _ = await waits { !$0.isRunning }
    return process.ending
  }

  func waits(for condition: (ScribeProcess) -> Bool) async -> Bool {
    await PortTestSupport.waits { condition(self) }
  }
}

/// A path in a folder that is deleted with the test.
final class Scratch {
  let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "scribe-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
