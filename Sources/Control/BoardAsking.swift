/// Asks a board that waits to be asked. Does no input or output, and is told the time, as
/// `BoardControl` is.
public struct BoardAsking: Sendable {
  /// The times at which a board is asked again.
  public struct Repetition: Sendable, Hashable {
    /// Whether it is asked after each image.
    public var afterImage: Bool
    /// Nanoseconds from one request to the next, whatever comes.
    public var interval: UInt64?
    /// Nanoseconds without a byte after which it is asked again.
    public var silence: UInt64?

    public init(afterImage: Bool = false, interval: UInt64? = nil, silence: UInt64? = nil) {
      self.afterImage = afterImage
      self.interval = interval
      self.silence = silence
    }

    /// The repetition of a preset, where the user gives none.
    public init(_ preset: BoardRequest.Preset) {
      self.init(afterImage: preset != .arducamStream, silence: Self.usualSilence)
    }

    /// The usual silence: a board that sent nothing for so long didn't hear, or its image got lost.
    public static let usualSilence: UInt64 = 10_000_000_000
  }

  private let command: [UInt8]
  private let repetition: Repetition
  private var exchange: VC0706?
  private var isConnected = false
  /// The times of the last request and of the last bytes.
  private var asked: UInt64 = 0
  private var heard: UInt64 = 0

  public init(_ request: BoardRequest, _ repetition: Repetition) {
    self.repetition = repetition
    switch request {
    case .bytes(let bytes): command = bytes
    case .preset(.arducam): command = [0x10]
    case .preset(.arducamStream): command = [0x20]
    case .preset(.vc0706):
      command = []
      exchange = VC0706(interval: repetition.interval ?? 0)
    }
  }

  /// Takes note that the board is there, for the first time or again.
  public mutating func connected(at now: UInt64) -> [UInt8] {
    isConnected = true
    if exchange != nil { return exchange?.connected(at: now) ?? [] }
    return ask(at: now)
  }

  /// Asks at once, where a request is all that a board waits for.
  public mutating func askNow(at now: UInt64) -> [UInt8] {
    isConnected && exchange == nil ? ask(at: now) : []
  }

  public mutating func disconnected() { isConnected = false }

  /// Takes note of bytes that came, and of the images that came with them.
  public mutating func received(_ bytes: [UInt8], images: Int, at now: UInt64) -> [UInt8] {
    heard = now
    if exchange != nil { return exchange?.received(bytes, at: now) ?? [] }
    return repetition.afterImage && images > 0 ? ask(at: now) : []
  }

  /// Takes note of the time; to be called a few times a second.
  public mutating func tick(at now: UInt64) -> [UInt8] {
    guard isConnected else { return [] }
    if exchange != nil { return exchange?.tick(at: now) ?? [] }
    if let interval = repetition.interval, now >= asked + interval { return ask(at: now) }
    if let silence = repetition.silence, now >= max(asked, heard) + silence {
      return ask(at: now)
    }
    return []
  }

  private mutating func ask(at now: UInt64) -> [UInt8] {
    asked = now
    return command
  }
}
