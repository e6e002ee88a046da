import FirmwareProto

/// The packets that boards send, taken apart and put together again, so that tests can change what
/// checksums protect.
extension [UInt8] {
  /// Whether a packet with its delimiters is a slice.
  public var isSlice: Bool { self[first == 0 ? 2 : 1] == 0x13 }

  /// Header and body of a packet with its delimiters.
  public var unstuffed: [UInt8] {
    var result: [UInt8] = []
    var at = first == 0 ? 1 : 0
    while at < count - 1 {
      let code = Int(self[at])
      result += self[(at + 1)..<Swift.min(at + code, count - 1)]
      at += code
      if code < 255, at < count - 1 { result.append(0) }
    }
    return Array(result.dropLast(4))
  }

  /// A packet around header and body, with the right CRC.
  public var framed: [UInt8] {
    let crc = scribe_crc32(0, self, count)
    let packet = self + (0..<4).map { UInt8(truncatingIfNeeded: crc >> (8 * UInt32($0))) }
    var stuffed = [UInt8](repeating: 0, count: packet.count + packet.count / 254 + 1)
    let size = scribe_cobs_encode(&stuffed, packet, packet.count)
    return [0] + stuffed.prefix(size) + [0]
  }
}
