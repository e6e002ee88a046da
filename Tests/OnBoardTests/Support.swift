import Evaluation
import Foundation
import Gray
import Images
import Inference
import OnBoard

enum Repository {
  static let url = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func model(_ name: String) throws -> Model {
    try Model(directory: url.appending(path: "models/\(name)").path)
  }
}

/// Pictures of a camera, with their texts.
enum Fixtures {
  static let folder = Repository.url.appending(path: "Tests/Fixtures/board-images")

  static func gray(_ name: String) throws -> GrayImage {
    try GrayImage(
      CapturedImage(file: [UInt8](Data(contentsOf: folder.appending(path: name)))))
  }

  static func names(_ tier: String) throws -> [(name: String, text: String)] {
    try Truth.load(folder: folder).filter { $0.value.tier == tier }
      .map { ($0.key, $0.value.text) }.sorted { $0.0 < $1.0 }
  }
}

extension BoardText {
  /// Lines separated by newlines.
  var text: String {
    lines.map { line in
      line.characters.enumerated().map { i, character in
        (i > 0 && character.hasSpaceBefore ? " " : "")
          + String(character.scalar)
      }.joined()
    }.joined(separator: "\n")
  }
}
