public import Images
public import Values

/// A camera as its file tells of it: where it is, how it is mounted, and what its picture says
/// where.
public struct CameraFile: Sendable, Equatable {
  /// Letters, digits, `_` and `-`, at most 64.
  public var name: String
  /// The name for people; empty for none.
  public var title = ""
  /// As `--port`; nil where the command names it.
  public var port: String?
  /// As `--protocol`.
  public var linkProtocol: LinkProtocol?
  public var baud: Int?
  public var mount = Mount.upright
  /// The size of the upright picture in which the fields' boxes were drawn; nil for the size of
  /// each picture.
  public var picture: PictureSize?
  /// The name of the reference picture, a file in the same folder; nil for a camera that isn't
  /// followed.
  public var reference: String?
  public var fields: [Field] = []

  public init(name: String) { self.name = name }

  /// Bytes of a file, its comments included.
  public static let mostBytes = 1 << 16
  public static let mostFields = 64
}

/// A reason why a camera file can't be taken.
public struct CameraFileError: Error, Equatable, CustomStringConvertible {
  public enum Fault: Sendable, Equatable {
    case unreadable(reason: String)
    case unwritable(reason: String)
    case tooLarge(most: Int)
    /// Not YAML, in the parser's words.
    case notYAML(String)
    case anchors
    case unknownKey(String, nearest: String?)
    case missingKey(String)
    /// A value that isn't what its key asks for.
    case value(key: String, found: String, asks: String)
    case twice(key: String, name: String)
    case tooMany(key: String, most: Int)
    /// The picture of `reference` can't be used.
    case reference(String, reason: String)
  }

  /// The file's path.
  public let file: String
  /// The line, from 1 on; nil where none is to blame.
  public let line: Int?
  public let fault: Fault

  public init(file: String, line: Int? = nil, _ fault: Fault) {
    (self.file, self.line, self.fault) = (file, line, fault)
  }

  public var description: String {
    "\(file)\(line.map { ":\($0)" } ?? ""): \(fault)"
  }
}

extension CameraFileError.Fault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let reason): "can't be read: \(reason)"
    case .unwritable(let reason): "can't be written: \(reason)"
    case .tooLarge(let most): "has more than \(most >> 10) KiB"
    case .notYAML(let reason): "is no YAML: \(reason)"
    case .anchors:
      "anchors and aliases (&name, *name) aren't taken: write the value out, or quote it"
    case .unknownKey(let key, let nearest):
      "there is no key '\(key)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .missingKey(let key): "'\(key)' is missing"
    case .value(let key, let found, let asks): "\(key) is \(asks), not '\(found)'"
    case .twice(let key, let name): "a second \(key) is named '\(name)'"
    case .tooMany(let key, let most): "there are more than \(most) \(key)"
    case .reference(let name, let reason): "the reference picture \(name): \(reason)"
    }
  }
}
