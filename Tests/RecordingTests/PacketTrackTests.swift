import Glibc
import Packets
import Recording
import Testing

@Suite("Packets beside raw bytes") struct PacketTrackTests {
  /// The contents of a file that a writer makes.
  private func file(
    decodesPackets: Bool = true, header: RecordingHeader = RecordingHeader(),
    _ body: (inout RecordingWriter) throws -> Void
  ) throws -> [UInt8] {
    let path = temporaryPath()
    defer { unlink(path) }
    var writer = try RecordingWriter(path: path, header: header, decodesPackets: decodesPackets)
    try body(&writer)
    try writer.finish()
    return try contents(path)
  }

  private let ping = linkPacket(type: 8, sequence: 1, body: [1, 2, 3, 4])
  private let log = linkPacket(type: 5, sequence: 2, body: Array("hello".utf8))

  @Test func readersOfRecordingsSeeRawBytesAlone() throws {
    let bytes = framed(ping) + framed(log)
    let write: (inout RecordingWriter) throws -> Void = { writer in
      try writer.append(bytes, direction: .received, at: 10)
      try writer.append(framed(self.ping), direction: .sent, at: 11)
      try writer.append(note: "idle", at: 12)
    }
    let with = try file(write)
    let without = try file(decodesPackets: false, write)
    #expect(decoded(with) == decoded(without))
    #expect(packetBlocks(without).isEmpty)
    #expect(packetBlocks(with).map(\.content) == [ping, log, ping])
    // Inbound, inbound, outbound.
    #expect(packetBlocks(with).map(\.flags) == [1, 1, 2])
  }

  @Test func aPacketHasTheTimeOfTheReadThatCompletedIt() throws {
    let bytes = framed(ping) + framed(log)
    for cut in 1..<(bytes.count - 1) {
      let written = try file { writer in
        try writer.append(Array(bytes[..<cut]), direction: .received, at: 100)
        try writer.append(Array(bytes[cut...]), direction: .received, at: 200)
      }
      let blocks = packetBlocks(written)
      #expect(blocks.map(\.content) == [ping, log])
      // The delimiter after it completes a packet.
      #expect(blocks.map(\.time) == [cut >= framed(ping).count ? 100 : 200, 200])
    }
  }

  @Test func whatIsWrongIsMarkedAndWhatIsNoPacketIsLeftOut() throws {
    var broken = ping
    broken[7] ^= 0x10
    let unknown = linkPacket(type: 15, sequence: 3, body: [9])
    let other = linkPacket(type: 8, version: 3, sequence: 4, body: [1, 2, 3, 4])
    let written = try file { writer in
      try writer.append(
        framed(broken) + framed(ping) + Array("printf\r\n".utf8) + framed(unknown)
          + [0, 0x93, 0xFE, 0] + framed(other), direction: .received, at: 1)
    }
    let blocks = packetBlocks(written)
    #expect(blocks.map(\.content) == [broken, ping, unknown, other])
    #expect(blocks.map(\.flags) == [1 | 1 << 24, 1, 1, 1])
  }

  @Test func aHangUpJoinsNoHalves() throws {
    let bytes = framed(ping)
    let written = try file { writer in
      try writer.append(Array(bytes[..<6]), direction: .received, at: 1)
      writer.breakStream()
      try writer.append(Array(bytes[6...]) + bytes, direction: .received, at: 2)
    }
    #expect(packetBlocks(written).map(\.content) == [ping])
  }

  @Test func packetsAreNeverTakenForRawBytes() throws {
    let written = try file { writer in
      try writer.append(framed(ping), direction: .received, at: 1)
    }
    // Without the start of the file nothing tells the interfaces apart.
    let start = PcapngEncoder.header(RecordingHeader(), withPackets: true).count
    for cut in [start, start / 2, 4] {
      let events = decoded(Array(written[cut...])).packets
      #expect(events == [.bytes(framed(ping), direction: .received, at: 1)])
    }
    // Packets alone, as Wireshark exports the packets shown: their interface is then the first.
    let section = Array(PcapngEncoder.header(RecordingHeader())[..<sectionLength(written)])
    let interface = blocks(of: Array(written[..<start])).last?.bytes ?? []
    let packet = packetBlocks(written).first.map { block in
      var bytes = block.bytes
      bytes[8] = 0
      return bytes
    }
    #expect(decoded(section + interface + (packet ?? [])).packets.isEmpty)
  }

  private func sectionLength(_ file: [UInt8]) -> Int { blocks(of: file).first?.bytes.count ?? 0 }
}
