/// The kind of a capture file's packets, by the numbers that pcap and pcapng share
/// (https://www.tcpdump.org/linktypes.html).
public struct LinkType: Sendable, Hashable {
  public let number: UInt16

  public init(_ number: UInt16) { self.number = number }

  /// USER0 to USER15, for private use: bytes as they came, and nothing before or behind them.
  var isBare: Bool { (147...162).contains(number) }

  /// RTAC_SERIAL, which recorders of serial ports write and Wireshark knows: times, an event and
  /// control lines stand before the bytes.
  var isSerialEvents: Bool { number == 250 }

  /// Whether its packets hold bytes of a serial link.
  public var isSerial: Bool { isBare || isSerialEvents }

  /// The link's bytes in a packet.
  ///
  /// - Parameter packet: all that was captured.
  /// - Returns: its bytes, and which way they went where the packet says that; nil for none.
  func content(
    of packet: ArraySlice<UInt8>
  ) -> (bytes: ArraySlice<UInt8>, direction: RecordedDirection?)? {
    guard isSerialEvents else { return isBare ? (packet, nil) : nil }
    guard packet.count > 12 else { return nil }
    switch packet[packet.startIndex + 8] {
    case 1, 3: return (packet.dropFirst(12), .sent)
    default: return (packet.dropFirst(12), .received)
    }
  }
}

extension LinkType: CustomStringConvertible {
  /// The kind in words for people.
  public var description: String {
    let name: String? =
      switch number {
      case 0, 108: "loopback packets"
      case 1: "Ethernet frames"
      case 8: "SLIP packets"
      case 9, 50: "PPP packets"
      case 101, 228, 229: "IP packets"
      case 105, 127, 163: "Wi-Fi frames"
      case 113, 276: "packets of a Linux network device"
      case 187, 201: "Bluetooth HCI packets"
      case 251, 256, 272: "Bluetooth Low Energy packets"
      case 189, 220: "USB transfers of Linux"
      case 186, 249: "USB transfers"
      case 190, 227: "CAN frames"
      case 195, 215, 230, 283: "IEEE 802.15.4 frames"
      case 252: "packets that Wireshark exported"
      default: nil
      }
    return name.map { "\($0) (link type \(number))" } ?? "packets of link type \(number)"
  }

  /// Advice on how to get at the bytes in a file of such packets.
  var advice: String {
    switch number {
    case 1:
      "in Wireshark choose Follow > TCP Stream, save it as Raw and name its --protocol; bytes that "
        + "text2pcap took for Ethernet it writes as they are with -l 147"
    case 0, 101, 105, 108, 113, 127, 163, 228, 229, 276:
      "in Wireshark choose Follow > TCP Stream, save it as Raw and name its --protocol"
    case 186, 189, 220, 249:
      "take the bytes out: tshark -r FILE -Y 'usb.src != \"host\"' -T fields -e usb.capdata | "
        + "xxd -r -p > dump.bin, and name the dump's --protocol"
    default: "record the port itself with 'scribe record'"
    }
  }
}
