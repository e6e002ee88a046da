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
      data = try boundedContents(of: file)
    } catch {
      throw .unreadable(path: file.path)
    }
    let truths: [String: Truth]
    do {
      truths = try JSONDecoder().decode([String: Truth].self, from: data)
    } catch {
      throw .malformed(path: file.path)
    }
    // A folder of someone else's must not have other files read, and shown on the page.
    for name in truths.keys.sorted() where name.split(separator: "/").contains("..") {
      throw .outside(path: file.path, name: name)
    }
    return truths
  }
}

/// Why a folder can't be evaluated.
public enum TruthError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String)
  case malformed(path: String)
  case outside(path: String, name: String)
  case unreadablePredictions(path: String)
  case malformedPredictions(path: String)

  public var description: String {
    switch self {
    case .unreadable(let path):
      "can't read \(path): a folder to evaluate needs a truth.json beside its images"
    case .malformed(let path):
      "\(path) is not an object of image names to {\"text\": ..., \"tier\": ...}"
    case .outside(let path, let name):
      "\(path) names \(name.debugDescription), which is outside of its folder"
    case .unreadablePredictions(let path): "can't read \(path)"
    case .malformedPredictions(let path): "\(path) is not an object of image names to texts"
    }
  }
}

/// What an image's own file tells of it, beside what `truth.json` does.
public struct ImageDetails: Sendable, Equatable, Decodable {
  /// Height of its capitals in pixels.
  public var capitalHeight: Double?

  private enum CodingKeys: String, CodingKey {
    case capitalHeight = "cap_px"
  }

  /// Reads the JSON that is named as the image is, but for its ending.
  ///
  /// - Returns: no details where there is no such file, or one of something else.
  public static func load(image: URL) -> ImageDetails {
    let file = image.deletingPathExtension().appendingPathExtension("json")
    let details = (try? boundedContents(of: file)).flatMap {
      try? JSONDecoder().decode(ImageDetails.self, from: $0)
    }
    return details ?? ImageDetails()
  }
}

/// What another program read in the images of a folder.
public enum Predictions {
  /// Reads an object of image names to texts, lines parted by newlines.
  ///
  /// - Throws: `TruthError` naming the file.
  public static func load(file: URL) throws(TruthError) -> [String: String] {
    let data: Data
    do {
      data = try boundedContents(of: file)
    } catch {
      throw .unreadablePredictions(path: file.path)
    }
    do {
      return try JSONDecoder().decode([String: String].self, from: data)
    } catch {
      throw .malformedPredictions(path: file.path)
    }
  }
}

/// All of a file, but no more than 256 MiB: what is cut is no JSON.
private func boundedContents(of file: URL) throws -> Data {
  try FileHandle(forReadingFrom: file).read(upToCount: 1 << 28) ?? Data()
}
