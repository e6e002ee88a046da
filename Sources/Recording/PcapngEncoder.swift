/// Makes the blocks of a recording; does no I/O.
public enum PcapngEncoder {
  /// The start of a file: its section header and both interfaces.
  public static func header(_ header: RecordingHeader) -> [UInt8] {
    var section = Block(Pcapng.sectionHeader)
    section.append(Pcapng.byteOrderMagic)
    section.append(UInt16(1))
    section.append(UInt16(0))
    section.append(UInt64.max)  // Length unknown: the file grows while it is written.
    section.option(Pcapng.Option.applicationName, header.application)
    section.endOptions()

    var bytes = section.finished()
    for direction in RecordedDirection.allCases {
      bytes += interface(direction, header)
    }
    return bytes
  }

  private static func interface(_ direction: RecordedDirection, _ header: RecordingHeader)
    -> [UInt8]
  {
    var block = Block(Pcapng.interfaceDescription)
    block.append(Pcapng.linkType)
    block.append(UInt16(0))
    block.append(UInt32(0))  // No limit on the length of a packet.
    block.option(Pcapng.Option.interfaceName, direction.interfaceName)
    block.option(Pcapng.Option.interfaceDescription, direction.interfaceDescription)
    if let baud = header.baud, baud > 0 {
      var speed = Block()
      speed.append(UInt64(baud))
      block.option(Pcapng.Option.interfaceSpeed, speed.bytes)
    }
    block.option(Pcapng.Option.timeResolution, [9])
    if direction == .received {
      for (key, value) in [
        (Pcapng.Key.port, header.port), (Pcapng.Key.baud, header.baud.map { "\($0)" }),
        (Pcapng.Key.linkProtocol, header.linkProtocol),
      ] {
        if let value { block.option(Pcapng.Option.comment, "\(key)=\(value)") }
      }
    }
    block.endOptions()
    return block.finished()
  }

  /// One block with the bytes of one read or write.
  ///
  /// Reads of more than 1 MiB become several blocks.
  public static func bytes(_ bytes: [UInt8], direction: RecordedDirection, at time: UInt64)
    -> [UInt8]
  {
    let most = 1 << 20
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + 36)
    var start = 0
    repeat {
      let end = min(start + most, bytes.count)
      result += packet(bytes[start..<end], direction, time, note: nil)
      start = end
    } while start < bytes.count
    return result
  }

  /// A packet without bytes that carries a remark.
  public static func note(_ text: String, at time: UInt64) -> [UInt8] {
    packet([], .received, time, note: text)
  }

  private static func packet(
    _ bytes: ArraySlice<UInt8>, _ direction: RecordedDirection, _ time: UInt64, note: String?
  ) -> [UInt8] {
    var block = Block(Pcapng.enhancedPacket)
    block.append(direction.rawValue)
    block.append(UInt32(truncatingIfNeeded: time >> 32))
    block.append(UInt32(truncatingIfNeeded: time))
    block.append(UInt32(bytes.count))
    block.append(UInt32(bytes.count))
    block.append(padding: bytes)
    if let note {
      block.option(Pcapng.Option.comment, note)
      block.endOptions()
    }
    return block.finished()
  }
}

/// A block in the making, little-endian.
private struct Block {
  var bytes: [UInt8] = []

  init() {}

  init(_ type: UInt32) {
    append(type)
    append(UInt32(0))  // The length, set at the end.
  }

  mutating func append(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<(value.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  mutating func append(padding content: some Collection<UInt8>) {
    bytes += content
    bytes += repeatElement(0, count: Pcapng.padded(content.count) - content.count)
  }

  mutating func option(_ code: UInt16, _ content: [UInt8]) {
    let content = content.prefix(Int(UInt16.max))
    append(code)
    append(UInt16(content.count))
    append(padding: content)
  }

  mutating func option(_ code: UInt16, _ text: String) { option(code, Array(text.utf8)) }

  mutating func endOptions() {
    append(Pcapng.Option.end)
    append(UInt16(0))
  }

  consuming func finished() -> [UInt8] {
    let length = UInt32(bytes.count + 4)
    append(length)
    for i in 0..<4 { bytes[4 + i] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(i))) }
    return bytes
  }
}
