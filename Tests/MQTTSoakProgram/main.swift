import Foundation
import Glibc
import MQTTTestSupport

/// `mqtt-soak reports [HOURS [OUTAGES]]`, `mqtt-soak outage [SECONDS]`,
/// `mqtt-soak service PICTURES... IMAGES`.
let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.compactMap { Int($0) }.filter { (1...10_000_000).contains($0) }
let failures: [String]
switch arguments.first {
case "reports" where numbers.count == arguments.count - 1 && numbers.count <= 2:
  let soak = try await PublisherSoak.run(
    hours: Double(numbers.first ?? 24), outages: numbers.count > 1 ? numbers[1] : 12)
  print(soak)
  failures = soak.failures
case "outage" where numbers.count == arguments.count - 1 && numbers.count <= 1:
  let outage = try await Outage.run(seconds: numbers.first ?? 60)
  print(outage)
  failures = outage.failures
case "service" where arguments.count >= 3 && numbers.count == 1:
  let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  let scribe = URL(filePath: own).deletingLastPathComponent().appending(path: "scribe").path
  let soak = try await ServiceSoak.run(
    scribe: scribe, pictures: Array(arguments[1..<arguments.count - 1]), images: numbers[0])
  print(soak)
  failures = soak.failures
default:
  FileHandle.standardError.write(
    Data(
      """
      usage: mqtt-soak reports [HOURS [OUTAGES]]
             mqtt-soak outage [SECONDS]
             mqtt-soak service PICTURE... IMAGES

      """.utf8))
  exit(64)
}
exit(failures.isEmpty ? 0 : 1)
