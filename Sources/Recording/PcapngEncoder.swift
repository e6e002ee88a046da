/// Makes the blocks of a recording; does no I/O.
public enum PcapngEncoder {
  /// The start of a file: its section header and its interfaces.
  ///
  /// - Parameters:
  ///   - header: the description of the recording.
  ///   - withPackets: whether decoded packets will follow, too.
  /// - Returns: whole blocks.
  public static func header(_ header: RecordingHeader, withPackets: Bool = false) -> [UInt8] {
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
    if withPackets {
      var packets = interface(
        Pcapng.packetLinkType, name: Pcapng.packetInterfaceName,
        description: "Packets, without their framing")
      packets.endOptions()
      bytes += packets.finished()
    }
    return bytes
  }

  private static func interface(_ linkType: UInt16, name: String, description: String) -> Block {
    var block = Block(Pcapng.interfaceDescription)
    block.append(linkType)
    block.append(UInt16(0))
    block.append(UInt32(0))  // No limit on the length of a packet.
    block.option(Pcapng.Option.interfaceName, name)
    block.option(Pcapng.Option.interfaceDescription, description)
    block.option(Pcapng.Option.timeResolution, [9])
    return block
  }

  private static func interface(_ direction: RecordedDirection, _ header: RecordingHeader)
    -> [UInt8]
  {
    var block = interface(
      Pcapng.rawLinkType, name: direction.interfaceName,
      description: direction.interfaceDescription)
    if let baud = header.baud, baud > 0 {
      var speed = Block()
      speed.append(UInt64(baud))
      block.option(Pcapng.Option.interfaceSpeed, speed.bytes)
    }
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
      result += block(bytes[start..<end], direction.rawValue, time).finished()
      start = end
    } while start < bytes.count
    return result
  }

  /// A packet without bytes that carries a remark.
  public static func note(_ text: String, at time: UInt64) -> [UInt8] {
    var block = Self.block([], RecordedDirection.received.rawValue, time)
    block.option(Pcapng.Option.comment, text)
    block.endOptions()
    return block.finished()
  }

  /// One packet of the link, without its framing.
  ///
  /// - Parameters:
  ///   - bytes: the packet from its header to its checksum.
  ///   - direction: the packet's direction.
  ///   - isSound: whether the packet's checksum is right.
  ///   - time: nanoseconds since 1970.
  /// - Returns: one block.
  static func packet(
    _ bytes: ArraySlice<UInt8>, direction: RecordedDirection, isSound: Bool, at time: UInt64
  ) -> [UInt8] {
    var flags = Block()
    flags.append(
      (direction == .received ? Pcapng.Flag.inbound : Pcapng.Flag.outbound)
        | (isSound ? 0 : Pcapng.Flag.badChecksum))
    var block = Self.block(bytes, Pcapng.packetInterface, time)
    block.option(Pcapng.Option.packetFlags, flags.bytes)
    block.endOptions()
    return block.finished()
  }

  private static func block(
    _ bytes: ArraySlice<UInt8>, _ interface: UInt32, _ time: UInt64
  ) -> Block {
    var block = Block(Pcapng.enhancedPacket)
    block.append(interface)
    block.append(UInt32(truncatingIfNeeded: time >> 32))
    block.append(UInt32(truncatingIfNeeded: time))
    block.append(UInt32(bytes.count))
    block.append(UInt32(bytes.count))
    block.append(padding: bytes)
    return block
  }
}

/// A block that is being built, little-endian.
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
