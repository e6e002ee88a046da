import Export
import Foundation
import Inference
import Testing

/// The figures of INFERENCE.md, which are exact, are those of the compiler that it names.
@Suite struct DocumentedCostsTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let model: String
    let kernels: String
    /// Instructions, bytes of RAM and of stack.
    let costs: [Int]
    var testDescription: String { "\(model), \(kernels)" }
  }

  private static let document =
    (try? String(
      contentsOf: Repository.url.appending(path: "firmware-proto/INFERENCE.md"), encoding: .utf8))
    ?? ""

  /// Rows of the table of costs, except those of CMSIS-NN, whose sources aren't here.
  static let rows: [Row] = {
    var model = ""
    return document.split(separator: "\n").compactMap { line -> Row? in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard cells.count == 8 else { return nil }
      let numbers = [cells[3], cells[5], cells[6]].compactMap {
        Int($0.replacing(",", with: ""))
      }
      guard numbers.count == 3 else { return nil }
      if !cells[1].isEmpty { model = cells[1] }
      return cells[2] == "CMSIS-NN" ? nil : Row(model: model, kernels: cells[2], costs: numbers)
    }
  }()

  /// The compiler that the document names, if it is this one.
  static let isCompiler: Bool = {
    guard Tool.hasBoard, let gcc = Tool.path("arm-none-eabi-gcc"),
      let version = try? Tool.run(gcc, ["-dumpfullversion"]).output,
      let named = document.firstMatch(of: /arm-none-eabi-gcc (\d+\.\d+)/)
    else { return false }
    return version.hasPrefix(named.1 + ".")
  }()

  @Test func theTableIsThere() {
    #expect(Self.rows.map(\.testDescription).count == 12)
  }

  @Test(
    .enabled(if: isCompiler, "the compiler that INFERENCE.md names, or QEMU, is missing"),
    arguments: rows)
  func costs(row: Row) throws {
    let folder = try Folder()
    let firmware = try FirmwareModel(Repository.model(row.model), symbol: "net")
    let header = try folder.write(firmware.sources().header, "net.h")
    let (status, output) = try Tool.run(
      script: "run", header: header, symbol: "net",
      flags: row.kernels == "DSP" ? "" : "-DSCRIBE_NET_PORTABLE")
    #expect(status == 0, "\(output)")
    let found = ["instructions", "stack"].map { name in
      output.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        .flatMap { Int($0.dropFirst(name.count + 1)) }
    }
    let memory = 4 * firmware.arenaWords + firmware.patchBytes
    #expect([found[0], memory, found[1]] == row.costs, "correct the row in INFERENCE.md")
  }
}
