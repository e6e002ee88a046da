import Foundation
import Glibc
import Gray
import Images
import PortTestSupport
import Testing

/// The board's program (`firmware-proto/board`), from reset to the last packet, in QEMU as an
/// STM32F405 that photographs files; read over a socket, as a network bridge would be.
@Suite(
  "Boards in QEMU", .serialized, .startsPrograms,
  .enabled(if: EmulatedBoard.isPossible, "arm-none-eabi-gcc or qemu-system-arm is missing"))
struct EmulatedBoardTests {
  private func recognize(_ images: [String]) async throws -> [JSONReading] {
    let result = try await ScribeProcess.run(["recognize", "--json"] + images)
    #expect(result.status == 0, "\(result.errors)")
    return try JSONReading.all(in: result.output)
  }

  @Test func whatItSendsIsRead() async throws {
    let scratch = try Scratch()
    let names = ["clean_000", "typical_000", "clean_007"]
    let images = try names.map { try scratch.pgm(of: $0) }
    let board = try await EmulatedBoard(scratch, images)
    let live = try await ScribeProcess.run(
      ["live", "--port", board.address, "--json", "--no-reconnect", "--rate", "1"])
    #expect(await board.exitCode() == 0, "\(board.output)")
    #expect(live.status == 0, "\(live.errors)")
    // No pixel changes on the way: text, boxes and confidences are those of the files.
    #expect(
      try JSONReading.all(in: live.output)
        == (try await recognize(names.map { BoardImages.path("\($0).png") })))
    #expect(live.errors.contains("board STM32F405"))
    #expect(!live.errors.contains("damaged"))
    #expect(try board.stackIsWithinItsBound(live.errors))
  }

  /// The board turns gray into bits once it is asked to.
  @Test func bitsAreSentAndRead() async throws {
    let scratch = try Scratch()
    let names = ["clean_000", "clean_000", "clean_007"]
    let board = try await EmulatedBoard(scratch, try names.map { try scratch.pgm(of: $0) })
    let live = try await ScribeProcess.run(
      [
        "live", "--port", board.address, "--json", "--no-reconnect", "--format", "bilevel",
        "--rate", "1",
      ])
    #expect(await board.exitCode() == 0, "\(board.output)")
    #expect(live.errors.contains("the board agrees: format bilevel"), "\(live.errors)")
    #expect(live.errors.contains("320x240 bilevel"))
    #expect(!live.errors.contains("damaged"))
    #expect(
      try JSONReading.all(in: live.output).map(\.text)
        == ["brown\neight\nFLOOR", "brown\neight\nFLOOR", "MODEL"])
    #expect(try board.stackIsWithinItsBound(live.errors))
  }

  /// The board reads and sends text alone; the host's build of the same C code reads the same.
  @Test func whatItReadsIsTold() async throws {
    let scratch = try Scratch()
    for model in ["finder", "aligner", "line-quick"] {
      let file = model.replacingOccurrences(of: "-", with: "_") + ".h"
      try await export(model, to: scratch.path(file))
    }
    let readings = try await read(
      scratch, board: ["--networks", scratch.folder.path], host: "quick")
    #expect(readings.first?.text == "brown\neight\nFLOOR")
  }

  @Test func whatItReadsCharacterByCharacterIsTold() async throws {
    let scratch = try Scratch()
    let header = scratch.path("glyph.h")
    try await export("glyph", to: header)
    let readings = try await read(scratch, board: ["--model", header], host: "board")
    #expect(readings.prefix(2).map(\.text) == ["brown\neight\nFLOOR", "REV A5"])
  }

  private func export(_ model: String, to header: String) async throws {
    let export = try await ScribeProcess.run(
      ["export-firmware", "--model", model, "-o", header, "--board", "STM32F405RG"])
    #expect(export.status == 0, "\(export.errors)")
  }

  /// What the board reads, which is what the host reads with `reader`.
  private func read(
    _ scratch: Scratch, board options: [String], host reader: String
  ) async throws -> [JSONReading] {
    let names = ["clean_000", "clean_016", "typical_000"]
    let board = try await EmulatedBoard(
      scratch, try names.map { try scratch.pgm(of: $0) }, options: options)
    let live = try await ScribeProcess.run(
      ["live", "--port", board.address, "--json", "--no-reconnect"])
    #expect(await board.exitCode() == 0, "\(board.output)")
    let readings = try JSONReading.all(in: live.output)
    let host = try await ScribeProcess.run(
      ["recognize", "--json", "--reader", reader] + names.map { BoardImages.path("\($0).png") })
    #expect(host.status == 0, "\(host.errors)")
    let same = try JSONReading.all(in: host.output)
    #expect(readings.map(\.lines) == same.map(\.lines), "\(live.errors)")
    #expect(readings.map(\.text) == same.map(\.text))
    #expect(readings.map(\.width) == same.map(\.width))
    #expect(live.errors.contains("reads by itself"))
    #expect(try board.stackIsWithinItsBound(live.errors))
    return readings
  }

  @Test func itsCameraFailsInWords() async throws {
    let scratch = try Scratch()
    let jpeg = try #require(
      Bundle.module.path(forResource: "clean_000", ofType: "jpg", inDirectory: "Fixtures"))
    let cut = scratch.path("cut.jpg")
    try Data(contentsOf: URL(filePath: jpeg)).dropLast(2).write(to: URL(filePath: cut))
    let huge = scratch.path("huge.pgm")
    try Data("P5 640 480 255\n".utf8 + [UInt8](repeating: 0, count: 307_200))
      .write(to: URL(filePath: huge))
    let board = try await EmulatedBoard(scratch, [cut, huge, jpeg])
    let live = try await ScribeProcess.run(
      ["live", "--port", board.address, "--json", "--no-reconnect"])
    #expect(await board.exitCode() == 0, "\(board.output)")
    #expect(live.errors.contains("sent a damaged image"))
    #expect(live.errors.contains("too large for the buffer, bytes 307215"))
    // And the next image is read as well as before.
    let readings = try JSONReading.all(in: live.output)
    #expect(readings.map(\.text) == (try await recognize([jpeg]).map(\.text)))
    #expect(readings.first?.text.isEmpty == false)
  }

  /// The example for Arduino, with a file as its Serial.
  @Test(.enabled(if: Program.isInstalled("g++"), "g++ is not installed"))
  func theTestCardIsRead() async throws {
    let scratch = try Scratch()
    let script = BoardImages.repository.appending(path: "scripts/firmware/sketch")
    let card = scratch.path("card")
    try Data().write(to: URL(filePath: card))
    let output = try FileHandle(forWritingTo: URL(filePath: card))
    let process = try withExtendedLifetime(output) {
      try ChildProcess(script.path, ["TestCard", "3"], output: output.fileDescriptor)
    }
    _ = await waits { !process.isRunning }
    try #require(process.ending == 0)
    let live = try await ScribeProcess.run(
      ["live", "--port", card, "--json", "--alphabet", "digits"])
    #expect(live.status == 0, "\(live.errors)")
    #expect(try JSONReading.all(in: live.output).map(\.text) == ["47110", "47111", "47112"])
  }
}

