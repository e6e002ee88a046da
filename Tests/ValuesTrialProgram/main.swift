import Foundation
import Glibc
import Gray
import Images
import Values
import ValuesTrial

/// The images of folders, and how many there are.
func photographs(in folders: [String]) -> [GrayImage] {
  folders.flatMap { folder -> [GrayImage] in
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().compactMap { name in
      guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)"),
        let image = try? CapturedImage(file: [UInt8](bytes)),
        let gray = try? DecodedImage(image).gray, gray.width >= 160, gray.height >= 120
      else { return nil }
      return gray
    }
  }
}

func follow(_ folders: [String]) {
  let pictures = photographs(in: folders)
  guard pictures.count > 1 else {
    FileHandle.standardError.write(Data("no pictures of 160x120 or more\n".utf8))
    exit(66)
  }
  var trial = FollowTrial()
  print("\(pictures.count) photographs, each moved, lit and made noisy 10 times")
  print("| pairs | n | movement told | error, median | 95 % below | greatest |")
  print("|---|---|---|---|---|---|")
  for change in FollowTrial.Change.allCases {
    let outcome = trial.run(on: pictures, change, times: 10)
    func pixels(_ value: Double) -> String { String(format: "%.2f px", value) }
    let errors =
      outcome.told == 0
      ? "| | | |"
      : "| \(pixels(outcome.error(of: 0.5))) | \(pixels(outcome.error(of: 0.95))) "
        + "| \(pixels(outcome.error(of: 1))) |"
    print("| \(change.rawValue) | \(outcome.pairs) | \(outcome.told) \(errors)")
  }
  let times = trial.times(on: pictures[0], count: 200).sorted()
  print(String(format: "a picture of 320 columns: %.2f ms, median of 200", times[100]))
}

func day(_ numbers: [Double]) throws {
  let day = MeterDay(
    hours: numbers.first ?? 24, interval: numbers.count > 1 ? numbers[1] : 10,
    seed: numbers.count > 2 ? UInt64(numbers[2]) : 1)
  let isLive = isatty(STDERR_FILENO) == 1
  let rows = try day.run(models: URL(filePath: "models")) { share in
    if isLive { FileHandle.standardError.write(Data("\r\(Int(share * 100)) % ".utf8)) }
  }
  if isLive { FileHandle.standardError.write(Data("\r".utf8)) }
  print("\(day.hours) hours, an image each \(day.interval) s, seed \(day.seed)")
  print("| | images | right and good | marked (of them right) | wrong and good |")
  print("|---|---|---|---|---|")
  for (way, outcome) in rows {
    let right = outcome.marked.values.reduce(0) { $0 + $1.right }
    print(
      "| \(way.rawValue) | \(outcome.images) | \(outcome.rightAndGood) "
        + "| \(outcome.markedImages) (\(right)) | \(outcome.wrongAndGood) |")
  }
  for (way, outcome) in rows {
    let reasons = FieldValue.Reason.allCases.compactMap { reason in
      outcome.marked[reason].map { "\(reason.rawValue) \($0.all) (\($0.right))" }
    }
    print("\(way.rawValue): \(reasons.joined(separator: ", "))")
    if outcome.losses > 0 { print("  good values given up: \(outcome.losses)") }
    for line in outcome.wrong.prefix(5) { print("  wrong and good: \(line)") }
  }
  exit(rows[0].outcome.wrongAndGood == 0 ? 0 : 1)
}

let arguments = Array(CommandLine.arguments.dropFirst())
let numbers = arguments.dropFirst().map { Double($0) ?? -1 }
switch arguments.first {
case "day" where numbers.count <= 3 && numbers.allSatisfy { $0 > 0 && $0 < 1e6 }:
  try day(numbers)
case "picture" where arguments.count == 2:
  let png = try MeterDay().picture(at: 0.1).encodedAsPNG()
  try Data(png).write(to: URL(filePath: arguments[1]))
case "follow" where arguments.count > 1: follow(Array(arguments.dropFirst()))
default:
  FileHandle.standardError.write(
    Data(
      "usage: values-trial day [HOURS [SECONDS [SEED]]] | follow FOLDER... | picture FILE\n".utf8))
  exit(64)
}
