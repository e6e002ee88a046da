/// Frames the packets that the host sends.
public struct PacketEncoder: Sendable {
  private var sequence: UInt8 = 0

  public init() {}

  /// A packet with its delimiters.
  ///
  /// - Precondition: `body` leaves room for header and checksum in the largest packet.
  public mutating func packet(_ type: PacketType, body: [UInt8]) -> [UInt8] {
    var bytes = [PacketHeader.version << 4 | type.rawValue, sequence, 0, 0, 0, 0] + body
    precondition(bytes.count + PacketHeader.checksumSize <= PacketDecoder.maximumPacketSize)
    sequence &+= 1
    bytes.append(littleEndian: bytes.withUnsafeBytes { CRC32.checksum($0) })
    return [0] + COBS.encode(bytes) + [0]
  }
}

extension [UInt8] {
  /// Appends a number, low byte first.
  package mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
