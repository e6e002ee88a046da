/// Why received bytes were thrown away.
public enum DropCause: String, Sendable, Hashable, CaseIterable {
  /// Neither a packet nor text: line noise, a wrong baud rate, another protocol.
  case noise = "noise"
  /// Between delimiters, but not valid COBS: bytes were lost or changed.
  case badEncoding = "bad encoding"
  /// Fewer bytes than a header and a CRC.
  case tooShort = "too short"
  /// The CRC of a packet is wrong: bytes were lost or changed.
  case badChecksum = "bad checksum"
  /// A sound packet of another version of the protocol.
  case unsupportedVersion = "unsupported version"
  /// A sound packet of a type this program doesn't know.
  case unknownType = "unknown type"
  /// A sound packet whose content makes no sense.
  case malformed = "malformed"
  /// Rows of an image whose size and format aren't known, since neither DESCRIPTOR nor BEGIN came.
  case noDescriptor = "no descriptor"
  /// A pixel format or codec this program doesn't know.
  case unsupportedFormat = "unsupported format"
  /// An image larger than the limit.
  case tooLarge = "too large"
  /// A part of an image that was there already.
  case duplicate = "duplicate"
  /// A part of an image that had been closed.
  case late = "late"
  /// Parts of an image that never became whole enough to show.
  case incompleteImage = "incomplete image"
  /// Parts of a text that never became whole.
  case incompleteText = "incomplete text"
  /// Parts of an image that the board gave up.
  case abortedImage = "aborted image"
  /// Data that should be a JPEG and isn't.
  case badJPEG = "bad JPEG"
  /// Coded rows that make no sense.
  case badSlice = "bad slice"
  /// Rows coded against an earlier image that didn't arrive.
  case noReference = "no reference"
  /// Bytes between images, in a protocol without packets.
  case outOfSync = "out of sync"
  /// The stream ended in the middle.
  case cutOff = "cut off"
}
