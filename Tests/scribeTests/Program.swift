import Foundation
import Synchronization
import Testing

/// The program under test, as a user runs it.
enum Program {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  static let images = root.appending(path: "Tests/Fixtures/board-images")

  /// The executable that was built with these tests: it lies beside them.
  static let executable: URL = {
    var folder = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    for argument in CommandLine.arguments where argument.hasSuffix(".xctest") {
      folder = URL(filePath: argument).resolvingSymlinksInPath()
    }
    return folder.deletingLastPathComponent().appending(path: "scribe")
  }()

  struct Result {
    var status: Int32
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// Runs `scribe` to its end, or ends it after `seconds`.
  static func run(_ arguments: [String], seconds: Double = 60) throws -> Result {
    try start(arguments).finish(seconds: seconds)
  }

  static func start(_ arguments: [String]) throws -> Running {
    try Running(arguments)
  }
}

/// A program that runs beside the test.
final class Running: Sendable {
  private let process: Process
  private let output = Collector()
  private let errors = Collector()

  fileprivate init(_ arguments: [String]) throws {
    process = Process()
    process.executableURL = Program.executable
    process.arguments = arguments
    process.currentDirectoryURL = Program.root
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output.pipe
    process.standardError = errors.pipe
    try process.run()
  }

  func interrupt() { process.interrupt() }

  func finish(seconds: Double = 60) -> Program.Result {
    let limit = Date(timeIntervalSinceNow: seconds)
    while process.isRunning, Date() < limit { usleep(5_000) }
    if process.isRunning {
      Issue.record("still running after \(seconds) s: \(process.arguments ?? [])")
      process.terminate()
    }
    process.waitUntilExit()
    return Program.Result(
      status: process.terminationStatus, output: output.text(), errors: errors.text())
  }
}

/// Drains a pipe on a thread of its own, so that a talkative program is not held up.
private final class Collector: Sendable {
  let pipe = Pipe()
  private let bytes = Mutex(Data())
  private let done = DispatchSemaphore(value: 0)

  init() {
    let handle = pipe.fileHandleForReading
    Thread.detachNewThread { [self] in
      while let chunk = try? handle.read(upToCount: 1 << 16), !chunk.isEmpty {
        bytes.withLock { $0.append(chunk) }
      }
      done.signal()
    }
  }

  func text() -> String {
    // A grandchild could hold the pipe open; what is there by then will do.
    _ = done.wait(timeout: .now() + 5)
    return bytes.withLock { String(decoding: $0, as: UTF8.self) }
  }
}

/// A folder that goes with the test.
final class Scratch: Sendable {
  let url = URL.temporaryDirectory.appending(path: "scribe-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Waits until `name` exists.
  func waitFor(_ name: String, seconds: Double = 20) {
    let limit = Date(timeIntervalSinceNow: seconds)
    while !FileManager.default.fileExists(atPath: path(name)) {
      guard Date() < limit else {
        Issue.record("\(name) did not appear within \(seconds) s")
        return
      }
      usleep(5_000)
    }
  }
}

/// The parts of a line of JSON that tests look at.
struct JSONReading: Decodable, Equatable {
  struct Box: Decodable, Equatable {
    let x: Int
    let y: Int
    let width: Int
    let height: Int
  }
  struct Character: Decodable, Equatable {
    let text: String
    let confidence: Double
    let box: Box
  }
  struct Line: Decodable, Equatable {
    let text: String
    let confidence: Double
    let box: Box
    let characters: [Character]
  }

  let width: Int
  let height: Int
  let text: String
  let lines: [Line]

  static func all(in output: String) throws -> [JSONReading] {
    try output.split(separator: "\n").map {
      try JSONDecoder().decode(JSONReading.self, from: Data($0.utf8))
    }
  }
}
