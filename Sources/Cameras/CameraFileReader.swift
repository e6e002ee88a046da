import Bytes
import Images
import Text
import Values

extension CameraFile {
  /// Reads the text of a camera file.
  ///
  /// - Parameters:
  ///   - text: YAML.
  ///   - file: the name for errors.
  /// - Throws: `CameraFileError`, with the line.
  public init(parsing text: String, file: String) throws(CameraFileError) {
    self = try CameraFileLayout(parsing: text, file: file).camera
  }
}

/// A camera file's content, and the lines on which it stands.
struct CameraFileLayout {
  private(set) var camera = CameraFile(name: "")
  /// The mapping that the file is.
  private(set) var root: CameraFileSection

  init(parsing text: String, file: String) throws(CameraFileError) {
    guard text.utf8.count <= CameraFile.mostBytes else {
      throw CameraFileError(file: file, .tooLarge(most: CameraFile.mostBytes))
    }
    if let line = anchorLine(in: text) { throw CameraFileError(file: file, line: line, .anchors) }
    let document: YAMLDocument
    do {
      document = try YAMLDocument(text)
    } catch {
      throw CameraFileError(file: file, line: error.line, .notYAML(error.problem))
    }
    guard let node = document.root else {
      throw CameraFileError(file: file, .missingKey("name"))
    }
    root = try CameraFileSection(node, as: "the file", file: file)
    camera = try CameraFile(root)
  }
}

extension CameraFile {
  private static let keys = [
    "name", "title", "port", "protocol", "baud", "mount", "picture", "reference", "fields",
  ]

  fileprivate init(_ section: CameraFileSection) throws(CameraFileError) {
    try section.allow(Self.keys)
    name = try section.name()
    title = try section.text("title", most: 128) ?? ""
    port = try section.text("port", most: 256)
    linkProtocol = try section.value("protocol", "a protocol as of --protocol") { text in
      try? LinkProtocol(parsing: text)
    }
    baud = try section.value("baud", "bits a second, as 115200") { text in
      Int(text).flatMap { Baud.range.contains($0) ? $0 : nil }
    }
    let mounts = Mount.all.map(\.description).joined(separator: ", ")
    mount = try section.value("mount", "one of \(mounts)") { Mount($0) } ?? .upright
    if let size = try section.numbers("picture", count: 2, asks: "[width, height], 32 to 16384") {
      guard size.allSatisfy({ (32...16_384).contains($0) }) else {
        throw section.fault("picture", "\(size)", "[width, height], 32 to 16384")
      }
      picture = PictureSize(width: size[0], height: size[1])
    }
    reference = try section.value("reference", "the name of a file in the same folder") { text in
      text.count <= 128 && !text.contains("/") && !text.hasPrefix(".") && text.isPlain ? text : nil
    }
    guard let (node, line) = section["fields"] else { return }
    // `fields:` with nothing behind it is no field.
    if node.scalar == "" { return }
    guard let sequence = node.items else {
      throw section.fault("fields", node.shown, "a list of fields, each behind a -")
    }
    guard sequence.count <= Self.mostFields else {
      throw CameraFileError(
        file: section.file, line: line, .tooMany(key: "fields", most: Self.mostFields))
    }
    for node in sequence {
      let item = try CameraFileSection(node, as: "a field", file: section.file)
      let field = try Field(item, in: picture)
      guard !fields.contains(where: { $0.name == field.name }) else {
        throw CameraFileError(
          file: section.file, line: item["name"]?.line, .twice(key: "field", name: field.name))
      }
      fields.append(field)
    }
  }
}

extension Field {
  private static let keys = [
    "name", "box", "digits", "decimals", "unit", "quantity", "pattern", "grows", "most-per-hour",
    "least", "most", "agree", "confidence",
  ]

  fileprivate init(_ section: CameraFileSection, in picture: PictureSize?) throws(CameraFileError) {
    try section.allow(Self.keys)
    let name = try section.name(
      "letters, digits, _ and -, at most 64, and none of state, status and text",
      PlainName.isField)
    let asks = "[x, y, width, height] within the picture"
    guard let numbers = try section.numbers("box", count: 4, asks: asks) else {
      throw CameraFileError(file: section.file, line: section.line, .missingKey("box"))
    }
    let box = PixelBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    let room = picture ?? PictureSize(width: 16_384, height: 16_384)
    guard box.lies(inWidth: room.width, height: room.height) else {
      throw section.fault("box", "\(numbers)", asks)
    }
    self.init(name: name, box: box)
    digits = try section.whole("digits", 1...18)
    decimals = try section.whole("decimals", 0...(digits ?? 18)) ?? 0
    unit = try section.text("unit", most: 16) ?? ""
    quantity = try section.value("quantity", "a device class, as water or energy") { text in
      (1...32).contains(text.utf8.count)
        && text.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 } ? text : nil
    }
    if let (node, line) = section["pattern"] {
      let source = node.shown
      let asks = "a regular expression as of --pattern"
      guard node.scalar != nil, source.utf8.count <= 256 else {
        throw section.fault("pattern", source, asks)
      }
      do throws(PatternError) {
        _ = try Pattern(source)
      } catch {
        throw CameraFileError(
          file: section.file, line: line,
          .value(key: "pattern", found: source, asks: "\(asks) (\(error))"))
      }
      pattern = source
    }
    limits.grows =
      try section.value("grows", "true or false") { text in
        switch text {
        case "true", "yes": true
        case "false", "no": false
        default: nil
        }
      } ?? false
    limits.mostPerHour = try section.number("most-per-hour", 0...1e15)
    limits.least = try section.number("least", -1e15...1e15)
    limits.most = try section.number("most", (limits.least ?? -1e15)...1e15)
    limits.agree = try section.whole("agree", 1...100)
    limits.confidence = try section.number("confidence", 0...1) ?? Field.Limits().confidence
  }
}

