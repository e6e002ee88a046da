/// Signs that a stream was passed on as text: line ends translated, or flow control eaten.
///
/// Compressed data has every byte about as often as others. Of line feeds one in 256 has a carriage
/// return before it; 11 and 13 don't fail to come in thousands of bytes.
enum StreamTranslation: Equatable {
  case none
  case lineEnds
  case flowControl
  /// More bytes tell.
  case open

  /// Bytes of a file that are looked at.
  static let mostBytes = 4096
  /// Line feeds with carriage returns that settle it: by chance one stream in 2^64, and at the end
  /// of a file or of the bytes, where fewer must do, one in 2^32.
  private static let enoughLines = 8
  private static let leastLines = 4
  /// Bytes without 11 and 13 that settle it: by chance once in 10^7.
  private static let leastBytes = 2048
  /// Different bytes that there are at least: in less it's chance, or text.
  private static let leastKinds = 192

  /// By the first bytes of a file that makes no sense; `isFinal` where no more come.
  init(of bytes: ArraySlice<UInt8>, isFinal: Bool) {
    let bytes = bytes.prefix(Self.mostBytes)
    var lines = 0
    var hasLoneFeed = false
    var hasControl = false
    var before: UInt8 = 0
    for byte in bytes {
      if byte == 0x0A, !hasLoneFeed {
        hasLoneFeed = before != 0x0D
        lines += 1
        if !hasLoneFeed, lines >= Self.enoughLines {
          self = .lineEnds
          return
        }
      }
      if byte == 0x11 || byte == 0x13 { hasControl = true }
      if hasControl, hasLoneFeed {
        self = .none
        return
      }
      before = byte
    }
    guard isFinal || bytes.count == Self.mostBytes else {
      self = .open
      return
    }
    if !hasLoneFeed, lines >= Self.leastLines {
      self = .lineEnds
    } else if !hasControl, bytes.count >= Self.leastBytes, Set(bytes).count >= Self.leastKinds {
      self = .flowControl
    } else {
      self = .none
    }
  }

  /// Whether a whole file has line feeds enough, and none without a carriage return before it.
  static func hasLineEnds(_ file: ArraySlice<UInt8>) -> Bool {
    var lines = 0
    var at = file.startIndex
    while let feed = file[at...].firstIndex(of: 0x0A) {
      guard feed > file.startIndex, file[feed - 1] == 0x0D else { return false }
      lines += 1
      at = feed + 1
    }
    return lines >= leastLines
  }
}

/// Looks for translation where starts lead nowhere, for as long as that may tell something: a stream of
/// starts alone would be looked through again and again.
struct TranslationWatch {
  private static let mostLooks = 64
  private var looksLeft = mostLooks

  mutating func look(at bytes: ArraySlice<UInt8>, isFinal: Bool) -> StreamTranslation {
    guard looksLeft > 0 else { return .none }
    let found = StreamTranslation(of: bytes, isFinal: isFinal)
    if found == .none { looksLeft -= 1 }
    return found
  }

  /// Begins anew, since an image came.
  mutating func renew() { self = TranslationWatch() }
}

/// Takes the carriage return before each line feed out again, for as long as there is one before each.
struct LineEndFilter {
  private var isOn = false
  /// A carriage return came, and nothing behind it yet.
  private(set) var isHolding = false
  /// The place in the buffer from which on nothing was taken out any more.
  private var end = 0

  /// Whether carriage returns were taken out at this place of the buffer. The filter itself may be
  /// ahead of it.
  func covers(_ offset: Int) -> Bool { isOn || offset < end }

  /// So many bytes of the buffer are taken away in front.
  mutating func shift(by count: Int) { end -= count }

  /// Appends what is left of `bytes`. Returns how many bytes were taken out.
  mutating func append(_ bytes: some Sequence<UInt8>, to buffer: inout [UInt8]) -> Int {
    guard isOn else {
      buffer.append(contentsOf: bytes)
      return 0
    }
    var removed = 0
    for byte in bytes {
      guard isOn else {
        buffer.append(byte)
        continue
      }
      if byte == 0x0A {
        // A line feed alone: here nothing translates any more.
        if isHolding { removed += 1 } else { (isOn, end) = (false, buffer.count) }
        isHolding = false
      } else if isHolding {
        buffer.append(0x0D)
        isHolding = false
      }
      if byte == 0x0D, isOn { isHolding = true } else { buffer.append(byte) }
    }
    return removed
  }

  mutating func turnOn() { isOn = true }

  /// Gives out what is held, at the end of the bytes.
  mutating func flush(to buffer: inout [UInt8]) {
    if isHolding { buffer.append(0x0D) }
    self = LineEndFilter()
  }
}
