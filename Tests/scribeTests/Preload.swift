import Foundation
import Glibc
import Testing

/// Libraries that take the place of parts of the system, for `LD_PRELOAD`.
enum Preload {
  static let compiler: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let paths: [String] = ["clang", "cc", "gcc"].flatMap { name in
      folders.map { "\($0)/\(name)" }
    }
    return paths.first { access($0, X_OK) == 0 }
  }()

  /// Compiles `Fixtures/NAME.c`.
  static func library(_ name: String, in scratch: Scratch) throws -> String {
    let source = try #require(
      Bundle.module.path(forResource: name, ofType: "c", inDirectory: "Fixtures"))
    let library = scratch.path("\(name).so")
    let process = Process()
    process.executableURL = URL(filePath: try #require(compiler))
    process.arguments = ["-shared", "-fPIC", "-o", library, source, "-ldl"]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return library
  }
}
