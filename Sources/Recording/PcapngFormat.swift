/// Numbers of the file format; names as in the specification.
enum Pcapng {
  static let sectionHeader: UInt32 = 0x0A0D_0D0A
  static let interfaceDescription: UInt32 = 1
  static let enhancedPacket: UInt32 = 6
  /// Obsolete packets, which came before enhanced ones, and packets without time and interface.
  static let obsoletePacket: UInt32 = 2
  static let simplePacket: UInt32 = 3
  /// Block types of the specification. Names, statistics, journal entries, secrets and custom
  /// blocks have no content for recordings and are skipped.
  static let knownTypes: Set<UInt32> = [1, 2, 3, 4, 5, 6, 9, 10, 0xBAD, 0x4000_0BAD]

  static let byteOrderMagic: UInt32 = 0x1A2B_3C4D
  /// LINKTYPE_USER0, for private use: bytes as they came, which Wireshark shows as bytes.
  static let rawLinkType: UInt16 = 147
  /// LINKTYPE_USER1: one packet per block, which scripts/link/wireshark decodes.
  static let packetLinkType: UInt16 = 148
  /// The interface of packets, behind the two of raw bytes.
  static let packetInterface: UInt32 = 2
  static let packetInterfaceName = "packets"

  /// The largest block; Wireshark refuses larger ones, too.
  static let longestBlock = 16 << 20
  /// Limit on the options of a block: four million empty ones would fit.
  static let mostOptions = 4096
  /// Bytes of the type and of two lengths.
  static let shortestBlock = 12

  enum Option {
    static let end: UInt16 = 0
    static let comment: UInt16 = 1
    static let applicationName: UInt16 = 4
    static let interfaceName: UInt16 = 2
    static let packetFlags: UInt16 = 2
    static let interfaceDescription: UInt16 = 3
    static let interfaceSpeed: UInt16 = 8
    static let timeResolution: UInt16 = 9
    static let timeOffset: UInt16 = 14
  }

  /// Keys of the `key=value` comments on the first interface.
  enum Key {
    static let port = "port"
    static let baud = "baud"
    static let linkProtocol = "protocol"
  }

  /// Bits of a packet's flags.
  enum Flag {
    static let inbound: UInt32 = 1
    static let outbound: UInt32 = 2
    static let badChecksum: UInt32 = 1 << 24
  }

  static func padded(_ count: Int) -> Int { (count &+ 3) & ~3 }
}
