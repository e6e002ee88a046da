public import Packets

/// Everything that can come out of a link, in the order in which the bytes told it.
public enum LinkEvent: Sendable, Equatable {
  /// An image that is proven whole (`scribe`), or that shows no damage in a protocol without
  /// checksums.
  case image(CapturedImage)
  /// An image with holes, or one that couldn't be proven. What never came is named in `missing` and
  /// filled.
  case damagedImage(CapturedImage, [ImageDamage])
  /// Images of which there is nothing to show.
  case imagesLost(count: Int, cause: ImageLoss)
  /// Received bytes that were thrown away.
  case bytesDropped(DropCause, count: Int)
  /// Something about the link that looks wrong, and what would be right; each but once.
  case advice(LinkAdvice)
  /// What the board printed on the same line, beside packets.
  case console(String)
  /// What the board logged in a packet.
  case log(String)
  /// Size, format and names of the board; only when they changed.
  case descriptor(BoardDescriptor)
  case hello(BoardHello)
  case boardStatistics(BoardStatistics)
  /// What the board read in an image by itself.
  case text(BoardText)
  /// The board asks for an answer with this token.
  case ping(UInt32)
  /// It answers ours.
  case pong(UInt32)
  /// It answers a command.
  case response(BoardResponse)
}

/// What is wrong with an image that is shown all the same.
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
  /// Nothing, or nothing usable, of it arrived.
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
  /// It doesn't start and end as a JPEG does.
  case badJPEG = "not a JPEG"
  /// Its rows were read by an outdated descriptor.
  case staleDescriptor = "stale descriptor"
  /// Its pixel format or codec isn't known.
  case unsupportedFormat = "unsupported format"
  /// It is larger than the limit.
  case tooLarge = "too large"
}
