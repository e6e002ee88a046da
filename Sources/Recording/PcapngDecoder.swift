/// Decodes a recording in any state, even damaged; does no I/O.
///
/// Push the file in pieces of any size, then call `finish()`. A block counts when its leading and
/// trailing lengths agree and its content fits in it. Anything else is skipped up to the next block
/// that counts and reported as damage, so one bad length never hides the rest of the file. No more
/// than one block of 16 MiB is ever held.
public struct PcapngDecoder: Sendable {
  private var pending = BlockBuffer()
  private var isFinished = false

  private var isLittleEndian = true
  private var interfaces = PcapngInterface.assumed
  /// Whether the interfaces of this section are assumed, because its start was damaged or missing.
  private var isAssuming = true
  private var hasPackets = false
  private var header: RecordingHeader?
  /// Of this section's last packet that has a time.
  private var lastTime: UInt64 = 0
  /// Whether any interface holds bytes of a serial link.
  private var hasSerial = false
  private var foreign: LinkType?

  /// The kind of the packets, if none hold bytes of a serial link.
  public var foreignLink: LinkType? { hasSerial ? nil : foreign }

  /// Whether any block of a recording has been found.
  public private(set) var hasFoundBlocks = false

  public init() {}

  /// Takes the next bytes of the file.
  ///
  /// - Parameter bytes: a piece of any size.
  /// - Returns: the events that became complete.
  public mutating func push(_ bytes: some Sequence<UInt8>) -> [RecordingEvent] {
    pending.append(bytes)
    return parse()
  }

  /// Ends the file: bytes that might have become a block are now known to be cut off.
  public mutating func finish() -> [RecordingEvent] {
    isFinished = true
    return parse()
  }

  // MARK: Blocks

  private var buffer: [UInt8] { pending.bytes }
  private var start: Int { pending.start }

  private enum Verdict {
    case block(length: Int)
    case incomplete
    case none
  }

  private mutating func parse() -> [RecordingEvent] {
    var events: [RecordingEvent] = []
    while start < buffer.count {
      switch verdict(at: start) {
      case .block(let length):
        // The bytes before this block were not cut off, since the file goes on.
        pending.goesOn()
        pending.reportDamage(&events)
        let range = start..<(start + length)
        if !decode(range, &events) {
          events.append(
            .damaged(.brokenContent, offset: pending.offset, count: UInt64(length)))
        }
        pending.start += length
      case .incomplete where !isFinished:
        return events
      case .incomplete:
        skip(.cutOff)
      case .none:
        skip(.brokenBlock)
      }
    }
    if isFinished {
      if let header { events.append(.header(header)) }
      header = nil
      pending.reportDamage(&events)
    }
    return events
  }

  /// Steps over one byte that starts no block.
  private mutating func skip(_ reason: RecordingDamage) {
    // An interface may have been lost, and then its number means another one.
    if pending.damage == nil, !hasPackets {
      interfaces = PcapngInterface.assumed
      isAssuming = true
    }
    pending.skip(reason)
  }

  /// Whether a block starts here.
  private func verdict(at index: Int) -> Verdict {
    let available = buffer.count - index
    guard available >= Pcapng.shortestBlock else {
      return .incomplete
    }
    let rawType = word(index, littleEndian: true)
    var littleEndian = isLittleEndian
    if rawType == Pcapng.sectionHeader {
      // The block type is a palindrome; the magic number behind the length tells the byte order.
      switch word(index + 8, littleEndian: true) {
      case Pcapng.byteOrderMagic: littleEndian = true
      case Pcapng.byteOrderMagic.byteSwapped: littleEndian = false
      default: return .none
      }
    } else {
      let type = littleEndian ? rawType : rawType.byteSwapped
      guard type == Pcapng.enhancedPacket || Pcapng.knownTypes.contains(type) else {
        return .none
      }
    }
    let length = Int(word(index + 4, littleEndian: littleEndian))
    guard length >= Pcapng.shortestBlock, length <= Pcapng.longestBlock, length & 3 == 0 else {
      return .none
    }
    guard length <= available else { return .incomplete }
    let trailing = Int(word(index + length - 4, littleEndian: littleEndian))
    return trailing == length ? .block(length: length) : .none
  }

