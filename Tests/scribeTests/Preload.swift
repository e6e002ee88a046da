import Foundation
import Glibc
import PortTestSupport
import Testing

/// Libraries that replace parts of the system, for `LD_PRELOAD`.
enum Preload {
  static let compiler: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let paths: [String] = ["clang", "cc", "gcc"].flatMap { name in
      folders.map { "\($0)/\(name)" }
    }
    return paths.first { access($0, X_OK) == 0 }
  }()

  /// Compiles `Fixtures/NAME.c`.
  static func library(_ name: String, in scratch: Scratch) async throws -> String {
    let source = try #require(
      Bundle.module.path(forResource: name, ofType: "c", inDirectory: "Fixtures"))
    let library = scratch.path("\(name).so")
    let process = try ChildProcess(
      try #require(compiler), ["-shared", "-fPIC", "-o", library, source, "-ldl"])
    _ = await waits { !process.isRunning }
    try #require(process.ending == 0)
    return library
  }
}
