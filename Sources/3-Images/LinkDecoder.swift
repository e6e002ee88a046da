/// Decodes a link's bytes into images and messages, for one protocol. Does no input or output.
///
/// Events depend on the bytes alone, not on how they were split over calls, except where
/// `idle()` says that a pause is part of the protocol.
public protocol LinkDecoder: Sendable {
  var statistics: LinkStatistics { get }

  /// The image that is coming; nil between images.
  var progress: ImageProgress? { get }

  /// Takes the next bytes of the stream.
  mutating func decode(_ bytes: [UInt8]) -> [LinkEvent]

  /// Says that no bytes came for a while, half a second or more. A protocol may take that for the
  /// end of an image.
  mutating func idle() -> [LinkEvent]

  /// Ends the stream: gives out or drops unfinished images and packets. The next bytes start anew.
  mutating func finish() -> [LinkEvent]
}

/// Bounds on what a link may make the receiver allocate.
public struct LinkLimits: Sendable, Hashable {
  /// The largest image, in bytes as it is sent.
  public var maximumImageBytes: Int

  public init(maximumImageBytes: Int = 16 << 20) {
    self.maximumImageBytes = maximumImageBytes
  }
}
