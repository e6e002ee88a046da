import Export
import FirmwareProto
public import Gray
public import Images
public import Inference
import Synchronization
public import Text

/// Reads images with the C code that ships to boards: the same text from the same pixels, bit for
/// bit.
///
/// One image is read at a time: threads that share a reader wait for each other.
public final class FirmwareReader: GrayReader, @unchecked Sendable {
  /// The largest image, in pixels.
  public static let maximumWidth = Int(scribe_reader_max_width())
  public static let maximumHeight = Int(scribe_reader_max_height())

  /// The shape and bytes of a character's patch for the network.
  public static let patchShape = (rows: 32, columns: 32, channels: 2)
  public static let patchBytes = patchShape.rows * patchShape.columns * patchShape.channels

  /// Least side of an image that boards read.
  private static let leastSide = 8

  /// Whether images that are too large for boards are read at a size that fits, and images that are
  /// too small as empty; otherwise they are refused.
  private let halvesLargeImages: Bool
  /// Guards the memory behind the pointers.
  private let lock = Mutex(())
  private let flash: FlashModel
  private let model: UnsafeMutablePointer<scribe_model>
  private let arena: UnsafeMutablePointer<UInt32>
  private let state: UnsafeMutableRawPointer
  // The library may be compiled for larger images than this file knows.
  private var reader: UnsafeMutablePointer<scribe_reader> {
    state.assumingMemoryBound(to: scribe_reader.self)
  }

  /// - Parameters:
  ///   - source: the network that reads characters.
  ///   - halvesLargeImages: whether images of all sizes are read.
  /// - Throws: `FirmwareReaderError` if boards can't read characters with this model.
  public init(
    model source: Model, halvesLargeImages: Bool = false
  ) throws(FirmwareReaderError) {
    self.halvesLargeImages = halvesLargeImages
    do throws(ExportError) {
      flash = FlashModel(try FirmwareModel(source, vectors: 0))
    } catch {
      throw .model(name: source.name, reason: "\(error)")
    }
    model = .allocate(capacity: 1)
    model.initialize(to: flash.model)
    arena = .allocate(capacity: max(1, Int(flash.model.arena_words)))
    state = .allocate(byteCount: scribe_reader_size(), alignment: 16)
    state.initializeMemory(as: UInt8.self, repeating: 0, count: scribe_reader_size())
    var config = scribe_reader_config()
    config.model = UnsafePointer(model)
    config.arena = arena
    guard scribe_reader_init(reader, &config) == SCRIBE_OK else {
      throw .model(name: source.name, reason: "it doesn't tell characters in patches of 32x32x2")
    }
  }

  deinit {
    model.deallocate()
    arena.deallocate()
    state.deallocate()
  }

  /// Reads a gray image; a board would send this text.
  ///
  /// - Throws: `FirmwareReaderError.size` for an image that boards don't read.
  public func read(_ gray: GrayImage) throws(FirmwareReaderError) -> BoardText {
    let text = lock.withLock { _ in textOrNil(gray) }
    guard let text else { throw .size(width: gray.width, height: gray.height) }
    return text
  }

  private func textOrNil(_ gray: GrayImage) -> BoardText? {
    withImage(gray) { scribe_reader_read(reader, $0).map { BoardText($0.pointee) } } ?? nil
  }

  /// Nil for an image whose size doesn't fit the struct.
  private func withImage<Result>(
    _ gray: GrayImage, _ body: (UnsafePointer<scribe_reader_image>) -> Result
  ) -> Result? {
    guard let width = UInt16(exactly: gray.width), let height = UInt16(exactly: gray.height)
    else { return nil }
    return gray.pixels.withUnsafeBufferPointer { pixels in
      var image = scribe_reader_image()
      image.gray = pixels.baseAddress
      image.width = width
      image.height = height
      return withUnsafePointer(to: image, body)
    }
  }

  /// A part of a line that may be a character, as the firmware cuts it out for its network.
  public struct Cut: Sendable, Equatable {
    public var box: PixelBox
    public var line: Int
    /// The number of pieces of ink in the cut.
    public var pieces: Int
    public var isLightOnDark: Bool
    /// 32 rows of 32 columns of 2 channels.
    public var patch: [UInt8]
  }

  /// All the ways to cut an image into characters.
  ///
  /// - Throws: `FirmwareReaderError.size` for an image that boards don't read.
  public func cuts(in gray: GrayImage) throws(FirmwareReaderError) -> [Cut] {
    var cuts: [Cut] = []
    let isRead = lock.withLock { _ in
      withImage(gray) { image in
        withUnsafeMutablePointer(to: &cuts) { cuts in
          var visitor = scribe_reader_visitor()
          visitor.context = UnsafeMutableRawPointer(cuts)
          visitor.visit = { context, cut in
            guard let cut, let cuts = context?.assumingMemoryBound(to: [Cut].self) else { return }
            cuts.pointee.append(Cut(cut.pointee))
          }
          return scribe_reader_visit_cuts(reader, image, &visitor) == SCRIBE_OK
        }
      }
    }
    guard isRead == true else { throw .size(width: gray.width, height: gray.height) }
    return cuts
  }

  /// Reads the text of an image.
  ///
  /// - Throws: `GrayError` when the image can't be decoded, or `FirmwareReaderError`.
  public func read(_ image: CapturedImage) throws -> Reading {
    var reader = self
    return try reader.read(image, mount: .known(.upright)).reading
  }

  /// Nil: a board has no quick look.
  public func glance(at gray: GrayImage) -> Reading? { nil }

  /// - Throws: `FirmwareReaderError`.
  public func reading(of captured: GrayImage) throws -> Reading {
    var (gray, halvings) = (captured, 0)
    while halvesLargeImages, gray.width > Self.maximumWidth || gray.height > Self.maximumHeight {
      gray = gray.halved()
      halvings += 1
    }
    if halvesLargeImages, min(gray.width, gray.height) < Self.leastSide {
      return Reading(lines: [], width: captured.width, height: captured.height)
    }
    var reading = Reading(try read(gray)).enlarged(by: 1 << halvings)
    (reading.width, reading.height) = (captured.width, captured.height)
    return reading
  }
}

/// Reasons why the firmware's reader can't read.
public enum FirmwareReaderError: Error, Equatable, Sendable, CustomStringConvertible {
  case model(name: String, reason: String)
  case size(width: Int, height: Int)

  public var description: String {
    switch self {
    case .model(let name, let reason): "boards can't read with model \(name): \(reason)"
    case .size(let width, let height):
      "boards read lines in images of 12x12 to 8160x8160, and characters in images of 8x8 to "
        + "\(FirmwareReader.maximumWidth)x\(FirmwareReader.maximumHeight); this one is "
        + "\(width)x\(height)"
    }
  }
}

extension FirmwareReader.Cut {
  fileprivate init(_ cut: scribe_reader_cut) {
    self.init(
      box: PixelBox(cut.box), line: Int(cut.line), pieces: Int(cut.pieces),
      isLightOnDark: cut.light_on_dark,
      patch: Array(UnsafeBufferPointer(start: cut.patch, count: FirmwareReader.patchBytes)))
  }
}
