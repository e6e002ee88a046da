import Packets

/// An image whose end hasn't come yet.
struct ImageAssembly {
  var number: UInt32
  var layout: ImageLayout
  var descriptorID: UInt8
  /// The content of BEGIN, if it came.
  var begin: ImageBegin?
  /// Whether no earlier image came that its number could be compared with.
  let isFirst: Bool
  let content: Content
  var pixels: PixelAssembly
  var chunks: ChunkAssembly
  var slices: SliceAssembly?
  /// The region from END, where BEGIN didn't come.
  var region: ImageRegion?
  /// Bytes of slices that are held for it.
  var pendingBytes = 0

  enum Content: Equatable {
    case pixels(PixelFormat)
    case jpeg
    /// The image's slices can't be kept.
    case rejected(DropCause, ImageLoss)
  }

  init(
    number: UInt32, layout: ImageLayout, descriptorID: UInt8, begin: ImageBegin?,
    isFirst: Bool, limits: LinkLimits
  ) {
    self.number = number
    self.layout = layout
    self.descriptorID = descriptorID
    self.begin = begin
    self.isFirst = isFirst
    region = begin?.region
    content = Self.content(of: layout, limits: limits)
    if case .pixels(let format) = content, let rowBytes = format.bytesPerRow(width: layout.width) {
      pixels = PixelAssembly(
        rowBytes: rowBytes, height: layout.height, chunkSize: begin?.chunkSize ?? 0)
      slices = layout.rowCodec.map {
        SliceAssembly(codec: $0, width: layout.width, maximumBytes: limits.maximumImageBytes)
      }
    } else {
      pixels = PixelAssembly(rowBytes: 0, height: 0, chunkSize: 0)
    }
    chunks = ChunkAssembly(maximumBytes: limits.maximumImageBytes)
  }

  private static func content(of layout: ImageLayout, limits: LinkLimits) -> Content {
    guard let format = layout.format else {
      return .rejected(.unsupportedFormat, .unsupportedFormat)
    }
    guard let rowBytes = format.bytesPerRow(width: layout.width) else { return .jpeg }
    guard layout.width > 0, layout.height > 0 else {
      return .rejected(.malformed, .unsupportedFormat)
    }
    // Both factors have 18 bits at most.
    guard rowBytes * layout.height <= limits.maximumImageBytes else {
      return .rejected(.tooLarge, .tooLarge)
    }
    return .pixels(format)
  }

  /// Takes a piece of coded rows; they are decoded once all of their pieces are here.
  mutating func addSlice(
    _ body: UnsafeRawBufferPointer, _ header: PacketHeader, reference: ReferenceImage?
  ) -> SliceOutcome {
    let usable = reference?.layout == layout ? reference : nil
    return slices?.add(body, header, to: &pixels, reference: usable) ?? .malformed
  }

  /// Bytes of slices that became pixels.
  var keptBytes: Int { slices?.keptBytes ?? pixels.bytesPresent }

  /// Whether all of its pixels or bytes are here, as far as can be told without END.
  var isComplete: Bool {
    switch content {
    case .pixels: pixels.isComplete
    case .jpeg: chunks.isComplete
    case .rejected: false
    }
  }

  func image(
    format: PixelFormat, payload: ImagePayload, missing: [Range<Int>]
  ) -> CapturedImage {
    var image = CapturedImage(
      number: number, width: layout.width, height: layout.height, format: format,
      payload: payload, missing: missing)
    image.timestamp = begin.flatMap { $0.timestamp == 0 ? nil : $0.timestamp }
    image.region = region
    return image
  }
}
