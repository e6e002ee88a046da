/// How much of an image that is still coming is there.
public struct ImageProgress: Sendable, Equatable {
  /// What the protocol calls it; nil where images have no numbers.
  public var number: UInt32?
  /// Bytes as they were sent.
  public var bytes: Int
  /// Of all its pixels, 0...1; nil where nothing tells how much there will be.
  public var share: Double?

  public init(number: UInt32? = nil, bytes: Int, share: Double? = nil) {
    self.number = number
    self.bytes = bytes
    self.share = share
  }
}

extension LinkDecoder {
  /// For protocols that don't tell how long an image is.
  public var progress: ImageProgress? {
    let bytes = statistics.pendingBytes
    return bytes > 0 ? ImageProgress(bytes: bytes) : nil
  }
}

extension RawDecoder {
  public var progress: ImageProgress? {
    let bytes = statistics.pendingBytes
    guard bytes > 0 else { return nil }
    // Behind the last byte a sync may still be waited for.
    return ImageProgress(bytes: bytes, share: min(1, Double(bytes) / Double(layout.imageBytes)))
  }
}

extension ImageAssembly {
  /// nil where its slices can't be kept.
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
