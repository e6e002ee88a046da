import Images
public import Text
public import Values

/// The result of one image: the reading and the facts needed to place it.
public struct ImageReport: Sendable, Equatable {
  /// The name of an image in the output.
  public enum Name: Sendable, Equatable {
    case path(String)
    case number(UInt32)

    /// The name alone.
    var text: String {
      switch self {
      case .path(let path): path
      case .number(let number): "\(number)"
      }
    }
  }

  public var image: Name
  /// The port or recording that it came from; nil for a file of its own.
  public var source: String?
  /// The time when it was received; nil for a file of its own.
  public var arrival: Arrival?
  /// The time when a file's picture was taken, as its EXIF data tell; nil where there is none.
  public var taken: String?
  /// Pixels a row of the picture as it came.
  public var width: Int
  /// Rows of the picture as it came.
  public var height: Int
  public var reading: Reading
  /// Time from the whole image to its text.
  public var milliseconds: Double
  /// Rows that never arrived, see `CapturedImage.missingRows`.
  public var missingRows: [Range<Int>]
  /// Whether the board read the image by itself.
  public var isReadByBoard: Bool
  /// The text that successive images agree on; nil where each image is read on its own.
  public var stable: Stable?
  /// The name of the camera; nil where it has no file of its own.
  public var camera: String?
  /// What the camera's fields say; empty where it has none.
  public var values: [FieldValue] = []

  /// The time when the last byte of an image came.
  public enum Arrival: Sendable, Equatable {
    case at(UTCTime)
    /// Its recording has no times.
    case unknown
  }

  /// A text that successive images agree on.
  public struct Stable: Sendable, Equatable {
    /// Empty while there is none.
    public var text: String
    /// Number of the image that settled it; nil while there is none.
    public var since: UInt32?

    public init(text: String, since: UInt32?) {
      self.text = text
      self.since = since
    }
  }

  public init(
    image: Name, source: String? = nil, arrival: Arrival? = nil, width: Int, height: Int,
    reading: Reading, milliseconds: Double,
    missingRows: [Range<Int>] = [], isReadByBoard: Bool = false, stable: Stable? = nil
  ) {
    self.image = image
    self.source = source
    self.arrival = arrival
    self.width = width
    self.height = height
    self.reading = reading
    self.milliseconds = milliseconds
    self.missingRows = missingRows
    self.isReadByBoard = isReadByBoard
    self.stable = stable
  }
}

extension ImageReport {
  /// The report as one line of JSON, without the newline.
  ///
  /// `width`, `height` and boxes are those of the picture as it came, upright by its EXIF data;
  /// `mount` is present only where it was turned to be read. `source`, the port or recording, and
  /// `time`, when the last byte came, are present where an image was received, and not for files;
  /// `time` has nanoseconds and is null where a recording has no times. `taken` is present where a
  /// file's EXIF data tell when its picture was taken. `reader` is present only
  /// where the board read the image by itself, and is `board` then; `milliseconds` are the board's.
  /// `missingRows` is present only where pixels never arrived: a list of `{"first", "count"}`;
  /// characters then have `missing`, the share of their boxes, which is already part of their
  /// confidence. `turning` is present in digits whose drum is between them and the next, with
  /// `tenth`, 2 to 8, where that is known. `pattern` is present in lines only where a pattern was
  /// given, `stable` only where images are fused; its `since` is null while no text is stable.
  /// `camera` and `values` are present only where a camera's file names fields: a value a field, by
  /// its name, with `number` null where the text is none, `reason` only where `state` isn't good,
  /// and `lastGood` null where there never was one.
  public var json: String {
    var line = JSONLine()
    line.object { line in
      if let camera { line.member("camera", camera) }
      if let source { line.member("source", source) }
      switch image {
      case .path(let path): line.member("image", path)
      case .number(let number): line.member("image", Int(number))
      }
      switch arrival {
      case .at(let time): line.member("time", time.precise)
      case .unknown:
        line.key("time")
        line.null()
      case nil: break
      }
      if let taken { line.member("taken", taken) }
      line.member("width", width)
      line.member("height", height)
      if reading.mount != .upright { line.member("mount", reading.mount.description) }
      line.member("text", reading.text)
      line.key("lines")
      line.array { line in for read in reading.lines { line.value(read) } }
      if let stable {
        line.key("stable")
        line.object { line in
          line.member("text", stable.text)
          line.key("since")
          if let since = stable.since { line.value(Int(since)) } else { line.null() }
        }
      }
      if !values.isEmpty {
        line.key("values")
        line.value(values)
      }
      if isReadByBoard { line.member("reader", "board") }
      line.member("milliseconds", milliseconds, places: 2)
      if !missingRows.isEmpty {
        line.key("missingRows")
        line.array { line in
          for rows in missingRows {
            line.object {
              $0.member("first", rows.lowerBound)
              $0.member("count", rows.count)
            }
          }
        }
      }
    }
    return line.text
  }

  /// The time when it was received, where that is known.
  var time: UTCTime? { if case .at(let time) = arrival { time } else { nil } }

  /// The time when it was received, or else taken, for people.
  package var shownTime: String? { time?.precise ?? taken }

  /// The name among those of other sources: `session.pcapng:7`.
  var qualifiedName: String { (source.map { "\($0):" } ?? "") + image.text }

  /// Whether there is neither text nor a value.
  var isEmpty: Bool { reading.lines.isEmpty && values.isEmpty }

  /// The values, or else the text, as it is shown to people, with escapes for all that a terminal could take for a
  /// command.
  ///
  /// - Parameter isColored: marks characters that may be wrong, see `doubtful`.
  /// - Returns: the lines, each ending with a newline; a text-free image is one empty line.
  public func plainText(isColored: Bool = false) -> String {
    // Who named fields wants to know what they say.
    guard values.isEmpty else { return values.map { $0.plainText(isColored: isColored) }.joined() }
    guard !reading.lines.isEmpty else { return "\n" }
    return reading.lines.map { line in
      (isColored ? line.marked(below: Self.doubtful) : Terminal.escaped(line.text)) + "\n"
    }.joined()
  }

  /// Confidence below which a character is marked on a terminal.
  public static let doubtful = 0.6
}

extension JSONLine {
  fileprivate mutating func value(_ read: ReadLine) {
    object { line in
      line.member("text", read.text)
      line.member("confidence", read.confidence, places: 4)
      if let novelty = read.novelty { line.member("novelty", novelty, places: 4) }
      if let matches = read.matchesPattern { line.member("pattern", matches) }
      line.key("box")
      line.value(read.box)
      line.key("characters")
      line.array { line in
        for character in read.characters {
          line.object {
            $0.member("text", character.text)
            $0.member("confidence", character.confidence, places: 4)
            if let turning = character.turning {
              $0.member("turning", true)
              if let tenth = turning.tenth { $0.member("tenth", tenth) }
            }
            if character.missing > 0 { $0.member("missing", character.missing, places: 3) }
            $0.key("box")
            $0.value(character.box)
          }
        }
      }
    }
  }
}

extension ReadLine {
  /// The text with doubtful characters in yellow.
  fileprivate func marked(below limit: Double) -> String {
    var rest = characters[...]
    var result = ""
    for character in text {
      let shown = Terminal.escaped(String(character))
      // Spaces have no entry of their own.
      guard character != " ", let read = rest.popFirst() else {
        result += shown
        continue
      }
      result += read.confidence < limit ? Terminal.styled(shown, .yellow) : shown
    }
    return result
  }
}