/// `scripts/firmware/board-in-qemu`, waiting for a reader.
final class EmulatedBoard {
  let address: String
  private let process: ChildProcess
  private let log: URL

  static let isPossible = ["arm-none-eabi-gcc", "qemu-system-arm", "make"].allSatisfy { tool in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
    }
  }

  /// Builds the program and returns once its port listens.
  init(_ scratch: Scratch, _ images: [String], options: [String] = []) async throws {
    let address = "unix:\(scratch.path("board"))"
    self.address = address
    log = scratch.folder.appending(path: "log")
    try Data().write(to: log)
    let output = try FileHandle(forWritingTo: log)
    let board = scratch.path("board")
    let process = try withExtendedLifetime(output) {
      try ChildProcess(
        BoardImages.repository.appending(path: "scripts/firmware/board-in-qemu").path,
        options + [address] + images,
        // So slow that live skips no image.
        environment: ["BUILD": scratch.path("build"), "PACE": "30000", "LIMIT": "3600"],
        output: output.fileDescriptor, errors: output.fileDescriptor)
    }
    self.process = process
    _ = await waits { !process.isRunning || FileManager.default.fileExists(atPath: board) }
    if !process.isRunning { Issue.record("\(self.output)") }
  }

  /// SIGTERM comes first: the script then also ends the programs that it started.
  deinit { process.signal(SIGTERM) }

  var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Whether the deepest stack, as the board reports it in `console`, is within the bound of the
  /// compiler's call graph.
  func stackIsWithinItsBound(_ console: String) throws -> Bool {
    let bound = try #require(output.firstMatch(of: /stack at most (\d+)/).flatMap { Int($0.1) })
    let used = try #require(console.firstMatch(of: /stack used (\d+)/).flatMap { Int($0.1) })
    return (300...bound).contains(used)
  }

  func exitCode() async -> Int32? {
    _ = await waits { !process.isRunning }
    return process.ending
  }
}

extension Scratch {
  /// An image of the fixtures as the file that the board's camera takes.
  func pgm(of name: String) throws -> String {
    let file = URL(filePath: BoardImages.path("\(name).png"))
    let gray = try GrayImage(CapturedImage(file: [UInt8](Data(contentsOf: file))))
    let path = path("\(name).pgm")
    try Data("P5 \(gray.width) \(gray.height) 255\n".utf8 + gray.pixels)
      .write(to: URL(filePath: path))
    return path
  }
}
