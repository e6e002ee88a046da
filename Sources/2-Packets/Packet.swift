/// The first six bytes of a packet.
public struct PacketHeader: Sendable, Hashable {
  /// Bytes of header and of trailing CRC.
  public static let size = 6
  public static let checksumSize = 4
  /// The version this program speaks.
  public static let version: UInt8 = 1

  public var type: PacketType
  /// Counts every packet of a direction, modulo 256.
  public var sequence: UInt8
  /// The low byte of the image's number; 0 in packets that belong to none.
  public var imageNumber: UInt8
  /// The descriptor that the image follows, one of the last eight.
  public var descriptorID: UInt8
  public var isLastSlice: Bool
  /// Whether rows are coded against the previous image.
  public var isInter: Bool
  /// Whether the body starts with the number of a fragment of a coded slice.
  public var isFragment: Bool
  public var hasMoreFragments: Bool
  /// First row of a coded slice; else the number of the chunk.
  public var position: UInt16

  /// The header in the first six of `bytes`, or the reason why this program can't use it.
  package static func parse(
    _ bytes: UnsafeRawBufferPointer
  ) -> Result<PacketHeader, PacketHeaderError> {
    let versionAndType = bytes[0]
    guard versionAndType >> 4 == version else { return .failure(.unsupportedVersion) }
    guard let type = PacketType(rawValue: versionAndType & 15) else {
      return .failure(.unknownType)
    }
    let flags = bytes[3]
    return .success(
      PacketHeader(
        type: type, sequence: bytes[1], imageNumber: bytes[2], descriptorID: flags >> 5,
        isLastSlice: flags & 0x10 != 0, isInter: flags & 0x08 != 0,
        isFragment: flags & 0x04 != 0, hasMoreFragments: flags & 0x02 != 0,
        position: UInt16(bytes[4]) | UInt16(bytes[5]) << 8))
  }
}

package enum PacketHeaderError: Error {
  case unsupportedVersion
  case unknownType

  var cause: DropCause {
    switch self {
    case .unsupportedVersion: .unsupportedVersion
    case .unknownType: .unknownType
    }
  }
}

/// The types of packets; PROTOCOL.md describes their bodies.
public enum PacketType: UInt8, Sendable, CaseIterable {
  case descriptor = 1
  case begin = 2
  case slice = 3
  case end = 4
  case log = 5
  case stats = 6
  case hello = 7
  case ping = 8
  case pong = 9
  /// The host grants bytes to send.
  case credit = 10
  /// Text that the board read in an image by itself.
  case text = 11
  /// The host asks for something.
  case command = 12
  case response = 13
}

/// A packet that arrived whole: its CRC was right.
public struct Packet: Sendable, Equatable {
  public var header: PacketHeader
  public var body: [UInt8]
}

/// Results of decoding, in the order of the bytes.
public enum PacketEvent: Sendable, Equatable {
  case packet(Packet)
  /// Bytes that were no packet, without delimiters.
  case dropped(DropCause, Int)
  /// Text between delimiters: a `printf` of the board.
  case console([UInt8])
}
