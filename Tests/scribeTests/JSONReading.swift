import Foundation

/// The parts of a line of JSON that tests look at.
struct JSONReading: Decodable, Equatable {
  struct Box: Decodable, Equatable {
    let x: Int
    let y: Int
    let width: Int
    let height: Int
  }
  struct Character: Decodable, Equatable {
    let text: String
    let confidence: Double
    let box: Box
  }
  struct Line: Decodable, Equatable {
    let text: String
    let confidence: Double
    let box: Box
    let characters: [Character]
    let pattern: Bool?
  }
  struct Stable: Decodable, Equatable {
    let text: String
    let since: Int?
  }

  let width: Int
  let height: Int
  let text: String
  let lines: [Line]
  let stable: Stable?
  /// The camera's mount, where it is not upright.
  let mount: String?
  /// `board` where the board read the image by itself.
  let reader: String?

  static func all(in output: String) throws -> [JSONReading] {
    try output.split(separator: "\n").map {
      try JSONDecoder().decode(JSONReading.self, from: Data($0.utf8))
    }
  }
}
