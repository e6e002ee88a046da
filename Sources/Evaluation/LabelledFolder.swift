public import FoundationEssentials
import Synchronization

/// A folder of images and the names that `truth.json` has for them.
///
/// Systems write an é as one character or as an e and an accent. A name means the file of that very
/// name, or else the one with the same letters.
public final class LabelledFolder: Sendable {
  public let url: URL
  /// The names in folders that were looked through: equal names are one key, however they are
  /// written.
  private let known = Mutex<[String: [String: String]]>([:])

  public init(_ url: URL) { self.url = url }

  /// The file that `name` stands for, which may contain folders; the name as written where there is
  /// no such file.
  public func file(_ name: String) -> URL {
    var place = url
    for part in name.split(separator: "/") {
      let exact = place.appending(path: String(part))
      if FileManager.default.fileExists(atPath: exact.path) {
        place = exact
      } else {
        place.append(path: names(in: place)[String(part)] ?? String(part))
      }
    }
    return place
  }

  /// The facts that the JSON beside an image tells of it.
  public func details(of name: String) -> ImageDetails {
    let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    let end = name[start...].lastIndex(of: ".") ?? name.endIndex
    return ImageDetails.load(file: file(name[..<end] + ".json"))
  }

  private func names(in folder: URL) -> [String: String] {
    known.withLock { known in
      if let names = known[folder.path] { return names }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      let table = Dictionary(names.map { ($0, $0) }) { first, _ in first }
      known[folder.path] = table
      return table
    }
  }
}
