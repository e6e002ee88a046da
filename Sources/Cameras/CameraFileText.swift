import Images
import Values

extension CameraFile {
  /// The file's text, with comments for people.
  public var text: String {
    var text = """
      # A camera, as scribe reads it: scribe live --camera THIS_FILE
      # Options of the command come before what stands here.


      """
    for entry in entries where entry.key != "fields" { text += entry.comment + entry.line + "\n" }
    text += Self.fieldsComment + (fields.isEmpty ? "fields: []\n" : "fields:\n")
    for field in fields { text += field.item }
    return text
  }

  private static let fieldsComment = """

    # Values: named places of the picture. Keys of a field:
    #   box           [x, y, width, height] in the upright picture
    #   digits        digits that it has, all of them; another number is refused
    #   decimals      how many of them stand behind the point, where none is printed
    #   unit          as m³ or kWh
    #   quantity      a device class of Home Assistant, as water, gas, energy or temperature
    #   pattern       what the text looks like, where it is no number, as of --pattern
    #   grows         true for a counter: it never falls
    #   most-per-hour the most by which it changes in an hour; more is refused
    #   least, most   what lies outside is refused
    #   agree         images that have to show a new value until it is good
    #   confidence    the least of a good value, 0 to 1

    """

  /// A key of the file with its value; nil where it isn't told.
  struct Entry {
    var key: String
    var value: String?
    /// Comment lines for a file that is new.
    var comment = ""

    var line: String { value.map { "\(key): \($0)" } ?? "" }
  }

  /// The entries that are told, in order.
  private var entries: [Entry] { allEntries.filter { $0.value != nil } }

  /// All keys but the fields, in order.
  var allEntries: [Entry] {
    [
      Entry(key: "name", value: name.inYAML, comment: "# Part of topics, columns and metrics.\n"),
      Entry(key: "title", value: title.isEmpty ? nil : title.inYAML),
      Entry(
        key: "port", value: port?.inYAML, comment: "\n# Where its images come from, as of --port.\n"
      ),
      Entry(key: "baud", value: baud.map { "\($0)" }),
      Entry(key: "protocol", value: linkProtocol?.description.inYAML),
      Entry(
        key: "mount", value: mount.description.inYAML,
        comment: """

          # How the camera is turned: upright, upside-down, left or right, with ,mirrored behind it
          # where left and right are changed.

          """),
      Entry(
        key: "picture", value: picture.map { "[\($0.width), \($0.height)]" },
        comment: """

          # The size of the upright picture in which the boxes below were drawn.

          """),
      Entry(
        key: "reference", value: reference?.inYAML,
        comment: """
          # That picture, small and gray, a file beside this one: the boxes follow it where the
          # camera is nudged, up to 5 % of the width and 3 degrees.

          """),
    ]
  }
}

extension Field {
  /// Keys with the values that they have in a file, nil where they aren't told, in order.
  var entries: [CameraFile.Entry] {
    func number(_ value: Double?) -> String? { value.map { $0.inYAML } }
    let usual = Limits()
    return [
      CameraFile.Entry(key: "name", value: name.inYAML),
      CameraFile.Entry(key: "box", value: "[\(box.x), \(box.y), \(box.width), \(box.height)]"),
      CameraFile.Entry(key: "digits", value: digits.map { "\($0)" }),
      CameraFile.Entry(key: "decimals", value: decimals == 0 ? nil : "\(decimals)"),
      CameraFile.Entry(key: "unit", value: unit.isEmpty ? nil : unit.inYAML),
      CameraFile.Entry(key: "quantity", value: quantity?.inYAML),
      CameraFile.Entry(key: "pattern", value: pattern?.inQuotes),
      CameraFile.Entry(key: "grows", value: limits.grows ? "true" : nil),
      CameraFile.Entry(key: "most-per-hour", value: number(limits.mostPerHour)),
      CameraFile.Entry(key: "least", value: number(limits.least)),
      CameraFile.Entry(key: "most", value: number(limits.most)),
      CameraFile.Entry(key: "agree", value: limits.agree.map { "\($0)" }),
      CameraFile.Entry(
        key: "confidence",
        value: limits.confidence == usual.confidence ? nil : number(limits.confidence)),
    ]
  }

  /// The lines of the field in a list of fields.
  var item: String { item(indentation: 2) }

  func item(indentation: Int) -> String {
    let told = entries.filter { $0.value != nil }
    return told.enumerated().map { index, entry in
      String(repeating: " ", count: indentation) + (index == 0 ? "- " : "  ") + entry.line + "\n"
    }.joined()
  }
}

extension Double {
  /// A number as people write it: without a point where it is whole.
  fileprivate var inYAML: String {
    abs(self) < 1e15 && self == rounded() ? "\(Int64(self))" : "\(self)"
  }
}

extension String {
  /// The text as a scalar of YAML, quoted where it could be taken for something else.
  fileprivate var inYAML: String {
    let plainWords = unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || "0123456789_./-,²³°".unicodeScalars.contains(scalar)
    }
    let startsPlain = unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "/" } ?? false
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
    let isPlain = plainWords && startsPlain && !words.contains(lowercased())
    return isPlain ? self : inQuotes
  }

  fileprivate var inQuotes: String {
    "'"
      + split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "''") + "'"
  }
}