  /// Decodes a whole block; false where its content contradicts itself.
  private mutating func decode(_ block: Range<Int>, _ events: inout [RecordingEvent]) -> Bool {
    let type = word(block.lowerBound, littleEndian: isLittleEndian)
    let body = (block.lowerBound + 8)..<(block.upperBound - 4)
    let isSound: Bool
    switch type {
    case Pcapng.sectionHeader, Pcapng.sectionHeader.byteSwapped:
      isSound = decodeSection(body, &events)
    case Pcapng.interfaceDescription:
      isSound = decodeInterface(body)
    case Pcapng.enhancedPacket:
      isSound = decodePacket(body, hasShortNumber: false, &events)
    case Pcapng.obsoletePacket:
      isSound = decodePacket(body, hasShortNumber: true, &events)
    case Pcapng.simplePacket:
      isSound = decodeSimplePacket(body, &events)
    default:
      return true
    }
    if isSound { hasFoundBlocks = true }
    return isSound
  }

  private mutating func decodeSection(_ body: Range<Int>, _ events: inout [RecordingEvent]) -> Bool
  {
    guard body.count >= 16 else { return false }
    isLittleEndian = word(body.lowerBound, littleEndian: true) == Pcapng.byteOrderMagic
    if let header { events.append(.header(header)) }  // That of a section without packets.
    var next = RecordingHeader(application: "")
    for (code, content) in options(in: (body.lowerBound + 16)..<body.upperBound)
    where code == Pcapng.Option.applicationName {
      next.application = text(content)
    }
    header = next
    interfaces = []
    isAssuming = false
    hasPackets = false
    lastTime = 0
    return half(body.lowerBound + 4) == 1
  }

  private mutating func decodeInterface(_ body: Range<Int>) -> Bool {
    guard body.count >= 8 else { return false }
    var interface = PcapngInterface(
      direction: nil, link: LinkType(half(body.lowerBound)))
    interface.limit = word(body.lowerBound + 4, littleEndian: isLittleEndian)
    for (code, content) in options(in: (body.lowerBound + 8)..<body.upperBound) {
      switch code {
      case Pcapng.Option.interfaceName:
        let name = text(content)
        interface.direction = RecordedDirection.allCases.first { $0.interfaceName == name }
        interface.isNamed = interface.direction != nil
        // Ours, whatever became of the number.
        if interface.isNamed { interface.link = LinkType(Pcapng.rawLinkType) }
        interface.isOfPackets =
          interface.link.number == Pcapng.packetLinkType && name == Pcapng.packetInterfaceName
      case Pcapng.Option.timeResolution:
        if let value = content.first.map({ buffer[$0] }) { interface.resolution = value }
      case Pcapng.Option.timeOffset where content.count == 8:
        interface.offsetSeconds = Int64(truncatingIfNeeded: long(content.lowerBound))
      case Pcapng.Option.comment:
        note(text(content))
      default:
        break
      }
    }
    if isAssuming {
      // The numbers of a damaged start are unknown, but the names tell the interfaces apart.
      if let direction = interface.direction { interfaces[Int(direction.rawValue)] = interface }
    } else if interfaces.count < 1 << 10 {
      // With another name, in another program's file, the number decides.
      if interface.direction == nil, !interface.isOfPackets {
        interface.direction = RecordedDirection(rawValue: UInt32(interfaces.count))
      }
      hasSerial = hasSerial || interface.link.isSerial
      interfaces.append(interface)
    }
    return true
  }

  /// Stores a `key=value` comment in the header.
  private mutating func note(_ comment: String) {
    guard let equals = comment.firstIndex(of: "=") else { return }
    let value = String(comment[comment.index(after: equals)...])
    var next = header ?? RecordingHeader(application: "")
    switch comment[..<equals] {
    case Pcapng.Key.port: next.port = value
    case Pcapng.Key.baud: next.baud = Int(value)
    case Pcapng.Key.linkProtocol: next.linkProtocol = value
    default: return
    }
    header = next
  }

