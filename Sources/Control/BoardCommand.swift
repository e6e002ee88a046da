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

  /// The command's number in COMMAND.
  var code: UInt8 {
    switch self {
    case .format: 1
    case .region: 2
    case .rate: 3
    case .packetSize: 4
    case .refresh: 5
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
    }
    return bytes
  }
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
    }
  }
}
