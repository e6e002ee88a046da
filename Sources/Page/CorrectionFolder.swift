import Bytes
import FoundationEssentials
import Glibc
public import Images
import Sinks
import Synchronization

/// The folder of pictures whose text a person told: pictures as they came, and a `truth.json` as
/// `scribe evaluate` and `scripts/` read it.
///
/// A picture with one line has its text and its box there. Of several lines `truth.json` has the
/// texts, and the JSON beside the picture has each one's place. Every file is written under another
/// name and then gets its own, so that no reader sees half of one. Names are made of time and number
/// alone.
public final class CorrectionFolder: Sendable {
  /// A line that a person confirmed or corrected.
  public struct Line: Sendable, Equatable {
    public var text: String
    public var box: PixelBox

    public init(text: String, box: PixelBox) {
      self.text = text
      self.box = box
    }
  }

  /// Entries of one folder.
  static let most = 10_000
  private static let mostBytes = 64 << 20

  public let path: String
  /// Names of this run's entries, oldest first.
  private let made = Mutex<[String]>([])

  public init(path: String) { self.path = path }

  /// The number of entries that this run made.
  var count: Int { made.withLock { $0.count } }

  /// Keeps a picture and its lines.
  ///
  /// - Returns: the name of the picture's file.
  /// - Throws: `WishError.failed` where it can't be written; nothing is left then.
  func keep(_ picture: Picture, _ lines: [Line]) throws(WishError) -> String {
    // A line that was read where there is none has no text any more.
    let lines = lines.filter { !$0.text.isEmpty }
    let file: Picture.File
    do {
      file = try picture.file()
    } catch {
      throw .failed("the picture can't be decoded: \(error)")
    }
    return try locked { made throws(WishError) in
      try self.makeFolder()
      var truths = try self.truths()
      guard truths.count < Self.most else {
        throw .failed("\(self.path) has \(Self.most) entries; take another folder")
      }
      let name = self.freeName(picture, file.ending, truths)
      let image = "\(name).\(file.ending)"
      try self.write(file.bytes, to: image)
      var entry = ["text": JSONValue.text(lines.map(\.text).joined(separator: "\n"))]
      do throws(WishError) {
        if let line = lines.first, lines.count == 1 {
          entry["box"] = .list(Self.edges(line.box).map { .whole(Int64($0)) })
        } else if !lines.isEmpty {
          try self.write(Self.details(lines), to: "\(name).json")
        }
        truths[image] = .object(entry)
        try self.write(truths)
      } catch {
        self.remove(image)
        self.remove("\(name).json")
        throw error
      }
      made.append(image)
      return image
    }
  }

  /// Removes the last entry of this run.
  ///
  /// - Returns: the name of its picture; nil where there is none left.
  func undo() throws(WishError) -> String? {
    try locked { made throws(WishError) in
      guard let image = made.last else { return nil }
      var truths = try self.truths()
      truths[image] = nil
      try self.write(truths)
      self.remove(image)
      self.remove(Self.base(image) + ".json")
      made.removeLast()
      return image
    }
  }

  /// Runs `body` alone. A `Mutex` would lose the error's type on the way.
  private func locked<Value>(
    _ body: (inout [String]) throws(WishError) -> Value
  ) throws(WishError) -> Value {
    let result = made.withLock { made -> Result<Value, WishError> in
      do throws(WishError) {
        return .success(try body(&made))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}

extension CorrectionFolder {
  private func makeFolder() throws(WishError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw .failed("can't make the folder \(path): \(systemReason())")
    }
  }

  private func freeName(_ picture: Picture, _ ending: String, _ truths: [String: JSONValue])
    -> String
  {
    let digits = "\(picture.image.number)"
    let number = String(repeating: "0", count: max(6 - digits.count, 0)) + digits
    let time = picture.time > 0 ? UTCTime(picture.time).compact + "-" : ""
    var name = time + number
    var again = 1
    while truths["\(name).\(ending)"] != nil || access("\(path)/\(name).\(ending)", F_OK) == 0 {
      again += 1
      name = "\(time)\(number)-\(again)"
    }
    return name
  }

  /// The entries that are there, with all that they tell.
  private func truths() throws(WishError) -> [String: JSONValue] {
    let file = "\(path)/truth.json"
    guard access(file, F_OK) == 0 else { return [:] }
    guard let content = try? OpenFile(file).content(atMost: Self.mostBytes),
      let object = try? JSONDecoder().decode([String: JSONValue].self, from: Data(content))
    else {
      throw .failed("\(file) can't be read, so nothing is added to it")
    }
    return object
  }

  private func write(_ truths: [String: JSONValue]) throws(WishError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(truths) else {
      throw .failed("the entries can't be written as JSON")
    }
    try write([UInt8](data) + [0x0A], to: "truth.json")
  }

  /// The lines and their places, as files of `scripts/dataset` have them: a box a character, of which
  /// only that of the whole line is known.
  private static func details(_ lines: [Line]) -> [UInt8] {
    var json = JSONLine()
    json.object { json in
      json.key("lines")
      json.array { json in for line in lines { json.value(line.text) } }
      json.key("chars")
      json.array { json in
        for (index, line) in lines.enumerated() {
          json.object { json in
            json.member("line", index)
            json.key("box")
            json.array { json in for edge in edges(line.box) { json.value(edge) } }
          }
        }
      }
    }
    return Array((json.text + "\n").utf8)
  }

  /// Left, top, right and bottom edge.
  private static func edges(_ box: PixelBox) -> [Int] { [box.x, box.y, box.maxX, box.maxY] }

  private static func base(_ image: String) -> String {
    String(image[..<(image.lastIndex(of: ".") ?? image.endIndex)])
  }

  private func write(_ bytes: [UInt8], to name: String) throws(WishError) {
    let (file, temporary) = ("\(path)/\(name)", "\(path)/.scribe-\(getpid()).part")
    unlink(temporary)
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw .failed("can't write in \(path): \(systemReason())") }
    var isWhole = (try? writeAll(bytes, to: descriptor)) != nil && fsync(descriptor) == 0
    let reason = systemReason()
    isWhole = close(descriptor) == 0 && isWhole && rename(temporary, file) == 0
    guard isWhole else {
      unlink(temporary)
      throw .failed("can't write in \(path): \(reason)")
    }
  }

  private func remove(_ name: String) { unlink("\(path)/\(name)") }
}