  /// In obsolete blocks the interface's number has 16 bits.
  private mutating func decodePacket(
    _ body: Range<Int>, hasShortNumber: Bool, _ events: inout [RecordingEvent]
  ) -> Bool {
    guard body.count >= 20 else { return false }
    let first = body.lowerBound
    let number =
      hasShortNumber ? Int(half(first)) : Int(word(first, littleEndian: isLittleEndian))
    let count = Int(word(first + 12, littleEndian: isLittleEndian))
    guard number < interfaces.count, count <= body.count - 20 else { return false }
    let ticks =
      UInt64(word(first + 4, littleEndian: isLittleEndian)) << 32
      | UInt64(word(first + 8, littleEndian: isLittleEndian))
    lastTime = interfaces[number].nanoseconds(ticks)
    let data = (first + 20)..<(first + 20 + count)
    let rest = min(first + 20 + Pcapng.padded(count), body.upperBound)
    take(data, of: interfaces[number], optionsIn: rest..<body.upperBound, &events)
    return true
  }

  /// A packet of the first interface without a time, which is that of the last one that had any.
  private mutating func decodeSimplePacket(
    _ body: Range<Int>, _ events: inout [RecordingEvent]
  ) -> Bool {
    guard body.count >= 4, let interface = interfaces.first else { return false }
    let length = word(body.lowerBound, littleEndian: isLittleEndian)
    let count = Int(interface.limit == 0 ? length : min(length, interface.limit))
    guard count <= body.count - 4 else { return false }
    let data = (body.lowerBound + 4)..<(body.lowerBound + 4 + count)
    take(data, of: interface, optionsIn: body.upperBound..<body.upperBound, &events)
    return true
  }

  /// Gives out what a packet holds, and the remarks on it.
  private mutating func take(
    _ data: Range<Int>, of interface: PcapngInterface, optionsIn rest: Range<Int>,
    _ events: inout [RecordingEvent]
  ) {
    if let header { events.append(.header(header)) }
    header = nil
    hasPackets = true
    let options = options(in: rest)
    if let content = interface.link.content(of: buffer[data]) {
      if !content.bytes.isEmpty,
        let direction = direction(of: interface, content.direction, options)
      {
        events.append(.bytes(Array(content.bytes), direction: direction, at: lastTime))
      }
    } else {
      foreign = foreign ?? interface.link
    }
    for (code, content) in options where code == Pcapng.Option.comment {
      events.append(.note(text(content), at: lastTime))
    }
  }

  /// The direction of a packet; packets of other programs may carry it in their flags.
  private func direction(
    of interface: PcapngInterface, _ told: RecordedDirection?,
    _ options: [(code: UInt16, content: Range<Int>)]
  ) -> RecordedDirection? {
    guard let usual = interface.direction, !interface.isNamed else { return interface.direction }
    if let told { return told }
    for (code, content) in options where code == Pcapng.Option.packetFlags && content.count == 4 {
      switch word(content.lowerBound, littleEndian: isLittleEndian) & 3 {
      case Pcapng.Flag.inbound: return .received
      case Pcapng.Flag.outbound: return .sent
      default: break
      }
    }
    return usual
  }

  // MARK: Fields

  /// The options up to their end, to the first one that does not fit, or to the greatest number
  /// used.
  private func options(in range: Range<Int>) -> [(code: UInt16, content: Range<Int>)] {
    var result: [(code: UInt16, content: Range<Int>)] = []
    var index = range.lowerBound
    while range.upperBound - index >= 4 {
      let code = half(index)
      let count = Int(half(index + 2))
      guard code != Pcapng.Option.end, count <= range.upperBound - index - 4,
        result.count < Pcapng.mostOptions
      else { break }
      result.append((code, (index + 4)..<(index + 4 + count)))
      index += 4 + min(Pcapng.padded(count), range.upperBound - index - 4)
    }
    return result
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: buffer[range], as: UTF8.self)
  }

  private func word(_ index: Int, littleEndian: Bool) -> UInt32 {
    let value =
      UInt32(buffer[index]) | UInt32(buffer[index + 1]) << 8 | UInt32(buffer[index + 2]) << 16
      | UInt32(buffer[index + 3]) << 24
    return littleEndian ? value : value.byteSwapped
  }

  private func half(_ index: Int) -> UInt16 {
    let value = UInt16(buffer[index]) | UInt16(buffer[index + 1]) << 8
    return isLittleEndian ? value : value.byteSwapped
  }

  private func long(_ index: Int) -> UInt64 {
    let a = UInt64(word(index, littleEndian: isLittleEndian))
    let b = UInt64(word(index + 4, littleEndian: isLittleEndian))
    return isLittleEndian ? b << 32 | a : a << 32 | b
  }
}
