/// The way a camera is mounted, and so how its pictures must be turned until print stands upright.
public struct Mount: Sendable, Hashable {
  /// The camera's turn, seen from behind it.
  public enum Turn: Int, Sendable, CaseIterable {
    case upright
    /// A quarter clockwise: the top of print points left in its pictures.
    case right
    case upsideDown
    /// A quarter counterclockwise: the top of print points right.
    case left
  }

  public var turn: Turn
  /// Whether its pictures come with left and right swapped, as in a mirror.
  public var isMirrored: Bool

  public init(_ turn: Turn, isMirrored: Bool = false) {
    self.turn = turn
    self.isMirrored = isMirrored
  }

  public static let upright = Mount(.upright)

  /// All eight mounts.
  public static let all = [false, true].flatMap { isMirrored in
    Turn.allCases.map { Mount($0, isMirrored: isMirrored) }
  }

  /// EXIF's number for it, 1...8; nil for any other number.
  public init?(exif orientation: Int) {
    switch orientation {
    case 1: self.init(.upright)
    case 2: self.init(.upright, isMirrored: true)
    case 3: self.init(.upsideDown)
    case 4: self.init(.upsideDown, isMirrored: true)
    case 5: self.init(.left, isMirrored: true)
    case 6: self.init(.right)
    case 7: self.init(.right, isMirrored: true)
    case 8: self.init(.left)
    default: return nil
    }
  }

  /// Whether width and height are swapped.
  public var isSideways: Bool { turn == .left || turn == .right }

  /// The mount that takes back what this one does.
  public var inverse: Mount {
    guard !isMirrored else { return self }
    return switch turn {
    case .right: Mount(.left)
    case .left: Mount(.right)
    case .upright, .upsideDown: self
    }
  }

  /// The place of a box of the upright picture in the picture as it was sent, which is `width`
  /// times `height` pixels large.
  public func sent(_ box: PixelBox, width: Int, height: Int) -> PixelBox {
    var sent = box
    switch turn {
    case .upright: break
    case .right:
      sent = PixelBox(x: box.y, y: height - box.maxX, width: box.height, height: box.width)
    case .upsideDown:
      sent.x = width - box.maxX
      sent.y = height - box.maxY
    case .left:
      sent = PixelBox(x: width - box.maxY, y: box.x, width: box.height, height: box.width)
    }
    if isMirrored { sent.x = width - sent.maxX }
    return sent
  }
}

extension Mount: LosslessStringConvertible {
  /// The mount as users write it: `upright`, `upside-down`, `left` or `right`, with `,mirrored`
  /// behind it for mirrored pictures.
  public init?(_ description: String) {
    let parts = description.split(separator: ",", omittingEmptySubsequences: false)
    guard let first = parts.first, parts.count <= 2,
      let turn = Turn.allCases.first(where: { $0.name == first })
    else { return nil }
    guard parts.count == 1 || parts[1] == "mirrored" else { return nil }
    self.init(turn, isMirrored: parts.count == 2)
  }

  public var description: String { turn.name + (isMirrored ? ",mirrored" : "") }
}

extension Mount.Turn {
  var name: String {
    switch self {
    case .upright: "upright"
    case .right: "right"
    case .upsideDown: "upside-down"
    case .left: "left"
    }
  }
}
