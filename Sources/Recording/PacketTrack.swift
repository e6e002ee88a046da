import Packets

/// The packets in a link's bytes, as blocks of their own beside the raw bytes.
///
/// They are a copy for people who look at a recording with Wireshark; readers of recordings decode
/// the raw bytes.
struct PacketTrack {
  private var decoders = RecordedDirection.allCases.map { _ in PacketDecoder() }

  /// Adds a block for each packet that `bytes` complete, with their time.
  ///
  /// Packets of unknown versions and types are included, and those with a wrong checksum, marked.
  /// Bytes that are no packet have no block.
  mutating func append(
    packetsEndingIn bytes: [UInt8], _ direction: RecordedDirection, _ time: UInt64,
    to blocks: inout [UInt8]
  ) {
    let side = Int(direction.rawValue)
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while let step = decoders[side].next(in: buffer, at: &offset) {
        let isSound: Bool
        switch step {
        case .packet, .dropped(.unsupportedVersion, _), .dropped(.unknownType, _): isSound = true
        case .dropped(.badChecksum, _): isSound = false
        case .dropped, .console: continue
        }
        blocks += PcapngEncoder.packet(
          decoders[side].storage[..<decoders[side].packetSize], direction: direction,
          isSound: isSound, at: time)
      }
    }
  }
}