/// A mapping of a camera file, whose values are asked for by key.
struct CameraFileSection {
  let pairs: [(key: YAMLNode, value: YAMLNode)]
  /// The line on which it begins.
  let line: Int
  let file: String

  init(_ node: YAMLNode, as what: String, file: String) throws(CameraFileError) {
    guard let pairs = node.pairs else {
      throw CameraFileError(
        file: file, line: node.line,
        .value(key: what, found: node.shown, asks: "a list of keys and values, as 'name: water'"))
    }
    (self.pairs, line, self.file) = (pairs, node.line, file)
  }

  /// The value of a key and the line of the key.
  subscript(key: String) -> (node: YAMLNode, line: Int)? {
    pairs.first { $0.key.scalar == key }.map { ($0.value, $0.key.line) }
  }

  func allow(_ keys: [String]) throws(CameraFileError) {
    var seen: Set<String> = []
    for (key, _) in pairs {
      let name = key.shown
      guard seen.insert(name).inserted else {
        throw CameraFileError(file: file, line: key.line, .twice(key: "key", name: name))
      }
      guard !keys.contains(name) else { continue }
      let near = keys.map { (key: $0, distance: editDistance(String(name.prefix(64)), $0)) }
        .filter { $0.distance <= max(2, $0.key.count / 3) }
        .min { $0.distance < $1.distance }
      throw CameraFileError(
        file: file, line: key.line,
        .unknownKey(String(name.prefix(64)), nearest: near?.key))
    }
  }

  func fault(_ key: String, _ found: String, _ asks: String) -> CameraFileError {
    CameraFileError(
      file: file, line: self[key]?.line,
      .value(key: key, found: String(found.prefix(64)), asks: asks))
  }

  func value<Value>(
    _ key: String, _ asks: String, _ parse: (String) -> Value?
  ) throws(CameraFileError) -> Value? {
    guard let (node, _) = self[key] else { return nil }
    guard let scalar = node.scalar, let value = parse(scalar) else {
      throw fault(key, node.shown, asks)
    }
    return value
  }

  func name(
    _ asks: String = "a name of letters, digits, _ and -, at most 64",
    _ isName: (String) -> Bool = PlainName.isValid
  ) throws(CameraFileError) -> String {
    let name = try value("name", asks) { text in isName(text) ? text : nil }
    guard let name else { throw CameraFileError(file: file, line: line, .missingKey("name")) }
    return name
  }

  func text(_ key: String, most: Int) throws(CameraFileError) -> String? {
    try value(key, "a text of at most \(most) characters in one line") { text in
      text.count <= most && text.utf8.count <= 4 * most && text.isPlain ? text : nil
    }
  }

  func whole(_ key: String, _ range: ClosedRange<Int>) throws(CameraFileError) -> Int? {
    try value(key, "a whole number, \(range.lowerBound) to \(range.upperBound)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  func number(_ key: String, _ range: ClosedRange<Double>) throws(CameraFileError) -> Double? {
    try value(key, "a number, \(range.lowerBound) to \(range.upperBound)") { text in
      Double(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  func numbers(_ key: String, count: Int, asks: String) throws(CameraFileError) -> [Int]? {
    guard let (node, _) = self[key] else { return nil }
    guard let items = node.items, items.count == count else {
      throw fault(key, node.shown, asks)
    }
    let numbers = items.compactMap { $0.scalar.flatMap { Int($0) } }
    guard numbers.count == count, numbers.allSatisfy({ (0...65_535).contains($0) }) else {
      throw fault(key, node.shown, asks)
    }
    return numbers
  }
}

/// The first line with what may be an anchor or an alias: by them a short file can stand for one
/// without end.
private func anchorLine(in text: String) -> Int? {
  let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  for (index, line) in lines.enumerated() {
    var content = line
    while let first = content.first, first == 0x20 || first == 0x09 { content.removeFirst() }
    if content.first == UInt8(ascii: "#") { continue }
    // In a line without quotes a comment ends what counts.
    let hasQuotes = line.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }
    var before = UInt8(ascii: " ")
    for (place, code) in zip(line.indices, line) {
      defer { before = code }
      let startsToken = !(before > 0x20 && before < 0x7F) || "[{,:-?!".utf8.contains(before)
      guard startsToken else { continue }
      if code == UInt8(ascii: "#"), !hasQuotes { break }
      guard code == UInt8(ascii: "&") || code == UInt8(ascii: "*") else { continue }
      let next = line.index(after: place)
      if next < line.endIndex, line[next] > 0x20 { return index + 1 }
    }
  }
  return nil
}

extension YAMLNode {
  /// The text of a value for people.
  fileprivate var shown: String { scalar ?? (items == nil ? "{...}" : "[...]") }
}

extension String {
  /// Whether it has no control or format characters.
  fileprivate var isPlain: Bool {
    unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: false
      default: true
      }
    }
  }
}
