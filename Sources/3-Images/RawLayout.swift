/// The layout of a stream of bare pixels.
public struct RawLayout: Sendable, Hashable, CustomStringConvertible {
  public let width: Int
  public let height: Int
  public let format: PixelFormat
  /// Bytes beside the pixels.
  public let gaps: RawGaps
  /// Bytes that precede every image; empty if there are none.
  public let sync: [UInt8]
  /// Bytes of a row's pixels.
  public let rowBytes: Int
  /// Bytes of an image's pixels.
  public let imageBytes: Int

  static let formats = PixelFormat.allCases.filter { $0.bytesPerRow(width: 1) != nil }
  /// The names of those that come as raw pixels.
  public static let formatNames = formats.map(\.rawValue).joined(separator: ", ")

  /// - Throws: `LinkProtocolError` for a size, format, gap or sync that can't be.
  public init(
    width: Int, height: Int, format: PixelFormat, gaps: RawGaps = RawGaps(), sync: [UInt8] = [],
    limits: LinkLimits = LinkLimits()
  ) throws(LinkProtocolError) {
    guard 1...65535 ~= width, 1...65535 ~= height else { throw .badSize("\(width)x\(height)") }
    guard let rowBytes = format.bytesPerRow(width: width) else { throw .badFormat(format.rawValue) }
    guard gaps.isValid else { throw .badGap(gaps.description) }
    guard sync.count <= 16 else {
      throw .badSync(sync.map(Self.hexadecimal).joined())
    }
    self.width = width
    self.height = height
    self.format = format
    self.gaps = gaps
    self.sync = sync
    self.rowBytes = rowBytes
    imageBytes = rowBytes * height
    guard frameBytes <= limits.maximumImageBytes else {
      throw .imageTooLarge(bytes: frameBytes, limit: limits.maximumImageBytes)
    }
  }

  /// Bytes from one row to the next.
  public var rowPeriod: Int { gaps.beforeRow + rowBytes + gaps.behindRow }

  /// Bytes of an image with all beside its pixels, but for its sync.
  public var frameBytes: Int { gaps.beforeFrame + rowPeriod * height + gaps.behindFrame }

  /// The parts after `raw`.
  init(parsing parts: ArraySlice<String>) throws(LinkProtocolError) {
    var parts = parts
    guard let size = parts.popFirst(), !size.isEmpty else { throw .sizeMissing }
    let sides = size.split(separator: "x", omittingEmptySubsequences: false).map(Self.side)
    guard sides.count == 2, let width = sides[0], let height = sides[1] else {
      throw .badSize(size)
    }
    guard let name = parts.popFirst(), !name.isEmpty else { throw .formatMissing }
    guard let format = PixelFormat(rawValue: name) else { throw .badFormat(name) }
    var sync: [UInt8] = []
    var gaps = RawGaps()
    for option in parts {
      if try gaps.take(option) { continue }
      guard option.hasPrefix("sync="), sync.isEmpty else { throw .unknownOption(option) }
      let digits = String(option.dropFirst("sync=".count))
      guard let bytes = Self.bytes(hexadecimal: digits), !bytes.isEmpty else {
        throw .badSync(digits)
      }
      sync = bytes
    }
    try self.init(width: width, height: height, format: format, gaps: gaps, sync: sync)
  }

  /// The text that `LinkProtocol.init(parsing:)` takes.
  public var description: String {
    var parts = ["raw", "\(width)x\(height)", format.rawValue]
    if gaps != RawGaps() { parts.append(gaps.description) }
    if !sync.isEmpty { parts.append("sync=" + sync.map(Self.hexadecimal).joined()) }
    return parts.joined(separator: ":")
  }

  /// An image as a board sends it, with zeros beside its pixels.
  ///
  /// - Precondition: `pixels` has `imageBytes` bytes.
  package func sent(_ pixels: [UInt8]) -> [UInt8] {
    guard gaps != RawGaps() else { return sync + pixels }
    func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
    var bytes = sync + zeros(gaps.beforeFrame)
    for row in 0..<height {
      bytes += zeros(gaps.beforeRow) + pixels[row * rowBytes..<(row + 1) * rowBytes]
      bytes += zeros(gaps.behindRow)
    }
    return bytes + zeros(gaps.behindFrame)
  }

  private static func side(_ digits: Substring) -> Int? {
    RawGaps.number(digits).flatMap { 1...65535 ~= $0 ? $0 : nil }
  }

  private static func bytes(hexadecimal digits: String) -> [UInt8]? {
    let values = digits.utf8.map { digit -> UInt8? in
      switch digit {
      case 0x30...0x39: digit - 0x30
      case 0x41...0x46: digit - 0x41 + 10
      case 0x61...0x66: digit - 0x61 + 10
      default: nil
      }
    }
    guard values.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: values.count, by: 2) {
      guard let high = values[index], let low = values[index + 1] else { return nil }
      bytes.append(high << 4 | low)
    }
    return bytes
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return digits.count == 1 ? "0" + digits : digits
  }
}

/// Bytes that some boards send beside the pixels: markers, counters, sizes, checksums, line ends.
public struct RawGaps: Sendable, Hashable, CustomStringConvertible {
  public var beforeFrame: Int
  public var beforeRow: Int
  public var behindRow: Int
  public var behindFrame: Int

  public init(
    beforeFrame: Int = 0, beforeRow: Int = 0, behindRow: Int = 0, behindFrame: Int = 0
  ) {
    (self.beforeFrame, self.beforeRow) = (beforeFrame, beforeRow)
    (self.behindRow, self.behindFrame) = (behindRow, behindFrame)
  }

  static let largest = 65535

  var isValid: Bool {
    [beforeFrame, beforeRow, behindRow, behindFrame].allSatisfy { 0...Self.largest ~= $0 }
  }

  /// In the order of the bytes, as `2+frame:1+row:row+5:frame+2`.
  public var description: String {
    let parts = [
      (beforeFrame, "\(beforeFrame)+frame"), (beforeRow, "\(beforeRow)+row"),
      (behindRow, "row+\(behindRow)"), (behindFrame, "frame+\(behindFrame)"),
    ]
    return parts.filter { $0.0 != 0 }.map(\.1).joined(separator: ":")
  }

  /// Takes an option; false if it is none of bytes, or was given before.
  mutating func take(_ option: String) throws(LinkProtocolError) -> Bool {
    let parts = option.split(separator: "+", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return false }
    let place: WritableKeyPath<RawGaps, Int>
    let digits: Substring
    switch (parts[0], parts[1]) {
    case ("row", let count): (place, digits) = (\.behindRow, count)
    case ("frame", let count): (place, digits) = (\.behindFrame, count)
    case (let count, "row"): (place, digits) = (\.beforeRow, count)
    case (let count, "frame"): (place, digits) = (\.beforeFrame, count)
    default: return false
    }
    guard let count = Self.number(digits), 1...Self.largest ~= count else { throw .badGap(option) }
    guard self[keyPath: place] == 0 else { return false }
    self[keyPath: place] = count
    return true
  }

  static func number(_ digits: Substring) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(digits)
  }
}
