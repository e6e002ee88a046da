public import Gray
import Images
public import Text

/// The places of a camera's fields, as its pictures are read: what they are to be read for.
public struct FieldFocus: Sendable {
  let readers: [FieldReader]
  let reference: PictureSize?
  let follower: PictureFollower?

  /// - Parameters:
  ///   - fields: with boxes in the reference picture.
  ///   - size: of the reference picture; nil for that of each picture.
  ///   - follower: follows the reference picture; nil for a camera that stands still.
  /// - Throws: `PatternError`.
  public init(
    _ fields: [Field], size: PictureSize? = nil, follower: PictureFollower? = nil
  ) throws(PatternError) {
    readers = try fields.map { field throws(PatternError) in try FieldReader(field) }
    reference = size
    self.follower = follower
  }
}

extension FieldFocus {
  init(readers: [FieldReader], reference: PictureSize?, follower: PictureFollower?) {
    (self.readers, self.reference, self.follower) = (readers, reference, follower)
  }

  /// No fields.
  public static let none = FieldFocus(readers: [], reference: nil, follower: nil)

  public var isEmpty: Bool { readers.isEmpty }
}

/// Reads pictures as its base does, and fields once more from their own boxes, where the reading of
/// the whole picture doesn't give a sure value.
///
/// Windows of a counter's drums hide it among the print of a meter; alone it is read. Of an hour of
/// drawn counters none was read in the whole picture (`scripts/measure/values/day`).
public struct FocusedReader: GrayReader {
  public private(set) var base: any GrayReader
  /// The movement of the camera in the newest picture; nil where it was moved too far, or the
  /// picture doesn't tell.
  public private(set) var motion: PictureMotion? = PictureMotion.none
  private let focus: FieldFocus

  public init(_ base: any GrayReader, for focus: FieldFocus) {
    (self.base, self.focus) = (base, focus)
  }

  public mutating func glance(at gray: GrayImage) throws -> Reading? { try base.glance(at: gray) }

  public mutating func reading(of gray: GrayImage) throws -> Reading {
    var reading = try base.reading(of: gray)
    motion = focus.follower.map { $0.motion(to: gray) } ?? PictureMotion.none
    guard let motion else { return reading }
    let size = PictureSize(width: gray.width, height: gray.height)
    let place = FieldPlace(motion, from: focus.reference ?? size, to: size)
    for reader in focus.readers {
      let found = reader.text(in: reading, at: place)
      let limit = reader.field.limits.confidence
      guard found.fault != nil || found.confidence < limit else { continue }
      let box = place.box(of: reader.field.box)
      let own = try base.reading(of: gray.part(box)).lines.compactMap { line in
        line.moved(by: box).part(where: { place.holds($0.box, in: reader.field.box) })
      }
      let other = reader.text(in: Reading(lines: own), at: place)
      guard other.isSurer(than: found) else { continue }
      reading.lines = reading.lines.compactMap { line in
        line.part(where: { !place.holds($0.box, in: reader.field.box) })
      }
      // Beside the lines at its height.
      let middle = box.y + box.height / 2
      let index = reading.lines.firstIndex { $0.box.y > middle } ?? reading.lines.endIndex
      reading.lines.insert(contentsOf: own, at: index)
    }
    return reading
  }
}

extension FieldText {
  fileprivate func isSurer(than other: FieldText) -> Bool {
    guard (fault == nil) == (other.fault == nil) else { return fault == nil }
    // A faulty text is taken for a faulty one only where there was none.
    return fault == nil ? confidence > other.confidence : other.fault == .empty && fault != .empty
  }
}

extension ReadLine {
  /// The line of a part of a picture, in the picture.
  fileprivate func moved(by part: PixelBox) -> ReadLine {
    func moved(_ box: PixelBox) -> PixelBox {
      PixelBox(x: box.x + part.x, y: box.y + part.y, width: box.width, height: box.height)
    }
    var line = self
    line.box = moved(box)
    line.characters = characters.map { character in
      var character = character
      character.box = moved(character.box)
      return character
    }
    return line
  }

  /// The line with the characters that are chosen; nil for none of them.
  fileprivate func part(where isChosen: (ReadCharacter) -> Bool) -> ReadLine? {
    let (text, chosen) = part(isChosen)
    guard let first = chosen.first else { return nil }
    guard chosen.count < characters.count else { return self }
    var line = self
    line.text = text
    line.characters = chosen
    line.confidence = chosen.reduce(1) { $0 * $1.confidence }
    line.box = chosen.reduce(first.box) { $0.union($1.box) }
    line.matchesPattern = nil
    return line
  }
}

extension GrayImage {
  /// - Precondition: the box lies in the picture.
  func part(_ box: PixelBox) -> GrayImage {
    var part: [UInt8] = []
    part.reserveCapacity(box.width * box.height)
    for y in box.y..<box.maxY { part += pixels[y * width + box.x..<y * width + box.maxX] }
    return GrayImage(width: box.width, height: box.height, pixels: part)
  }
}
