import Bytes
public import FoundationEssentials
public import Images

/// The text to be read in an image of a labelled folder.
public struct Truth: Sendable, Equatable, Codable {
  /// Lines separated by newlines; empty for an image without text.
  public var text: String
  /// The group that the image is reported in.
  public var tier: String?
  /// The place of the text, if it is known: left, top, right and bottom edge in pixels.
  public var box: [Double]?
  /// The lines with their places, as corrections have them.
  public var lines: [Line]?

  /// A line of the text.
  public struct Line: Sendable, Equatable, Codable {
    public var text: String
    /// Left, top, width and height in pixels.
    public var box: [Double]?

    public init(text: String, box: [Double]? = nil) {
      self.text = text
      self.box = box
    }

    /// The place, if it is known and can be one.
    public var place: PixelBox? {
      guard let box, box.count == 4 else { return nil }
      return PixelBox([box[0], box[1], box[0] + box[2], box[1] + box[3]])
    }
  }

  public init(
    text: String, tier: String? = nil, box: [Double]? = nil, lines: [Line]? = nil
  ) {
    self.text = text
    self.tier = tier
    self.box = box
    self.lines = lines
  }

  /// Reads a folder's `truth.json`: an object of image names to
  /// `{"text", "tier", "box", "lines"}`, all but the first optional.
  ///
  /// - Throws: `TruthError` naming the file and the error.
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
    // A folder from someone else must not cause other files to be read and shown on the page.
    for name in truths.keys.sorted() where name.split(separator: "/").contains("..") {
      throw .outside(path: file.path, name: name)
    }
    return truths
  }
}

/// Reasons why a folder can't be evaluated.
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

/// The facts in an image's own file, beside those in `truth.json`.
public struct ImageDetails: Sendable, Equatable, Decodable {
  /// Height of the image's capitals in pixels.
  public var capitalHeight: Double?

  /// The image's lines, if the file has their characters.
  private var texts: [String]?
  private var characters: [Character]?

  private struct Character: Equatable, Decodable {
    var line: Int
    var box: [Double]
  }

  private enum CodingKeys: String, CodingKey {
    case capitalHeight = "cap_px"
    case texts = "lines"
    case characters = "chars"
  }

  /// The lines and the boxes that their characters cover.
  public var places: [TruthLine] {
    (texts ?? []).enumerated().compactMap { i, text in
      let boxes = (characters ?? []).filter { $0.line == i }.compactMap { PixelBox($0.box) }
      guard let first = boxes.first else { return nil }
      return TruthLine(text: text, box: boxes.dropFirst().reduce(first) { $0.union($1) })
    }
  }

  /// Reads the JSON file with the image's name but for the extension.
  ///
  /// - Returns: no details where there is no such file, or one with other content.
  public static func load(image: URL) -> ImageDetails {
    load(file: image.deletingPathExtension().appendingPathExtension("json"))
  }

  /// Reads a file of JSON.
  ///
  /// - Returns: no details where there is no such file, or where it holds something else.
  static func load(file: URL) -> ImageDetails {
    let details = (try? boundedContents(of: file)).flatMap {
      try? JSONDecoder().decode(ImageDetails.self, from: $0)
    }
    return details ?? ImageDetails()
  }
}

extension PixelBox {
  /// The box of four edges: left, top, right, bottom; nil where they are no box.
  public init?(_ edges: [Double]) {
    guard edges.count == 4, edges.allSatisfy({ abs($0) < 1e6 }), edges[0] < edges[2],
      edges[1] < edges[3]
    else { return nil }
    let (left, top) = (Int(edges[0].rounded(.down)), Int(edges[1].rounded(.down)))
    self.init(
      x: left, y: top, width: Int(edges[2].rounded(.up)) - left,
      height: Int(edges[3].rounded(.up)) - top)
  }
}

/// The texts that another program read in the images of a folder.
public enum Predictions {
  /// Reads an object of image names to texts, lines separated by newlines.
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

/// The contents of a file, but at most 256 MiB: a cut file is no valid JSON.
private func boundedContents(of file: URL) throws -> Data {
  Data(try OpenFile(file.path).content(atMost: 1 << 28))
}
