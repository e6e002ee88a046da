import Board
import Gray
import Images

/// The course of a soak: a bad wire for a long time, in less time.
public struct SoakPlan: Sendable {
  /// Simulated hours.
  public var hours: Double
  public var hangUps: Int
  public var seed: UInt64
  /// The rate of the wire.
  public var bytesPerSecond: Int

  public init(hours: Double, hangUps: Int, seed: UInt64 = 1, bytesPerSecond: Int = 20_000) {
    self.hours = hours
    self.hangUps = hangUps
    self.seed = seed
    self.bytesPerSecond = bytesPerSecond
  }

  var sessions: Int { hangUps + 1 }
  var secondsPerSession: Double { hours * 3_600 / Double(sessions) }

  /// A kind of board, by the images that it sends.
  struct Kind {
    var linkProtocol: LinkProtocol
    var format: PixelFormat
    var codesRows = false
    var width = 160
    var height = 120
    /// Images that the camera takes while the board is busy with one, at most.
    var skips = 0

    /// Whether images have numbers, so that each can be accounted for.
    var isNumbered: Bool { linkProtocol == .scribe }
  }

  /// Every kind of board in turn; each is unplugged once while it keeps running, and then replaced.
  func kind(of session: Int) -> Kind { Self.kinds[session / 2 % Self.kinds.count] }

  private static let kinds: [Kind] = [
    Kind(linkProtocol: .scribe, format: .gray8, width: 320, height: 240),
    Kind(linkProtocol: .scribe, format: .gray8, codesRows: true, skips: 3),
    Kind(linkProtocol: .scribe, format: .jpeg, width: 320, height: 240, skips: 6),
    Kind(linkProtocol: .scribe, format: .bilevel, codesRows: true, skips: 9),
    Kind(linkProtocol: .raw(RawLayout.soak), format: .gray8),
    Kind(linkProtocol: .scribe, format: .rgb565LittleEndian),
    Kind(linkProtocol: .jpegStream, format: .jpeg, width: 320, height: 240),
  ]

  /// Faults, from a wire without any to one that hardly lets an image through.
  func faults(of session: Int) -> FaultyChannel.Faults {
    switch session % 5 {
    case 0: .none
    case 1: FaultyChannel.Faults(loss: 1e-4, burst: 40)
    case 2: FaultyChannel.Faults(corrupt: 2e-5, insert: 2e-5)
    case 3: FaultyChannel.Faults(loss: 1e-3, burst: 200, corrupt: 1e-5, insert: 1e-5)
    default: FaultyChannel.Faults(loss: 1e-2, burst: 20, corrupt: 1e-4, insert: 1e-4)
    }
  }

  /// Whether the plug is pulled while bytes are on their way, which are then lost.
  func isAbrupt(_ session: Int) -> Bool { session % 4 == 3 }

  /// A board with pictures that have lines, areas and some disorder.
  func board(_ kind: Kind, session: Int) throws(BoardError) -> SimulatedBoard {
    let pictures = (0..<3).map { Self.picture(kind, number: session * 3 + $0) }
    return try SimulatedBoard(
      pictures: pictures.map { Picture($0) },
      configuration: SimulatedBoard.Configuration(
        images: SimulatedBoard.ImageOptions(format: kind.format, codesRows: kind.codesRows),
        link: SimulatedBoard.LinkOptions(
          linkProtocol: kind.linkProtocol, chatter: session % 3 == 0, baud: 10 * bytesPerSecond),
        seed: seed &+ UInt64(session)))
  }

  private static func picture(_ kind: Kind, number: Int) -> GrayImage {
    var image = GrayImage(width: kind.width, height: kind.height)
    var state = UInt32(truncatingIfNeeded: number &+ 1) &* 2_654_435_761
    for y in 0..<kind.height {
      for x in 0..<kind.width {
        state = state &* 1_664_525 &+ 1_013_904_223
        let isInk = (x / 7 + y / 11 + number) % 6 == 0
        image.pixels[y * kind.width + x] = (isInk ? 40 : 190) + UInt8(state >> 28)
      }
    }
    return image
  }
}

extension RawLayout {
  /// 160 x 120 gray pixels after sync bytes.
  static let soak: RawLayout = {
    guard case .raw(let layout)? = try? LinkProtocol(parsing: "raw:160x120:gray8:sync=AA55AA55")
    else { preconditionFailure("a layout that the parser does not know") }
    return layout
  }()
}

/// A checksum of a stream, to compare two of them; fast, and no protection against malice.
struct StreamHash: Equatable, Sendable {
  private(set) var count = 0
  private var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ bytes: some Sequence<UInt8>) {
    var value = value
    var count = count
    for byte in bytes {
      value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
      count += 1
    }
    self.value = value
    self.count = count
  }
}
