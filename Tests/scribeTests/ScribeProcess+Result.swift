import Foundation
import Glibc
import PortTestSupport
import Testing

/// The labelled images that tests read.
enum BoardImages {
  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let folder = repository.appending(path: "Tests/Fixtures/board-images")

  static func path(_ name: String) -> String { folder.appending(path: name).path }
}

extension ScribeProcess {
  /// The result of a program that has ended.
  struct Result {
    /// nil where it had to be killed.
    var status: Int32?
    var output: String
    var errors: String

    var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  /// Starts a simulated board and waits for its link, `name`. The board waits for its reader as
  /// long as a test would.
  static func board(
    _ scratch: Scratch, _ options: [String], name: String = "board"
  ) async throws -> ScribeProcess {
    let board = try ScribeProcess(
      ["simulate", "--link", scratch.path(name), "--patience", "180"] + options)
    _ = await board.waits {
      !$0.isRunning || FileManager.default.fileExists(atPath: scratch.path(name))
    }
    try #require(board.isRunning, "the board ended: \(board.errors)")
    return board
  }

  /// Runs the program to its end.
  static func run(_ arguments: [String]) async throws -> Result {
    try await ScribeProcess(arguments).result()
  }

  func result() async -> Result {
    let status = await exitCode()
    return Result(status: status, output: output, errors: errors)
  }

  /// Sends Ctrl-C and waits for the end.
  func interrupted() async -> Result {
    signal(SIGINT)
    return await result()
  }
}

extension Scratch {
  /// Waits until `name` exists.
  func waits(for name: String) async {
    if await !PortTestSupport.waits(for: { FileManager.default.fileExists(atPath: path(name)) }) {
      Issue.record("\(name) did not appear")
    }
  }
}
