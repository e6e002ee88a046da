import Foundation
import Recording

/// Recordings of boards that send bare pixels, made by hand.
enum RawRecording {
  static let width = 64
  static let height = 24
  static let linkProtocol = "raw:64x24:gray8:sync=AA55AA55"
  static let start: UInt64 = 1_790_000_000_123_456_789
  /// Nanoseconds from an image to the next.
  static let step: UInt64 = 250_000_001
  /// `start`, as it is told.
  static let startText = "2026-09-21T14:13:20.123456789Z"

  /// Pixels of an image, all different from those of the next.
  static func pixels(_ number: Int) -> [UInt8] {
    (0..<width * height).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ number &* 17) }
  }

  static func bytes(_ number: Int) -> [UInt8] { [0xAA, 0x55, 0xAA, 0x55] + pixels(number) }

  static func time(_ number: Int) -> UInt64 { start + UInt64(number) * step }

  /// A recording of so many images, each in two reads; the later one has its time.
  static func file(_ count: Int) -> [UInt8] {
    PcapngEncoder.header(RecordingHeader(port: "/dev/ttyUSB0", linkProtocol: linkProtocol))
      + (0..<count).flatMap { number in
        let bytes = bytes(number)
        return PcapngEncoder.bytes(
          Array(bytes[..<500]), direction: .received, at: time(number) - 1_000)
          + PcapngEncoder.bytes(Array(bytes[500...]), direction: .received, at: time(number))
      }
  }

  /// The same as classic pcap with microseconds.
  static func pcap(_ count: Int, link: UInt32 = 147) -> [UInt8] {
    func words(_ values: UInt64...) -> [UInt8] {
      values.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
      }
    }
    let header = words(0xA1B2_C3D4) + [2, 0, 4, 0] + words(0, 0, 65_535, UInt64(link))
    return header
      + (0..<count).flatMap { number -> [UInt8] in
        let (bytes, time) = (bytes(number), time(number))
        let size = UInt64(bytes.count)
        return words(time / 1_000_000_000, time % 1_000_000_000 / 1_000, size, size) + bytes
      }
  }

  static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }
}

/// The origin of an image, as lines of JSON tell it.
struct JSONOrigin: Decodable, Equatable {
  let source: String?
  let image: Int?
  let time: String?

  static func all(in output: String) throws -> [JSONOrigin] {
    try output.split(separator: "\n").map {
      try JSONDecoder().decode(JSONOrigin.self, from: Data($0.utf8))
    }
  }
}
