/// A board's description of itself and its images: DESCRIPTOR, repeated each second.
public struct BoardDescriptor: Sendable, Hashable {
  public var layout: ImageLayout
  /// The largest packet that the board sends, in bytes before COBS.
  public var mtu: Int
  /// 0 for JPEG.
  public var rowsPerSlice: Int
  public var board: String
  public var sensor: String

  init?(_ body: ArraySlice<UInt8>) {
    var reader = ByteReader(body)
    guard let layout = reader.layout(), let mtu = reader.u16(), let rows = reader.u16(),
      let board = reader.name(), let sensor = reader.name()
    else { return nil }
    self.layout = layout
    self.mtu = Int(mtu)
    self.rowsPerSlice = Int(rows)
    self.board = board
    self.sensor = sensor
  }
}

/// A board's greeting: HELLO.
public struct BoardHello: Sendable, Hashable {
  /// The highest protocol version that the board speaks.
  public var version: Int
  /// Whether the board has just started: then nothing that it sent before goes on.
  public var hasJustStarted: Bool
  public var mtu: Int
  public var capabilities: UInt32
  /// Whether the board keeps to the credit that it is granted.
  public var takesCredit: Bool { capabilities & 1 != 0 }
  /// Whether the board answers commands, if only with a refusal.
  public var answersCommands: Bool { capabilities & 2 != 0 }
  public var firmware: String

  init?(_ body: ArraySlice<UInt8>) {
    var reader = ByteReader(body)
    guard let version = reader.u8(), let flags = reader.u8(), let mtu = reader.u16(),
      let capabilities = reader.u32(), let firmware = reader.name()
    else { return nil }
    self.version = Int(version)
    hasJustStarted = flags & 1 != 0
    self.mtu = Int(mtu)
    self.capabilities = capabilities
    self.firmware = firmware
  }
}

/// A board's answer to a command: RESPONSE.
public struct BoardResponse: Sendable, Hashable {
  /// The token of the command.
  public var token: UInt16
  public var command: UInt8
  public var status: Status

  public enum Status: Sendable, Hashable, CustomStringConvertible {
    case done
    /// The board has no such command.
    case unknown
    /// The board has the command, but refuses this value.
    case refused
    case malformed
    case failed
    case other(UInt8)

    init(code: UInt8) {
      self =
        switch code {
        case 0: .done
        case 1: .unknown
        case 2: .refused
        case 3: .malformed
        case 4: .failed
        default: .other(code)
        }
    }

    public var description: String {
      switch self {
      case .done: "done"
      case .unknown: "its firmware can't do that"
      case .refused: "not with this value"
      case .malformed: "it didn't understand"
      case .failed: "its camera didn't do it"
      case .other(let code): "status \(code)"
      }
    }
  }

  init?(_ body: ArraySlice<UInt8>) {
    var reader = ByteReader(body)
    guard let token = reader.u16(), let command = reader.u8(), let status = reader.u8() else {
      return nil
    }
    self.token = token
    self.command = command
    self.status = Status(code: status)
  }
}

/// A board's own counters: STATS.
public struct BoardStatistics: Sendable, Hashable {
  public var uptimeMilliseconds: UInt32
  public var imagesSent: UInt32
  /// Images captured but never begun on the wire.
  public var imagesDropped: UInt32
  /// Images begun, then given up.
  public var imagesAborted: UInt32
  /// Packets that the transmit buffer had no room for.
  public var packetsRefused: UInt32
  public var bytesSent: UInt64
  /// Nil for a board that keeps no counters over its resets.
  public var life: BoardLife?

  init?(_ body: ArraySlice<UInt8>) {
    var reader = ByteReader(body)
    guard let uptime = reader.u32(), let sent = reader.u32(), let dropped = reader.u32(),
      let aborted = reader.u32(), let refused = reader.u32(), let bytes = reader.u64()
    else { return nil }
    uptimeMilliseconds = uptime
    imagesSent = sent
    imagesDropped = dropped
    imagesAborted = aborted
    packetsRefused = refused
    bytesSent = bytes
    life = BoardLife(&reader)
  }
}

/// A board's counters that outlive its resets.
public struct BoardLife: Sendable, Hashable {
  /// The cause of the board's last start.
  public enum Start: UInt8, Sendable, Hashable {
    case unknown = 0
    case power, pin, brownOut, watchdog, fault, software
  }

  public var start: Start
  /// Images sent or read.
  public var images: UInt32
  /// Starts, the last one included.
  public var starts: UInt16
  /// Times the supply fell too low, with a reset or without.
  public var brownOuts: UInt16
  public var watchdogs: UInt16
  public var faults: UInt16
  /// Times the camera was set up anew because it had stopped.
  public var cameraRestarts: UInt16

  init?(_ reader: inout ByteReader) {
    guard let start = reader.u8(), let images = reader.u32(), let starts = reader.u16(),
      let brownOuts = reader.u16(), let watchdogs = reader.u16(), let faults = reader.u16(),
      let cameraRestarts = reader.u16()
    else { return nil }
    self.start = Start(rawValue: start) ?? .unknown
    self.images = images
    self.starts = starts
    self.brownOuts = brownOuts
    self.watchdogs = watchdogs
    self.faults = faults
    self.cameraRestarts = cameraRestarts
  }
}

/// The body of BEGIN.
struct ImageBegin {
  var number: UInt32
  var layout: ImageLayout
  /// Bytes in all chunks but the last; 0 if there are none.
  var chunkSize: Int
  var timestamp: UInt64
  var imagesDropped: UInt32
  /// 0 if unknown.
  var payloadLength: UInt32
  var region: ImageRegion?

  init?(_ body: ArraySlice<UInt8>) {
    var reader = ByteReader(body)
    guard let number = reader.u32(), let layout = reader.layout(), let chunkSize = reader.u16(),
      let timestamp = reader.u64(), reader.u32() != nil, let dropped = reader.u32(),
      reader.u32() != nil, let length = reader.u32()
    else { return nil }
    self.number = number
    self.layout = layout
    self.chunkSize = Int(chunkSize)
    self.timestamp = timestamp
    imagesDropped = dropped
    payloadLength = length
    region = reader.region(of: layout)
  }
}

/// The body of END.
struct ImageEnd {
  var number: UInt32
  var layout: ImageLayout
  var isAborted: Bool
  var sliceCount: UInt32
  var payloadLength: UInt32
  var checksum: UInt32
  var region: ImageRegion?

  init?(_ body: ArraySlice<UInt8>) {
    var reader = ByteReader(body)
    guard let number = reader.u32(), let layout = reader.layout(), let flags = reader.u8(),
      reader.u8() != nil, let slices = reader.u32(), let length = reader.u32(),
      let checksum = reader.u32()
    else { return nil }
    self.number = number
    self.layout = layout
    isAborted = flags & 1 != 0
    sliceCount = slices
    payloadLength = length
    self.checksum = checksum
    region = reader.region(of: layout)
  }
}
