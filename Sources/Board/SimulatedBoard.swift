import FirmwareProto
public import Gray
public import Images
import OnBoard

/// The board without its wire: takes pictures and gives the bytes of one image after the other. No
/// I/O.
///
/// All its bytes follow from its configuration: the clock in its packets is that of the simulated
/// wire, not the host's.
public struct SimulatedBoard: Sendable {
  public let configuration: Configuration
  public let pictures: [Picture]
  /// Number of the next image; sent and skipped ones count.
  public private(set) var imageNumber: UInt64 = 0
  /// The board's clock, in microseconds since it was switched on.
  public private(set) var clock: UInt64 = 250_000
  /// The present settings, which the host may change.
  private var settings: Settings

  /// Settings that may change while the board runs.
  private struct Settings {
    var format: PixelFormat
    var codesRows: Bool
    /// The part of the picture that is sent; nil for all of it.
    var region: PixelBox?
    var imagesPerSecond: Double?
  }

  private var encoder: LinkEncoder
  private var chatterRandom: SplitMix64

  /// - Throws: an error if there is no picture, or the protocol can't carry the format or a
  ///   picture's size.
  public init(
    pictures: [Picture], configuration: Configuration = Configuration()
  ) throws(BoardError) {
    guard !pictures.isEmpty else { throw .noPictures }
    let format = configuration.images.format
    guard !format.isOfFilesOnly else { throw .formatNotSendable(format) }
    switch configuration.link.linkProtocol {
    case .scribe:
      guard format.isSentInPackets else { throw .formatNotCarried(format, by: "the link protocol") }
    case .jpegStream:
      guard format == .jpeg else { throw .formatNotCarried(format, by: "a JPEG stream") }
    case .raw(let layout):
      guard format == layout.format else { throw .formatNotCarried(format, by: "\(layout)") }
      // The host knows no other size.
      let size = ImageSize(width: layout.width, height: layout.height)
      for picture in pictures where picture.size != size {
        throw .sizeNotCarried(picture.size, by: "\(layout)")
      }
    }
    let limit = ImageSize(width: 4096, height: 4096)
    for picture in pictures {
      guard picture.size.width <= limit.width, picture.size.height <= limit.height,
        (format.bytesPerRow(width: picture.size.width) ?? 0) * picture.size.height
          <= GrayImage.maximumPixels
      else { throw .imageTooLarge(picture.size, limit: limit) }
    }
    self.pictures = pictures
    self.configuration = configuration
    settings = Settings(
      format: configuration.images.format, codesRows: configuration.images.codesRows)
    encoder = try LinkEncoder(
      mtu: configuration.link.mtu, rate: configuration.link.pace, hears: configuration.link.hears,
      printsBetween: configuration.link.chatter)
    chatterRandom = SplitMix64(seed: configuration.seed, stream: 21)
  }

  /// A board that sends these stills in turn.
  public init(
    images: [GrayImage], format: PixelFormat = .gray8, linkProtocol: LinkProtocol = .scribe
  ) throws(BoardError) {
    try self.init(
      pictures: images.map(Picture.init),
      configuration: Configuration(
        images: ImageOptions(format: format), link: LinkOptions(linkProtocol: linkProtocol)))
  }

  /// The most images a second that the host asked for.
  public var imagesPerSecond: Double? { settings.imagesPerSecond }

  /// The image `number` that the camera delivers, in the board's pixel format.
  public func capture(_ number: UInt64) throws(BoardError) -> CapturedImage {
    let index = Int(number % UInt64(pictures.count))
    var gray: GrayImage
    switch pictures[index].content {
    case .still(let still): gray = still
    case .jpegFile(let bytes, let decoded):
      if settings.format == .jpeg, settings.region == nil {
        return CapturedImage(
          number: UInt32(truncatingIfNeeded: number), width: decoded.width, height: decoded.height,
          format: .jpeg, payload: bytes)
      }
      gray = decoded
    case .scene(let scene, let camera, let mount):
      gray = camera.shoot(
        scene, number: number, seed: configuration.seed &+ UInt64(index) &* 0x1_0000_0001
      ).mounted(mount)
    }
    var region: ImageRegion?
    if let part = settings.region, part.x + part.width <= gray.width,
      part.y + part.height <= gray.height
    {
      region = ImageRegion(
        x: part.x, y: part.y, fullWidth: gray.width, fullHeight: gray.height)
      gray = gray.cropped(to: part)
    }
    // For photographed texts it is known whether ink is light or dark.
    if case .scene = pictures[index].content, settings.codesRows,
      settings.format == .bilevel,
      var ink = CapturedImage(
        inkOf: gray, lightOnDark: configuration.images.lightOnDark,
        number: UInt32(truncatingIfNeeded: number))
    {
      ink.region = region
      return ink
    }
    var image = try CapturedImage(
      gray, as: settings.format, number: UInt32(truncatingIfNeeded: number),
      quality: configuration.images.quality)
    image.region = region
    return image
  }

  /// All bytes of the next image, with the text that the firmware prints in between.
  public mutating func nextImageBytes() throws(BoardError) -> [UInt8] {
    var bytes: [UInt8] = []
    try sendNextImage { packet in
      bytes += packet
      return true
    }
    return bytes
  }

  /// Sends the next image packet by packet; in protocols without packets the image is one piece.
  ///
  /// - Parameter sink: takes all of the bytes and returns true, or none of them and returns false;
  ///   the rest of the image is then given up, as by firmware whose buffer is full.
  /// - Returns: whether the whole image was taken.
  /// - Throws: an error if the image can't be encoded.
  @discardableResult
  public mutating func sendNextImage(to sink: ([UInt8]) -> Bool) throws(BoardError) -> Bool {
    try withoutActuallyEscaping(sink) { sink throws(BoardError) in
      try sendNextImage(over: BoardWire(put: sink))
    }
  }

