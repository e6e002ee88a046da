public import Foundation

/// What is to be read in an image of a labelled folder.
public struct Truth: Sendable, Equatable, Codable {
  /// Lines parted by newlines; empty for an image without text.
  public var text: String
  /// The group that it is reported in.
  public var tier: String?

  public init(text: String, tier: String? = nil) {
    self.text = text
    self.tier = tier
  }

  /// Reads a folder's `truth.json`: an object of image names to `{"text", "tier"}`.
  ///
  /// - Throws: `TruthError` naming the file and what is wrong with it.
  public static func load(folder: URL) throws(TruthError) -> [String: Truth] {
    let file = folder.appending(path: "truth.json")
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw .unreadable(path: file.path)
    }
    do {
      return try JSONDecoder().decode([String: Truth].self, from: data)
    } catch {
      throw .malformed(path: file.path)
    }
  }
}

/// Why a folder can't be evaluated.
public enum TruthError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String)
  case malformed(path: String)

  public var description: String {
    switch self {
    case .unreadable(let path):
      "can't read \(path): a folder to evaluate needs a truth.json beside its images"
    case .malformed(let path):
      "\(path) is not an object of image names to {\"text\": ..., \"tier\": ...}"
    }
  }
}
