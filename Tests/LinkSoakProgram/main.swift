import Foundation
import Glibc
import LinkSoak

/// `link-soak [HOURS [HANG-UPS [SEED]]]`: 24 hours with 500 hang-ups, unless told otherwise.
let numbers = CommandLine.arguments.dropFirst().map { Double($0) ?? -1 }
guard numbers.count <= 3, numbers.allSatisfy({ $0 > 0 && $0 < 1e6 }) else {
  FileHandle.standardError.write(Data("usage: link-soak [HOURS [HANG-UPS [SEED]]]\n".utf8))
  exit(64)
}
let plan = SoakPlan(
  hours: numbers.first ?? 24, hangUps: numbers.count > 1 ? Int(numbers[1]) : 500,
  seed: numbers.count > 2 ? UInt64(numbers[2]) : 1)
let isLive = isatty(STDERR_FILENO) == 1
let report = try await Soak.run(plan) { share in
  if isLive { FileHandle.standardError.write(Data("\r\(Int(share * 100)) % ".utf8)) }
}
if isLive { FileHandle.standardError.write(Data("\r".utf8)) }
print(report)
exit(report.failures.isEmpty ? 0 : 1)
