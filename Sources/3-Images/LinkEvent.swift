public import Packets

/// Events of a link, in the order of its bytes.
public enum LinkEvent: Sendable, Equatable {
  /// An image that is proven whole (`scribe`), or that shows no damage in a protocol without
  /// checksums.
  case image(CapturedImage)
  /// An image with holes, or one that couldn't be proven. Missing bytes are named in `missing` and
  /// filled.
  case damagedImage(CapturedImage, [ImageDamage])
  /// Images of which nothing can be shown.
  case imagesLost(count: Int, cause: ImageLoss)
  /// Received bytes that were thrown away.
  case bytesDropped(DropCause, count: Int)
  /// Advice on the link: something that looks wrong, and what would be right. Each comes once.
  case advice(LinkAdvice)
  /// Text that the board printed on the same wire, beside packets.
  case console(String)
  /// Text that the board logged in a packet.
  case log(String)
  /// Size, format and names of the board; only when they changed.
  case descriptor(BoardDescriptor)
  case hello(BoardHello)
  case boardStatistics(BoardStatistics)
  /// Text that the board read in an image by itself.
  case text(BoardText)
  /// The board asks for an answer with this token.
  case ping(UInt32)
  /// The board answers our ping.
  case pong(UInt32)
  /// The board answers a command.
  case response(BoardResponse)
  /// The bytes that come are text that stands for bytes.
  case textDump(TextDumpNotice)
}

/// Damage to an image that is shown all the same.
public enum ImageDamage: Sendable, Hashable {
  /// Pixels of so many rows never arrived; the image has them filled.
  case missingRows(Int)
  /// END never arrived, so there is no checksum to prove the pixels.
  case endLost
  /// Neither BEGIN nor END arrived: size and format are those of the last descriptor, which is
  /// right unless that changed just then.
  case layoutUnproven
  /// All rows arrived, but not the pixels the board took its checksum of.
  case checksumMismatch(declared: UInt32, computed: UInt32)
}

/// Why an image can't be shown.
public enum ImageLoss: String, Sendable, Hashable, CaseIterable {
  /// Nothing usable of the image arrived.
  case onLink = "lost on the link"
  /// Slices of it arrived, and none could be decoded.
  case undecodable = "without a row that could be decoded"
  /// The board had no time or room to send it.
  case droppedByBoard = "dropped by the board"
  /// The board gave it up half way.
  case abortedByBoard = "given up by the board"
  /// Parts are missing, and a JPEG with holes can't be shown.
  case incomplete = "incomplete"
  /// The parts are there, but not the bytes the board took its checksum of.
  case checksumMismatch = "checksum mismatch"
  /// The image doesn't start and end as a JPEG does.
  case badJPEG = "not a JPEG"
  /// The image's rows were read by an outdated descriptor.
  case staleDescriptor = "stale descriptor"
  /// The image's pixel format or codec isn't known.
  case unsupportedFormat = "unsupported format"
  /// The image is larger than the limit.
  case tooLarge = "too large"
}
