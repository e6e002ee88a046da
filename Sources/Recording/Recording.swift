// Recordings: pcapng files (draft-ietf-opsawg-pcapng) with the raw bytes of a link, one block per
// read, which Wireshark, tshark, capinfos and editcap read unchanged. Classic pcap files of other
// programs are read too.

/// The direction of bytes. The raw value is the interface number in the file.
public enum RecordedDirection: UInt32, Sendable, CaseIterable {
  /// From the board.
  case received = 0
  /// To the board.
  case sent = 1

  /// The interface's name in the file.
  var interfaceName: String {
    switch self {
    case .received: "rx"
    case .sent: "tx"
    }
  }

  var interfaceDescription: String {
    switch self {
    case .received: "Raw bytes from the board"
    case .sent: "Raw bytes to the board"
    }
  }
}

/// A recording's description of itself, so that a replay needs no options.
public struct RecordingHeader: Sendable, Equatable {
  /// The program that wrote the recording.
  public var application: String
  /// The port's name.
  public var port: String?
  /// Bits a second.
  public var baud: Int?
  /// The protocol of the bytes, in the words of `--protocol`.
  public var linkProtocol: String?

  public init(
    application: String = "SerialScribe", port: String? = nil, baud: Int? = nil,
    linkProtocol: String? = nil
  ) {
    self.application = application
    self.port = port
    self.baud = baud
    self.linkProtocol = linkProtocol
  }
}

/// The content of a recording, in file order.
public enum RecordingEvent: Sendable, Equatable {
  /// A section starts; a file has one unless files were joined.
  case header(RecordingHeader)
  /// The bytes of one read or write. `at` counts nanoseconds since 1970 and is 0 where the file has
  /// no times.
  case bytes([UInt8], direction: RecordedDirection, at: UInt64)
  /// A remark of the recorder, such as a hang-up.
  case note(String, at: UInt64)
  /// `count` bytes of the file from `offset` on could not be used; reading goes on after them.
  case damaged(RecordingDamage, offset: UInt64, count: UInt64)
}

/// Reasons why a part of a recording was skipped.
public enum RecordingDamage: String, Sendable, CaseIterable {
  /// A block's two lengths do not match, or it has no sensible length at all.
  case brokenBlock
  /// The lengths match, but the content contradicts itself.
  case brokenContent
  /// The file ends within a block, as after a crash or a full disk.
  case cutOff
  /// A compressed file can't be unpacked from there on; offset and count are those of the file.
  case packedBroken
  /// A compressed file ends before its end, and how much is missing can't be told.
  case packedCutOff
  /// The bytes after the end of a compressed file are not compressed.
  case packedRest
}

/// Reasons why a recording can't be written or read at all.
public enum RecordingError: Error, Equatable {
  case exists(String)
  case cannotCreate(String, reason: String)
  case cannotOpen(String, reason: String)
  case writeFailed(String, reason: String)
  /// The reader of a recording that is written to a pipe has gone.
  case closed(String)
  case readFailed(String, reason: String)
  case notARecording(String)
  case knownFormat(String, KnownFormat)
  /// A file of a known format where a port is read.
  case notBareBytes(String, KnownFormat)
  case foreignLink(String, LinkType)
}

extension RecordingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .exists(let path):
      "\(path) exists already: choose another name, or give --overwrite to replace it"
    case .cannotCreate(let path, let reason): "cannot create \(path): \(reason)"
    case .cannotOpen(let path, let reason): "cannot open \(path): \(reason)"
    case .writeFailed(let path, let reason):
      "writing to \(path) failed: \(reason). What was written before is complete"
    case .closed(let path): "whoever read \(path) has gone"
    case .readFailed(let path, let reason): "reading \(path) failed: \(reason)"
    case .notARecording(let path):
      "\(path) is not a recording: give a pcapng file made by 'scribe record' or "
        + "'scribe live --record', or a pcap; for a dump of bare bytes, name its --protocol"
    case .knownFormat(let path, let format): "\(path) \(format.advice)"
    case .notBareBytes(let path, let format): "\(path) \(format.adviceForPorts)"
    case .foreignLink(let path, let link):
      "\(path) holds \(link), not the bytes of a serial link: \(link.advice)"
    }
  }
}
