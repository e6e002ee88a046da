/// Decodes a classic pcap file in any state, even damaged; does no I/O.
///
/// Both resolutions and both byte orders. A record has its length once and no mark of its own, so
/// one counts where what follows it looks like a record too; anything else is skipped up to the
/// next one and reported as damage.
public struct PcapDecoder: Sendable {
  private var pending = BlockBuffer()
  private var isFinished = false

  private var form: Form?
  /// Seconds of the last record.
  private var lastSecond: UInt32?

  /// Whether the file's header has been found.
  public var hasFoundBlocks: Bool { form != nil }
  /// The kind of the packets, if they hold no bytes of a serial link.
  public var foreignLink: LinkType? {
    form.flatMap { $0.link.isSerial ? nil : $0.link }
  }

  public init() {}

  private static let headerSize = 24
  private static let recordSize = 16
  /// Records of more than this there are none, whatever a header allows.
  private static let longestRecord = 16 << 20
  /// The length that any header allows: tools take more than they announce.
  private static let usualRecord = 1 << 18

  /// The facts of a file's header.
  private struct Form {
    var isLittleEndian: Bool
    /// Parts of a second that times count.
    var ticks: UInt32
    var longest: Int
    var link: LinkType

    /// Nil where no header stands there.
    init?(_ bytes: [UInt8], at start: Int = 0) {
      guard bytes.count - start >= headerSize else { return nil }
      func number(_ at: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[start + at + $1]) << UInt32(8 * $1) }
      }
      let isLittleEndian: Bool
      switch number(0) {
      case 0xA1B2_C3D4: (isLittleEndian, ticks) = (true, 1_000_000)
      case 0xA1B2_3C4D: (isLittleEndian, ticks) = (true, 1_000_000_000)
      case 0xD4C3_B2A1: (isLittleEndian, ticks) = (false, 1_000_000)
      case 0x4D3C_B2A1: (isLittleEndian, ticks) = (false, 1_000_000_000)
      default: return nil
      }
      self.isLittleEndian = isLittleEndian
      func ordered(_ at: Int) -> UInt32 {
        isLittleEndian ? number(at) : number(at).byteSwapped
      }
      // Version 2, of whichever minor number.
      guard bytes[start + (isLittleEndian ? 4 : 5)] == 2 else { return nil }
      let length = Int(ordered(16))
      longest = length == 0 ? longestRecord : min(max(length, usualRecord), longestRecord)
      // The upper half tells of checksums behind the packets of networks.
      link = LinkType(UInt16(truncatingIfNeeded: ordered(20)))
    }
  }

  /// Whether a file that starts so is one.
  static func starts(_ head: [UInt8]) -> Bool { Form(head) != nil }

  /// Takes the next bytes of the file.
  ///
  /// - Parameter bytes: a piece of any size.
  /// - Returns: what became complete.
  public mutating func push(_ bytes: some Sequence<UInt8>) -> [RecordingEvent] {
    pending.append(bytes)
    return parse()
  }

  /// Ends the file: what could still have become a record is now known to be cut off.
  public mutating func finish() -> [RecordingEvent] {
    isFinished = true
    return parse()
  }

  // MARK: Records

  private var buffer: [UInt8] { pending.bytes }
  private var start: Int { pending.start }

  private enum Verdict {
    case header(Form)
    case record(length: Int)
    case incomplete
    case none
  }

  private mutating func parse() -> [RecordingEvent] {
    var events: [RecordingEvent] = []
    while start < buffer.count {
      switch verdict() {
      case .header(let form):
        pending.reportDamage(&events)
        self.form = form
        lastSecond = nil
        events.append(.header(RecordingHeader(application: "")))
        pending.start += Self.headerSize
      case .record(let length):
        // Whatever came before was not cut off, as the file goes on.
        pending.goesOn()
        pending.reportDamage(&events)
        decode(length, &events)
        pending.start += Self.recordSize + length
      case .incomplete where !isFinished: return events
      case .incomplete: pending.skip(.cutOff)
      case .none: pending.skip(.brokenBlock)
      }
    }
    if isFinished { pending.reportDamage(&events) }
    return events
  }

  private func verdict() -> Verdict {
    let available = buffer.count - start
    guard let form else {
      guard available >= Self.headerSize else { return .incomplete }
      return Form(buffer, at: start).map { .header($0) } ?? .none
    }
    guard available >= Self.recordSize else { return .incomplete }
    // Behind damage only what leaves no doubt counts.
    let isInStep = pending.damage == nil
    guard let length = recordLength(at: start, form, isStrict: !isInStep) else {
      guard available >= Self.headerSize else { return isFinished ? .none : .incomplete }
      return Form(buffer, at: start).map { .header($0) } ?? .none
    }
    let next = start + Self.recordSize + length
    guard next <= buffer.count else { return .incomplete }
    guard buffer.count - next >= Self.headerSize || isFinished else { return .incomplete }
    if follows(next, form, isStrict: !isInStep) { return .record(length: length) }
    // Either what follows is damaged, or this one's length: then others stand within it.
    guard isInStep, !hasRecord(within: start + 1..<next, form) else { return .none }
    return .record(length: length)
  }

  /// Whether the file ends or goes on there as it should.
  private func follows(_ index: Int, _ form: Form, isStrict: Bool) -> Bool {
    guard buffer.count - index >= Self.recordSize else { return isFinished }
    return recordLength(at: index, form, isStrict: isStrict) != nil
      || Form(buffer, at: index) != nil
  }

  /// Whether a record begins in a part of the buffer.
  private func hasRecord(within range: Range<Int>, _ form: Form) -> Bool {
    range.contains { recordLength(at: $0, form, isStrict: true) != nil }
  }

  /// The length of a record that starts there; nil where none can start.
  private func recordLength(at index: Int, _ form: Form, isStrict: Bool) -> Int? {
    guard index + Self.recordSize <= buffer.count else { return nil }
    let length = Int(word(index + 8, form))
    guard length <= form.longest, word(index + 4, form) < form.ticks else { return nil }
    guard isStrict else { return length }
    let second = word(index, form)
    let day: UInt32 = 86_400
    let last = lastSecond ?? word(start, form)
    guard max(second, last) - min(second, last) <= day, length <= word(index + 12, form) else {
      return nil
    }
    return length
  }

  private mutating func decode(_ length: Int, _ events: inout [RecordingEvent]) {
    guard let form else { return }
    let second = word(start, form)
    lastSecond = second
    let first = start + Self.recordSize
    guard let (bytes, direction) = form.link.content(of: buffer[first..<first + length]),
      !bytes.isEmpty
    else { return }
    let nanoseconds = UInt64(word(start + 4, form)) * (1_000_000_000 / UInt64(form.ticks))
    events.append(
      .bytes(
        Array(bytes), direction: direction ?? .received,
        at: UInt64(second) * 1_000_000_000 + nanoseconds))
  }

  private func word(_ index: Int, _ form: Form) -> UInt32 {
    let value =
      UInt32(buffer[index]) | UInt32(buffer[index + 1]) << 8 | UInt32(buffer[index + 2]) << 16
      | UInt32(buffer[index + 3]) << 24
    return form.isLittleEndian ? value : value.byteSwapped
  }
}
