internal import Gray
internal import Images
internal import Inference
internal import Synchronization
internal import Text

/// Finds and reads the text in images.
///
///     let reader = try Reader(Reader.Options(pattern: "[0-9]{5}"))
///     let page = try reader.read(Picture(file: bytes))
///     print(page.text)
///
/// Threads may share a reader: each image is read by one thread, on buffers of its own.
public final class Reader: Sendable {
  /// What is known of the text and the camera.
  public struct Options: Sendable, Hashable {
    /// Characters that may be read, as `--alphabet`: `digits`, `upper+digits`, `set:hex`, or the
    /// characters themselves; nil for all.
    public var alphabet: String?
    /// The pattern of a line, as `--pattern`.
    public var pattern: String?
    /// Whether lines that don't match the pattern are left out.
    public var onlyMatching: Bool
    /// The camera's mount, as `--mount`; nil to find it out where an image reads badly.
    public var mount: String?
    /// A folder of models; nil for those that are found by name, see `ModelStore` in models/README.
    public var models: String?

    public init(
      alphabet: String? = nil, pattern: String? = nil, onlyMatching: Bool = false,
      mount: String? = nil, models: String? = nil
    ) {
      (self.alphabet, self.pattern, self.mount) = (alphabet, pattern, mount)
      (self.onlyMatching, self.models) = (onlyMatching, models)
    }
  }

  private let first: TextReader
  private let mount: MountKnowledge
  /// Readers that wait: each has buffers, and knows the sizes that it saw.
  private let idle: Mutex<[KeptReader]>

  /// Loads and checks the networks, some milliseconds.
  ///
  /// - Throws: `SerialScribeError.models` or `.option`.
  public init(_ options: Options = Options()) throws(SerialScribeError) {
    let alphabet = try options.alphabet.map { text throws(SerialScribeError) in
      guard let alphabet = Alphabet(text) else {
        throw .option(name: "alphabet", value: text, reason: "no characters that are known")
      }
      return alphabet
    }
    let pattern = try options.pattern.map { text throws(SerialScribeError) in
      do throws(PatternError) {
        return try Pattern(text)
      } catch {
        throw SerialScribeError.option(name: "pattern", value: text, reason: "\(error)")
      }
    }
    let mount = try options.mount.map { text throws(SerialScribeError) in
      guard let mount = Mount(text) else {
        throw .option(
          name: "mount", value: text, reason: "use upright, upside-down, left, right, mirrored")
      }
      return MountKnowledge.known(mount)
    }
    self.mount = mount ?? (alphabet == nil ? .unknown : .known(.upright))
    do {
      func load(_ name: String) throws(ModelError) -> Model {
        try ModelStore.load(options.models.map { "\($0)/\(name)" } ?? name)
      }
      var reader = try TextReader(
        TextReader.Models(
          line: load("line"), quick: load("line-quick"), finder: load("finder"),
          aligner: load("aligner"), drum: load("drum")),
        alphabet: alphabet ?? .all, pattern: pattern)
      reader.keepsOnlyMatching = options.onlyMatching
      first = reader
    } catch {
      throw .models(reason: "\(error)")
    }
    idle = Mutex([])
  }

  /// Reads the text of an image.
  ///
  /// - Returns: a page without lines where there is no text.
  /// - Throws: `SerialScribeError.image` where it is damaged beyond use.
  public func read(_ picture: Picture) throws(SerialScribeError) -> Page {
    var reader = idle.withLock { $0.popLast() } ?? KeptReader(first)
    defer { idle.withLock { [reader] in $0.append(reader) } }
    do {
      return Page(try reader.read(picture.captured, mount: mount).reading)
    } catch {
      throw .image(reason: "\(error)")
    }
  }
}
