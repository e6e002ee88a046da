import Values

extension CameraFile {
  /// The text of a file, changed so that it tells of this camera. Lines whose value stays, and all
  /// comments beside them, are kept as they are.
  ///
  /// - Parameters:
  ///   - text: as a person may have edited it.
  ///   - file: the name for errors.
  /// - Returns: the text to write.
  /// - Throws: `CameraFileError` where `text` is no camera file.
  public func edited(into text: String, file: String) throws(CameraFileError) -> String {
    let layout = try CameraFileLayout(parsing: text, file: file)
    guard layout.camera != self else { return text }
    var edit = CameraFileEdit(text)
    edit.change(
      layout.root.pairs, from: layout.root.line, to: allEntries, was: layout.camera.allEntries,
      indentation: 0)
    edit.changeFields(of: layout, to: fields)
    // What can't be edited line by line, as values over several lines, is written anew.
    for candidate in [edit.text, self.text] {
      if let camera = try? CameraFile(parsing: candidate, file: file), camera == self {
        return candidate
      }
    }
    throw CameraFileError(
      file: file, .unwritable(reason: "the camera has values that a file can't"))
  }
}

/// Changes of a file's lines.
private struct CameraFileEdit {
  private let lines: [String]
  private let lineEnd: String
  /// New lines in place of each line; nil where it stays.
  private var replaced: [Int: [String]] = [:]
  /// New lines behind a line; -1 for those before the first one.
  private var added: [Int: [String]] = [:]

  init(_ text: String) {
    // A line's end in two characters is one for Swift.
    lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .map { String($0) }
    if lines.last == "" { lines.removeLast() }
    self.lines = lines
  }

  var text: String {
    var text = (added[-1] ?? []).map { $0 + lineEnd }.joined()
    for (index, line) in lines.enumerated() {
      for new in (replaced[index] ?? [line]) + (added[index] ?? []) { text += new + lineEnd }
    }
    return text
  }

  /// Changes the values of a mapping whose keys stand on lines of their own.
  mutating func change(
    _ pairs: [(key: YAMLNode, value: YAMLNode)], from first: Int, to entries: [CameraFile.Entry],
    was old: [CameraFile.Entry], indentation: Int
  ) {
    var last = first - 2
    for (entry, before) in zip(entries, old) {
      let line = pairs.first { $0.key.scalar == entry.key }?.key.line
      guard let line, lines.indices.contains(line - 1) else {
        if entry.value != nil, entry.value != before.value {
          added[last, default: []].append(
            String(repeating: " ", count: indentation) + entry.line)
        }
        continue
      }
      last = line - 1
      guard entry.value != before.value else { continue }
      replaced[last] = entry.value.map { [lines[last].replacingValue(of: entry.key, by: $0)] } ?? []
    }
  }

  mutating func changeFields(of layout: CameraFileLayout, to fields: [Field]) {
    let old = layout.camera.fields
    guard old != fields else { return }
    guard let (value, line) = layout.root["fields"], lines.indices.contains(line - 1) else {
      added[lines.count - 1, default: []] += ["fields:"] + fields.flatMap { $0.lines(2) }
      return
    }
    let after = layout.root.pairs.map(\.key.line).filter { $0 > line }.min()
    let section = line - 1..<contentEnd(before: (after ?? lines.count + 1) - 1, from: line - 1)
    guard let items = value.items, !value.isFlow, !items.isEmpty, !fields.isEmpty,
      let starts = starts(of: items)
    else {
      for index in section { replaced[index] = [] }
      replaced[section.lowerBound] =
        fields.isEmpty ? ["fields: []"] : ["fields:"] + fields.flatMap { $0.lines(2) }
      return
    }
    let ends = Array(starts.dropFirst()) + [section.upperBound]
    let indentation = lines[starts[0]].prefix { $0 == " " }.count
    let kept = partners(of: old, in: fields)
    // Fields in another order are written anew, in that order.
    let order = kept.compactMap { $0 }
    let isOrdered = order == order.sorted()
    for (index, partner) in kept.enumerated() {
      let item = starts[index]..<contentEnd(before: ends[index], from: starts[index])
      guard let partner, isOrdered else {
        for line in item { replaced[line] = [] }
        continue
      }
      let field = fields[partner]
      guard field != old[index], let pairs = items[index].pairs else { continue }
      if items[index].isFlow {
        for line in item { replaced[line] = [] }
        replaced[item.lowerBound] = field.lines(indentation)
      } else {
        change(
          pairs, from: items[index].line, to: field.entries, was: old[index].entries,
          indentation: indentation + 2)
      }
    }
    let new = isOrdered ? fields.indices.filter { !order.contains($0) } : Array(fields.indices)
    added[section.upperBound - 1, default: []] += new.flatMap { fields[$0].lines(indentation) }
  }

  /// The first lines of a list's items.
  private func starts(of items: [YAMLNode]) -> [Int]? {
    let starts = items.map { $0.line - 1 }
    return starts.allSatisfy { lines.indices.contains($0) && lines[$0].contains("-") }
      ? starts : nil
  }

  /// The place of each old field among the new ones, by its name; a field alone without a partner
  /// on both sides was renamed.
  private func partners(of old: [Field], in new: [Field]) -> [Int?] {
    var partners = old.map { field in new.firstIndex { $0.name == field.name } }
    let left = partners.indices.filter { partners[$0] == nil }
    let free = new.indices.filter { !partners.contains($0) }
    if left.count == 1, free.count == 1 { partners[left[0]] = free[0] }
    return partners
  }

  /// The end of what stands from line `start` on, without the blank lines and comments before the
  /// next part.
  private func contentEnd(before end: Int, from start: Int) -> Int {
    var end = min(end, lines.count)
    while end > start + 1 {
      let line = lines[end - 1].drop { $0 == " " || $0 == "\t" }
      guard line.isEmpty || line.hasPrefix("#") else { break }
      end -= 1
    }
    return end
  }
}

extension Field {
  fileprivate func lines(_ indentation: Int) -> [String] {
    item(indentation: indentation).split(separator: "\n").map { String($0) }
  }
}

extension String {
  /// The line with another value behind a key; what stands before it and a comment behind it stay.
  fileprivate func replacingValue(of key: String, by value: String) -> String {
    guard let range = firstRange(of: key), let colon = self[range.upperBound...].firstIndex(of: ":")
    else { return self }
    let rest = self[index(after: colon)...]
    var end = rest.startIndex
    var quote: Character?
    var before: Character = " "
    // A comment is a # with a space before it, outside quotes.
    while end < rest.endIndex {
      let character = rest[end]
      if character == quote {
        quote = nil
      } else if quote == nil {
        if character == "#", before.isWhitespace { break }
        if character == "'" || character == "\"", before.isWhitespace { quote = character }
      }
      before = character
      end = rest.index(after: end)
    }
    let comment = rest[end...]
    let gap = rest[..<end].reversed().prefix { $0 == " " }.count
    let space = comment.isEmpty ? "" : String(repeating: " ", count: max(gap, 1))
    return String(self[...colon]) + " " + value + space + comment
  }
}
