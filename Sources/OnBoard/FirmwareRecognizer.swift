import Export
import FirmwareProto
public import Gray
public import Images
public import Inference
import Synchronization
public import Text

/// Reads images with the networks and the C code that ship to boards: the same text from the same
/// pixels, bit for bit.
///
/// One image is read at a time: threads that share a recognizer wait for each other.
public final class FirmwareRecognizer: GrayReader, @unchecked Sendable {
  /// The networks, as on the board.
  public struct Models: Sendable {
    public var finder: Model
    public var aligner: Model
    /// Reads lines.
    public var line: Model

    public init(finder: Model, aligner: Model, line: Model) {
      (self.finder, self.aligner, self.line) = (finder, aligner, line)
    }
  }

  /// The largest image that is read as it is, in pixels; larger ones are halved.
  public static let maximumWidth = 640
  public static let maximumHeight = 480
  /// The least side of an image that is read.
  private static let leastSide = 12

  /// Guards the memory behind the pointers.
  private let lock = Mutex(())
  private let flashes: [FlashModel]
  private let models: UnsafeMutablePointer<scribe_model>
  private let alphabet: UnsafeMutablePointer<CChar>?
  private let pattern: FlashPattern?
  private var config = scribe_recognizer_config()
  private var arena: UnsafeMutableBufferPointer<UInt32>
  private let recognizer: UnsafeMutablePointer<scribe_recognizer>

  /// - Parameters:
  ///   - models: the networks that find, align and read lines.
  ///   - alphabet: characters that may be read; nil for all that are known.
  ///   - pattern: what a line looks like; nil for anything.
  ///   - keepsOnlyMatching: whether lines that don't match the pattern are left out.
  ///   - looks: looks at a line that isn't read with certainty; nil for the firmware's own number.
  /// - Throws: `FirmwareReaderError` if boards can't read lines with these models.
  public init(
    _ models: Models, alphabet: String? = nil, pattern: Pattern? = nil,
    keepsOnlyMatching: Bool = false, looks: Int? = nil
  ) throws(FirmwareReaderError) {
    let sources = [models.finder, models.aligner, models.line]
    do throws(ExportError) {
      flashes = try sources.map { model throws(ExportError) in
        FlashModel(try FirmwareModel(model, vectors: 0))
      }
    } catch {
      throw .model(name: models.line.name, reason: "\(error)")
    }
    do throws(ExportError) {
      self.pattern = try pattern.map { pattern throws(ExportError) in
        FlashPattern(try FirmwarePattern(pattern))
      }
    } catch {
      throw .model(name: models.line.name, reason: "\(error)")
    }
    self.models = .allocate(capacity: 3)
    for (i, flash) in flashes.enumerated() { (self.models + i).initialize(to: flash.model) }
    self.alphabet = alphabet.map { text in
      let bytes = text.utf8.map { CChar(bitPattern: $0) } + [0]
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      copy.initialize(from: bytes, count: bytes.count)
      return copy
    }
    recognizer = .allocate(capacity: 1)
    recognizer.initialize(to: scribe_recognizer())
    arena = .allocate(capacity: 1)
    config.finder = UnsafePointer(self.models)
    config.aligner = UnsafePointer(self.models + 1)
    config.reader = UnsafePointer(self.models + 2)
    config.alphabet = UnsafePointer(self.alphabet)
    config.pattern = self.pattern.map { UnsafePointer($0.pattern) }
    config.only_matching = keepsOnlyMatching
    config.looks = UInt8(clamping: looks ?? 0)
    let words = scribe_recognizer_arena_words(
      &config, UInt16(Self.maximumWidth), UInt16(Self.maximumHeight))
    guard reserve(words: words) else {
      throw .model(
        name: sources.map(\.name).joined(separator: ", "),
        reason: "they don't find, align and read lines")
    }
  }

  deinit {
    models.deallocate()
    alphabet?.deallocate()
    arena.deallocate()
    recognizer.deallocate()
  }

  /// Makes room. Returns whether the models take it.
  private func reserve(words: UInt32) -> Bool {
    guard words > 0 else { return false }
    arena.deallocate()
    arena = .allocate(capacity: Int(words))
    config.memory.first = arena.baseAddress
    config.memory.first_words = words
    return scribe_recognizer_init(recognizer, &config) == SCRIBE_OK
  }

  /// Reads a gray image; a board would send this text.
  ///
  /// - Throws: `FirmwareReaderError.size` for an image that boards don't read.
  public func read(_ gray: GrayImage) throws(FirmwareReaderError) -> BoardText {
    guard let width = UInt16(exactly: gray.width), let height = UInt16(exactly: gray.height),
      let text = lock.withLock({ _ in text(of: gray, width: width, height: height) })
    else { throw .size(width: gray.width, height: gray.height) }
    return text
  }

  private func text(of gray: GrayImage, width: UInt16, height: UInt16) -> BoardText? {
    // A board has the memory for its own images; here they have many shapes.
    let words = scribe_recognizer_arena_words(&config, width, height)
    if words > arena.count, !reserve(words: words) { return nil }
    return gray.pixels.withUnsafeBufferPointer { pixels in
      var image = scribe_reader_image()
      image.gray = pixels.baseAddress
      image.width = width
      image.height = height
      return scribe_recognizer_read(recognizer, &image).map { BoardText($0.pointee) }
    }
  }

  /// Nil: there is no quicker look.
  public func glance(at gray: GrayImage) -> Reading? { nil }

  /// - Throws: `FirmwareReaderError`.
  public func reading(of captured: GrayImage) throws -> Reading {
    var (gray, halvings) = (captured, 0)
    while gray.width > Self.maximumWidth || gray.height > Self.maximumHeight {
      gray = gray.halved()
      halvings += 1
    }
    guard min(gray.width, gray.height) >= Self.leastSide else {
      return Reading(lines: [], width: captured.width, height: captured.height)
    }
    var reading = Reading(try read(gray)).enlarged(by: 1 << halvings)
    (reading.width, reading.height) = (captured.width, captured.height)
    return reading
  }
}