  /// As `sendNextImage(to:)`, to a host that may answer.
  mutating func sendNextImage(over wire: BoardWire) throws(BoardError) -> Bool {
    apply(encoder.takeRequests())
    let image = try capture(imageNumber)
    let text = try text(of: image)
    let start = clock
    let baud = configuration.link.baud
    let progress = Progress(chatterRandom: chatterRandom)
    let accepts = acceptance()
    func now() -> UInt64 { start + lineTime(bytes: progress.sent, baud: baud) }
    let put = { [chatters = configuration.link.chatter] (bytes: [UInt8], chance: Double) -> Bool in
      if chatters, progress.chatterRandom.unit() < chance {
        let time = start + lineTime(bytes: progress.sent, baud: baud)
        let line = firmwareLine(clock: time, &progress.chatterRandom)
        if wire.put(line) { progress.sent += line.count }
      }
      guard wire.put(bytes) else { return false }
      progress.sent += bytes.count
      return true
    }
    var packets = wire
    packets.put = { put($0, 0.02) }
    let whole: Bool
    switch (configuration.link.linkProtocol, text) {
    case (.scribe, let text?):
      whole = try encoder.send(text, clock: start, accepts: accepts, to: packets)
    case (.scribe, nil):
      whole = try encoder.send(
        image, codes: settings.codesRows, inter: configuration.images.codesChanges, clock: now,
        accepts: accepts, to: packets)
    case (.jpegStream, _): whole = put(image.payload, 0.5)
    case (.raw(let layout), _): whole = put(layout.sent(image.payload), 0.5)
    }
    if configuration.link.reports, configuration.link.linkProtocol == .scribe,
      imageNumber == 0 || now() / 1_000_000 > start / 1_000_000
    {
      encoder.report(milliseconds: now() / 1000, accepts: accepts, to: packets)
    }
    chatterRandom = progress.chatterRandom
    clock = max(now(), start + shortestPeriod)
    imageNumber += 1
    return whole
  }

  /// Answers the host while there is nothing to send.
  mutating func answer(over wire: BoardWire) {
    guard configuration.link.linkProtocol == .scribe else { return }
    encoder.answer(accepts: acceptance(), to: wire)
    apply(encoder.takeRequests())
  }

  /// Progress of an image that is being sent.
  private final class Progress {
    var sent = 0
    var chatterRandom: SplitMix64

    init(chatterRandom: SplitMix64) { self.chatterRandom = chatterRandom }
  }

  /// Whether this board can fulfil a request of the host.
  private func acceptance() -> (scribe_request) -> Bool {
    let sends = configuration.reader == nil
    let sizes = pictures.map(\.size)
    return { request in
      switch request.kind {
      case SCRIBE_ASK_FORMAT:
        guard sends, let format = PixelFormat(request.format) else { return false }
        return !request.coded || format == .gray8 || format == .bilevel
      case SCRIBE_ASK_REGION:
        let isAll = request.width == 0 && request.height == 0
        return sends
          && sizes.allSatisfy {
            isAll
              || (request.width >= 8 && request.height >= 8
                && Int(request.x) + Int(request.width) <= $0.width
                && Int(request.y) + Int(request.height) <= $0.height)
          }
      case SCRIBE_ASK_DELIVERY: return request.text != sends && request.images == sends
      case SCRIBE_ASK_EXPOSURE: return false
      default: return true
      }
    }
  }

  private mutating func apply(_ requests: [scribe_request]) {
    for request in requests {
      switch request.kind {
      case SCRIBE_ASK_FORMAT:
        guard let format = PixelFormat(request.format) else { break }
        settings.format = format
        settings.codesRows = request.coded
      case SCRIBE_ASK_REGION:
        settings.region =
          request.width == 0
          ? nil
          : PixelBox(
            x: Int(request.x), y: Int(request.y), width: Int(request.width),
            height: Int(request.height))
      case SCRIBE_ASK_DELIVERY: break
      default: settings.imagesPerSecond = request.rate == 0 ? nil : Double(request.rate) / 1000
      }
    }
  }

  /// The text that the board reads by itself; nil if it sends images.
  private func text(of image: CapturedImage) throws(BoardError) -> BoardText? {
    guard let reader = configuration.reader else { return nil }
    do {
      return try reader.read(GrayImage(image))
    } catch let error as FirmwareReaderError {
      throw .notReadable(reason: error.description)
    } catch {
      throw .notReadable(reason: "\(error)")
    }
  }

  /// Counts an image that was captured while the wire was busy or nobody listened: it is never
  /// sent.
  public mutating func skipImage() {
    if configuration.link.linkProtocol == .scribe { encoder.skip() }
    clock += shortestPeriod
    imageNumber += 1
  }

  /// The period of a camera of 30 images a second, in microseconds.
  private var shortestPeriod: UInt64 { 33_333 }
}

/// Microseconds that bytes take at 10 bits each.
private func lineTime(bytes: Int, baud: Int) -> UInt64 {
  baud > 0 ? UInt64(bytes) * 10_000_000 / UInt64(baud) : 0
}

/// A line of text that firmware prints on its only UART.
private func firmwareLine(clock: UInt64, _ random: inout SplitMix64) -> [UInt8] {
  let milliseconds = clock / 1000
  let text =
    switch random.next() % 3 {
    case 0: "exposure \(100 + random.next() % 400), gain \(1 + random.next() % 15)"
    case 1: "free heap \(40_000 + random.next() % 9_000) bytes"
    default: "dcmi: \(random.next() % 4) overruns"
    }
  return Array("[\(milliseconds) ms] \(text)\r\n".utf8)
}
