public import Images
import Packets

/// A request of the host to the board, from its next image on.
public enum BoardCommand: Sendable, Hashable {
  /// `isCoded`: in fewer bytes, by the codec of the format.
  case format(PixelFormat, isCoded: Bool)
  /// A part of the camera's picture; nil for all of it.
  case region(PixelBox?)
  /// Images a second; nil for as many as possible.
  case rate(Double?)
  /// The size of packets in bytes, before framing.
  case packetSize(Int)
  /// An image that refers to no earlier one.
  case refresh
  /// Images, text that the board reads in them, or both.
  case delivery(BoardDelivery)
  case exposure(BoardExposure)

  /// The command's number in COMMAND.
  var code: UInt8 {
    switch self {
    case .format: 1
    case .region: 2
    case .rate: 3
    case .packetSize: 4
    case .refresh: 5
    case .delivery: 6
    case .exposure: 7
    }
  }

  /// The bytes after the number.
  var arguments: [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .format(let format, let isCoded):
      let layout = ImageLayout.numbers(of: format, isCoded: isCoded)
      bytes = [layout.format, layout.codec]
    case .region(let region):
      for value in [region?.x, region?.y, region?.width, region?.height] {
        bytes.append(littleEndian: UInt16(clamping: value ?? 0))
      }
    case .rate(let rate):
      let images = ((rate ?? 0) * 1000).rounded(.up)
      bytes.append(littleEndian: images < 4e9 ? UInt32(max(0, images)) : .max)
    case .packetSize(let size): bytes.append(littleEndian: UInt16(clamping: size))
    case .refresh: break
    case .delivery(let delivery): bytes = [delivery.rawValue]
    case .exposure(.camera): bytes = [0, 0]
    case .exposure(.text): bytes = [1, 0]
    case .exposure(.held(let stops)):
      let eighths = (stops * 8).rounded()
      bytes = [2, UInt8(bitPattern: Int8(max(-128, min(127, eighths))))]
    }
    return bytes
  }
}

/// The delivery of a board: images, text, or both.
public enum BoardDelivery: UInt8, Sendable, Hashable, CaseIterable {
  case images = 1
  /// The text that the board reads in them by itself.
  case text = 2
  case both = 3
}

/// The exposure that a board's camera should have.
public enum BoardExposure: Sendable, Hashable {
  /// As its automatics have it.
  case camera
  /// For what is read, not for what is around it.
  case text
  /// The exposure that its automatics have at the time, and so many stops more.
  case held(stops: Double)
}

extension BoardCommand: CustomStringConvertible {
  public var description: String {
    switch self {
    case .format(.gray8, isCoded: true): "format lossless"
    case .format(let format, _): "format \(format.rawValue)"
    case .region(let region?):
      "region \(region.x),\(region.y),\(region.width)x\(region.height)"
    case .region(nil): "the whole picture"
    case .rate(let rate?): "\(rate) images a second"
    case .rate(nil): "images as fast as they go"
    case .packetSize(let size): "packets of \(size) bytes"
    case .refresh: "a fresh image"
    case .delivery(.images): "images"
    case .delivery(.text): "text"
    case .delivery(.both): "images and text"
    case .exposure(.camera): "exposure by the camera"
    case .exposure(.text): "exposure for what is read"
    case .exposure(.held(let stops)):
      "exposure held at \(stops < 0 ? "" : "+")\(stops) stops"
    }
  }
}
