/// The part of an image that has come so far, while the rest is still on its way.
public struct ImageProgress: Sendable, Equatable {
  /// The image's number in the protocol; nil where images have no numbers.
  public var number: UInt32?
  /// Bytes that have come, counted as they were sent.
  public var bytes: Int
  /// The share of its pixels that has come, 0...1; nil where nothing tells how many there will be.
  public var share: Double?

  public init(number: UInt32? = nil, bytes: Int, share: Double? = nil) {
    self.number = number
    self.bytes = bytes
    self.share = share
  }
}

extension LinkDecoder {
  /// The progress for protocols that don't tell how long an image is.
  public var progress: ImageProgress? {
    let bytes = statistics.pendingBytes
    return bytes > 0 ? ImageProgress(bytes: bytes) : nil
  }
}

extension RawDecoder {
  public var progress: ImageProgress? {
    let bytes = statistics.pendingBytes
    guard bytes > 0 else { return nil }
    // After the image's last byte the decoder may still wait for a sync.
    return ImageProgress(bytes: bytes, share: min(1, Double(bytes) / Double(layout.imageBytes)))
  }
}

extension ImageAssembly {
  /// The progress of the image; nil where its slices can't be kept.
  var progress: ImageProgress? {
    switch content {
    case .pixels:
      let size = Double(pixels.rowBytes) * Double(pixels.height)
      return ImageProgress(
        number: number, bytes: pendingBytes,
        share: size > 0 ? Double(pixels.bytesPresent) / size : nil)
    case .jpeg: return ImageProgress(number: number, bytes: pendingBytes)
    case .rejected: return nil
    }
  }
}
