public import Packets

/// The account of every byte and image of a link, from its start.
public struct LinkStatistics: Sendable, Equatable {
  public var bytesReceived = 0
  /// Bytes that are in images given out.
  public var payloadBytes = 0
  /// Delimiters, COBS codes, headers, checksums, packets other than slices; sync and padding.
  public var overheadBytes = 0
  public var consoleBytes = 0
  public var droppedBytes: [DropCause: Int] = [:]
  /// Bytes held for a packet, line or image that isn't finished.
  public var pendingBytes = 0

  public var packetsReceived = 0
  /// Packets received, by the type's number.
  public private(set) var packetsOfType = [Int](repeating: 0, count: 16)
  /// Packets that never came, by the gaps in the sequence numbers.
  public var packetsMissing = 0

  /// The sequence number of the last packet, in protocols that have one.
  public var lastSequence: UInt8?

  public var imagesIntact = 0
  public var imagesDamaged = 0
  public var imagesLost: [ImageLoss: Int] = [:]
  /// Texts that the board read itself.
  public var texts = 0

  public init() {}

  /// The number of packets of each type; types without packets are left out.
  public var packets: [PacketType: Int] {
    PacketType.allCases.reduce(into: [:]) { counts, type in
      let count = packetsOfType[Int(type.rawValue)]
      if count > 0 { counts[type] = count }
    }
  }

  mutating func countPacket(_ type: PacketType) {
    packetsReceived += 1
    packetsOfType[Int(type.rawValue & 15)] += 1
  }

  /// Adds the counts of an earlier decoder of the same link.
  mutating func add(_ earlier: LinkStatistics) {
    bytesReceived += earlier.bytesReceived
    payloadBytes += earlier.payloadBytes
    overheadBytes += earlier.overheadBytes
    consoleBytes += earlier.consoleBytes
    pendingBytes += earlier.pendingBytes
    droppedBytes.merge(earlier.droppedBytes, uniquingKeysWith: +)
    packetsReceived += earlier.packetsReceived
    for (type, count) in earlier.packetsOfType.enumerated() { packetsOfType[type] += count }
    packetsMissing += earlier.packetsMissing
    lastSequence = lastSequence ?? earlier.lastSequence
    imagesIntact += earlier.imagesIntact
    imagesDamaged += earlier.imagesDamaged
    imagesLost.merge(earlier.imagesLost, uniquingKeysWith: +)
    texts += earlier.texts
  }

  public var totalDroppedBytes: Int { droppedBytes.values.reduce(0, +) }
  public var totalImagesLost: Int { imagesLost.values.reduce(0, +) }

  /// Whether every received byte is counted exactly once. Always true between calls.
  public var isBalanced: Bool {
    bytesReceived == payloadBytes + overheadBytes + consoleBytes + totalDroppedBytes + pendingBytes
  }
}
