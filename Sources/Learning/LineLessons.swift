import Evaluation
import Gray
package import Images
import Inference
package import Lines
package import Text

/// A true line as networks see it.
package struct TaughtLine: Sendable {
  /// The number of its picture.
  package let picture: Int
  package let text: String
  /// As it is read, then as other finders and cameras might have it.
  package let views: [LineImage]
  /// Its characters where they were found, but for spaces; those that weren't read are left out.
  package let characters: [Character]

  /// A true character and its place in the picture that was read.
  package struct Character: Sendable {
    package let text: String
    package let box: PixelBox
  }
}

/// Finds the lines of corrected pictures, and draws them.
package struct LineLessons {
  private var reader: TextReader

  /// Share of a true line's box that a read line has to cover.
  private static let leastCovered = 0.3
  /// Edits, as a share of the longer text, up to which a read line is taken for a true one.
  private static let mostEdits = 0.75
  /// A capital's share of a box around a line.
  private static let capitalShare = 0.9

  /// - Parameter reader: finds lines and puts them on their text; it shall keep all that looks like
  ///   a line, since what is to be learned may not yet look like print.
  package init(reader: TextReader) {
    self.reader = reader
    self.reader.keepsAll = true
  }

  /// The lines of a picture, and those that weren't found.
  package mutating func lines(
    of correction: Correction, number: Int
  ) -> (lines: [TaughtLine], doubts: [Doubt]) {
    let (read, drawing) = reader.placedLines(in: correction.picture)
    let matches = Self.matches(correction.lines, read)
    var places = matches.map { $0.map { read[$0].place } }
    var scratch = LineScratch()
    for (i, line) in correction.lines.enumerated() where places[i] == nil {
      guard let box = line.box else { continue }
      places[i] = place(in: box, of: correction.picture, drawing, &scratch)
    }
    var lines: [TaughtLine] = []
    var doubts: [Doubt] = []
    for (i, line) in correction.lines.enumerated() {
      guard let place = places[i] else {
        doubts.append(.notFound(picture: correction.name, text: line.text))
        continue
      }
      let views = place.views.map { drawing.draw($0, scratch: &scratch).image }
      lines.append(
        TaughtLine(
          picture: number, text: line.text, views: views,
          characters: matches[i].map { Self.characters(of: line.text, in: read[$0].line) } ?? []))
    }
    return (lines, doubts)
  }

  /// For each true line the number of the line that was read there.
  static func matches(_ lines: [Correction.Line], _ read: [TextReader.PlacedLine]) -> [Int?] {
    var result = [Int?](repeating: nil, count: lines.count)
    var left = Set(read.indices)
    for (i, line) in lines.enumerated() {
      guard let box = line.box else { continue }
      let best = left.sorted().max { box.covered(by: read[$0]) < box.covered(by: read[$1]) }
      guard let best, box.covered(by: read[best]) >= leastCovered else { continue }
      result[i] = best
      left.remove(best)
    }
    var pairs: [(edits: Double, line: Int, read: Int)] = []
    for (i, line) in lines.enumerated() where line.box == nil {
      let wanted = ComparableText.bare(line.text)
      for j in left.sorted() {
        let found = ComparableText.bare(read[j].line.text)
        let edits =
          Double(editDistance(wanted, found)) / Double(max(1, wanted.count, found.count))
        pairs.append((edits, i, j))
      }
    }
    for pair in pairs.sorted(by: { ($0.edits, $0.line, $0.read) < ($1.edits, $1.line, $1.read) })
    where pair.edits <= mostEdits && result[pair.line] == nil && left.contains(pair.read) {
      result[pair.line] = pair.read
      left.remove(pair.read)
    }
    // Of a picture with one line nothing else can be meant, however it was misread.
    if lines.count == 1, lines[0].box == nil, result[0] == nil {
      result[0] = left.sorted().max { read[$0].line.box.area < read[$1].line.box.area }
    }
    return result
  }

  /// The true characters that pair with those that were read, rightly or not.
  private static func characters(of text: String, in line: ReadLine) -> [TaughtLine.Character] {
    let wanted = ComparableText.bare(text)
    let read = line.characters.compactMap(\.text.unicodeScalars.first)
    guard read.count == line.characters.count else { return [] }
    return Alignment(truth: wanted, read: read).steps.compactMap { step in
      guard case .pair(let truth, let read) = step else { return nil }
      return TaughtLine.Character(
        text: String(wanted[truth]), box: line.characters[read].box)
    }
  }

  /// The place of the text in a box where nothing was read.
  private mutating func place(
    in box: PixelBox, of picture: GrayImage, _ drawing: LineDrawing, _ scratch: inout LineScratch
  ) -> TextLine? {
    guard box.x < picture.width, box.y < picture.height, box.maxX > 0, box.maxY > 0,
      box.height >= 4, box.width >= 2
    else { return nil }
    let height = Double(box.height) * Self.capitalShare
    let line = TextLine(
      polarity: picture.isLightOnDark(in: box) ? .lightOnDark : .darkOnLight, slope: 0,
      baseline: Double(box.maxY) - (Double(box.height) - height) / 2, height: height,
      start: Double(box.x), end: Double(box.maxX))
    guard line.end - line.start <= 64 * line.height else { return nil }
    return reader.textPlace(in: drawing.draw(line, scratch: &scratch)) ?? line
  }
}

extension TextLine {
  /// The line itself, and as it might be found and drawn another time.
  fileprivate var views: [TextLine] {
    let base = self
    func moved(_ change: (inout TextLine) -> Void) -> TextLine {
      var line = base
      change(&line)
      return line
    }
    let step = height / LineImage.capitalRows
    return [
      base,
      moved {
        $0.baseline += step; $0.start -= step
      },
      moved { $0.height *= 1.07 },
      moved {
        $0.height *= 0.93; $0.start -= 1.5 * step
      },
      moved {
        $0.baseline -= step; $0.stretch *= 1.12
      },
      moved {
        $0.stretch *= 0.9; $0.start -= 0.5 * step
      },
    ]
  }
}

extension PixelBox {
  fileprivate var area: Int { width * height }

  /// The share of the box that a read line covers.
  fileprivate func covered(by read: TextReader.PlacedLine) -> Double {
    let other = read.line.box
    let (width, height) = (
      min(maxX, other.maxX) - max(x, other.x), min(maxY, other.maxY) - max(y, other.y)
    )
    return width > 0 && height > 0 ? Double(width * height) / Double(max(1, area)) : 0
  }
}

extension GrayImage {
  /// Whether most of a box is darker than the middle between its darkest and lightest pixels.
  fileprivate func isLightOnDark(in box: PixelBox) -> Bool {
    var histogram = [Int](repeating: 0, count: 256)
    for y in max(0, box.y)..<min(height, box.maxY) {
      for x in max(0, box.x)..<min(width, box.maxX) { histogram[Int(pixels[y * width + x])] += 1 }
    }
    let total = histogram.reduce(0, +)
    func value(below share: Double) -> Int {
      var left = Int(Double(total) * share)
      return histogram.firstIndex { count in
        left -= count
        return left < 0
      } ?? 255
    }
    return 2 * value(below: 0.5) < value(below: 0.05) + value(below: 0.95)
  }
}
