import ArgumentParser
import Board
import Control
import Images

struct SizeArgument: ExpressibleByArgument {
  let size: ImageSize

  init?(argument: String) {
    let parts = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]),
      (8...4096).contains(width), (8...4096).contains(height)
    else { return nil }
    size = ImageSize(width: width, height: height)
  }

  var defaultValueDescription: String { size.description }
}

struct MountArgument: ExpressibleByArgument {
  let mount: Mount

  init(_ mount: Mount) { self.mount = mount }

  init?(argument: String) {
    guard let mount = Mount(argument) else { return nil }
    self.mount = mount
  }

  static var allValueStrings: [String] { Mount.all.map(\.description) }

  var defaultValueDescription: String { mount.description }
}

struct FormatArgument: ExpressibleByArgument, Equatable {
  let format: PixelFormat
  /// Whether packets carry the format's rows coded.
  let isCoded: Bool

  static let lossless = FormatArgument(format: .gray8, isCoded: true)

  private init(format: PixelFormat, isCoded: Bool) {
    self.format = format
    self.isCoded = isCoded
  }

  init?(argument: String) {
    if argument == "lossless" {
      self = .lossless
      return
    }
    guard let format = PixelFormat(rawValue: argument), !format.isOfFilesOnly else { return nil }
    self.init(format: format, isCoded: format == .bilevel)
  }

  static var allValueStrings: [String] {
    PixelFormat.allCases.filter { !$0.isOfFilesOnly }.map(\.rawValue) + ["lossless"]
  }
}

struct DeliveryArgument: ExpressibleByArgument {
  let delivery: BoardDelivery

  init?(argument: String) {
    guard let delivery = BoardDelivery.allCases.first(where: { "\($0)" == argument }) else {
      return nil
    }
    self.delivery = delivery
  }

  static var allValueStrings: [String] { BoardDelivery.allCases.map { "\($0)" } }
}

/// `camera`, `text`, or stops as `+1.5`.
struct ExposureArgument: ExpressibleByArgument {
  let exposure: BoardExposure

  init?(argument: String) {
    switch argument {
    case "camera": exposure = .camera
    case "text": exposure = .text
    default:
      guard let stops = Double(argument), abs(stops) <= 13 else { return nil }
      exposure = .held(stops: stops)
    }
  }
}

struct RegionArgument: ExpressibleByArgument {
  /// Nil for the part that holds the fields, which is found out.
  let region: PixelBox?

  var isOfFields: Bool { region == nil }

  init?(argument: String) {
    if argument == "fields" {
      region = nil
      return
    }
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 3, let x = UInt16(parts[0]), let y = UInt16(parts[1]) else { return nil }
    let size = parts[2].lowercased().split(separator: "x", omittingEmptySubsequences: false)
    guard size.count == 2, let width = UInt16(size[0]), let height = UInt16(size[1]), width > 0,
      height > 0
    else { return nil }
    region = PixelBox(
      x: Int(x), y: Int(y), width: Int(width), height: Int(height))
  }
}
