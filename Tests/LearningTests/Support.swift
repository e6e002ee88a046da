import Foundation
import Gray
import Images
import Inference
import Learning
import LearningTestSupport
import Lines
import OnBoard
import Text

enum Repository {
  static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func path(_ name: String) -> String { url.appending(path: "models/\(name)").path }

  static func folder(_ name: String) throws -> ModelFolder {
    try ModelFolder(directory: path(name))
  }

  static func model(_ name: String) throws -> Model { try Model(directory: path(name)) }

  static func replay() throws -> ReplaySet {
    try ReplaySet(folder: path("replay")) { path in
      try GrayImage(CapturedImage(file: [UInt8](Data(contentsOf: URL(filePath: path)))))
    }
  }

  static func lessons() throws -> LineLessons {
    LineLessons(
      reader: try TextReader(
        TextReader.Models(
          line: model("line"), quick: model("line-quick"), finder: model("finder"),
          aligner: model("aligner"))))
  }
}

extension StrangeDisplay {
  /// Corrected pictures of numbers.
  static func corrections(
    _ numbers: [String], isStrange: Bool = true, saying: (String) -> String = { $0 }
  ) throws -> [Correction] {
    try numbers.enumerated().map { i, number in
      Correction(
        name: "\(i).png", picture: try picture(number, isStrange: isStrange),
        lines: [Correction.Line(text: saying(number))])
    }
  }
}
