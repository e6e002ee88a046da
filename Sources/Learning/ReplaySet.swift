import Bytes
import FoundationEssentials
package import Gray
package import Lines

/// Lines of known print, replayed while something new is learned: what a network knew shall stay.
package struct ReplaySet: Sendable {
  /// A line and what it says.
  package struct Line: Sendable {
    package let kind: String
    package let text: String
    package let image: LineImage
    /// Columns of each character but spaces; empty where they aren't known.
    package let columns: [Range<Int>]
    /// Whether it tells what was forgotten, and isn't learned from.
    package let checks: Bool
  }

  /// Lines to learn from.
  package let replayed: [Line]
  /// Lines on which is measured what was forgotten.
  package let checked: [Line]

  private init(_ lines: [Line]) {
    replayed = lines.filter { !$0.checks }
    checked = lines.filter(\.checks)
  }

  private struct Entry: Decodable {
    var width: Int
    var text: String
    var edges: [[Int]]?
    var checks: Bool?

    /// Nil where edges are no columns.
    var columns: [Range<Int>]? {
      let columns = (edges ?? []).compactMap { pair in
        pair.count == 2 && pair[0] < pair[1] ? pair[0]..<pair[1] : nil
      }
      return columns.count == edges?.count ?? 0 ? columns : nil
    }
  }

  private static let mostBytes = 1 << 24

  /// Reads a folder: `replay.json` of kinds to lines' widths and texts, and a picture a kind that
  /// has its lines one below the other, which `decode` reads.
  ///
  /// - Throws: `LearningError.replay`.
  package init(
    folder: String, decode: (String) throws -> GrayImage
  ) throws(LearningError) {
    let file = folder + "/replay.json"
    func refuse(_ reason: String) -> LearningError { .replay(path: file, reason: reason) }
    let entries: [String: [Entry]]
    do {
      let content = try OpenFile(file).content(atMost: Self.mostBytes)
      entries = try JSONDecoder().decode([String: [Entry]].self, from: Data(content))
    } catch is DecodingError {
      throw refuse("not an object of kinds to lines")
    } catch {
      throw refuse("can't be read")
    }
    var lines: [Line] = []
    for (kind, rows) in entries.sorted(by: { $0.key < $1.key }) {
      guard !kind.contains("/"), !kind.hasPrefix(".") else { throw refuse("kind \(kind)") }
      let path = "\(folder)/\(kind).webp"
      let sheet: GrayImage
      do {
        sheet = try decode(path)
      } catch {
        throw .replay(path: path, reason: "\(error)")
      }
      guard sheet.height == rows.count * LineImage.height,
        rows.allSatisfy({
          $0.width > 0 && $0.width <= sheet.width && $0.width % LineImage.widthStep == 0
            && $0.columns != nil
        })
      else { throw .replay(path: path, reason: "not as large as replay.json says") }
      for (i, row) in rows.enumerated() {
        let coverage = (0..<LineImage.height).flatMap { y in
          let first = (i * LineImage.height + y) * sheet.width
          return sheet.pixels[first..<first + row.width]
        }
        lines.append(
          Line(
            kind: kind, text: row.text, image: LineImage(width: row.width, coverage: coverage),
            columns: row.columns ?? [], checks: row.checks ?? false))
      }
    }
    self.init(lines)
    guard !replayed.isEmpty, !checked.isEmpty else {
      throw refuse("it has no lines to replay, or none to check by")
    }
  }
}

extension LineImage {
  /// The line as a picture, dark on light.
  var picture: GrayImage {
    GrayImage(width: width, height: Self.height, pixels: coverage.map { 255 - $0 })
  }
}
