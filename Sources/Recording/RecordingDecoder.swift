/// Decodes a recording of either form; does no I/O.
struct RecordingDecoder: Sendable {
  /// One of the two is nil: an enum would copy what it holds at each change.
  private var pcapng: PcapngDecoder?
  private var pcap: PcapDecoder?

  /// Takes the form that the first bytes tell; a file that is no pcap may be a pcapng whose start
  /// is lost.
  init(startOf head: [UInt8]) {
    if PcapDecoder.starts(head) { pcap = PcapDecoder() } else { pcapng = PcapngDecoder() }
  }

  var hasFoundBlocks: Bool { pcapng?.hasFoundBlocks ?? pcap?.hasFoundBlocks ?? false }

  /// The link type of the packets, where none hold bytes of a serial link.
  var foreignLink: LinkType? { pcapng?.foreignLink ?? pcap?.foreignLink }

  mutating func push(_ bytes: ArraySlice<UInt8>) -> [RecordingEvent] {
    pcapng?.push(bytes) ?? pcap?.push(bytes) ?? []
  }

  mutating func finish() -> [RecordingEvent] { pcapng?.finish() ?? pcap?.finish() ?? [] }
}
