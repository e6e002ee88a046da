import Foundation
import Glibc
import Gray
import Images
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

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "follow" where arguments.count > 1: follow(Array(arguments.dropFirst()))
default:
  FileHandle.standardError.write(
    Data("usage: values-trial follow FOLDER...\n".utf8))
  exit(64)
}
