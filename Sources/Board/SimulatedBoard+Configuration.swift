public import Images
public import OnBoard

extension SimulatedBoard {
  /// Options of the images that the board sends.
  public struct ImageOptions: Sendable {
    /// The pixel format; with `.raw`, that of its layout.
    public var format: PixelFormat
    /// Whether rows of gray8 and bilevel are coded; `.scribe` only. Bilevel texts then get their
    /// ink from the boards' code.
    public var codesRows: Bool
    /// Whether bilevel images are coded against the last one, where that was sent whole.
    public var codesChanges: Bool
    /// Whether the ink of a bilevel image is light on dark.
    public var lightOnDark: Bool
    /// JPEG quality, 1...100.
    public var quality: Int

    public init(
      format: PixelFormat = .gray8, codesRows: Bool = false, codesChanges: Bool = false,
      lightOnDark: Bool = false, quality: Int = CapturedImage.usualQuality
    ) {
      self.format = format
      self.codesRows = codesRows
      self.codesChanges = codesChanges
      self.lightOnDark = lightOnDark
      self.quality = quality
    }
  }

  /// Options of the wire that images are sent on.
  public struct LinkOptions: Sendable {
    public var linkProtocol: LinkProtocol
    /// Largest packet before framing, 96...1024.
    public var mtu: Int
    /// Bytes a second to a host that grants no credit; 0 for no limit.
    public var pace: Int
    /// Whether there is a wire from the host to the board.
    public var hears: Bool
    /// Whether the firmware writes a line of text to the same UART now and then.
    public var chatter: Bool
    /// Whether the board reports with packets how it fares, every second of its clock; `.scribe`
    /// only.
    public var reports: Bool
    /// Bits a second of the simulated wire, 10 per byte; 0 = no limit. Sets the pace of the board's
    /// clock.
    public var baud: Int

    public init(
      linkProtocol: LinkProtocol = .scribe, mtu: Int = 252, pace: Int = 0, hears: Bool = true,
      chatter: Bool = false, reports: Bool = false, baud: Int = 0
    ) {
      self.linkProtocol = linkProtocol
      self.mtu = mtu
      self.pace = pace
      self.hears = hears
      self.chatter = chatter
      self.reports = reports
      self.baud = baud
    }
  }

  /// Everything that a board's bytes depend on, beside its pictures.
  public struct Configuration: Sendable {
    public var images: ImageOptions
    public var link: LinkOptions
    public var seed: UInt64
    /// Reads images by itself, as boards do; the board then sends the texts in place of the images;
    /// `.scribe` only.
    public var reader: (any FirmwareTextReader)?

    public init(
      images: ImageOptions = ImageOptions(), link: LinkOptions = LinkOptions(), seed: UInt64 = 1,
      reader: (any FirmwareTextReader)? = nil
    ) {
      self.images = images
      self.link = link
      self.seed = seed
      self.reader = reader
    }
  }
}
