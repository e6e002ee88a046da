import Gray
import Images
import Testing
import Text
import Values
import ValuesTrial

/// Fields in a part of the picture.
@Suite struct FieldPartTests {
  private let picture: GrayImage
  private let size: PictureSize
  private let focus: FieldFocus

  init() throws {
    picture = try MeterDay(hours: 0.05).picture(at: 0)
    size = PictureSize(width: picture.width, height: picture.height)
    focus = try FieldFocus(
      [MeterDay.field], size: size, follower: PictureFollower(reference: picture))
  }

  private func cut(_ picture: GrayImage, to part: PixelBox) -> GrayImage {
    var cut = GrayImage(width: part.width, height: part.height)
    for y in 0..<part.height {
      for x in 0..<part.width {
        cut.pixels[y * part.width + x] = picture.pixels[(y + part.y) * picture.width + x + part.x]
      }
    }
    return cut
  }

  /// The picture as a camera sees it that was pushed to the left by so many pixels.
  private func pushed(by pixels: Int) -> GrayImage {
    var pushed = picture
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        pushed.pixels[y * picture.width + x] =
          picture.pixels[y * picture.width + max(0, x - pixels)]
      }
    }
    return pushed
  }

  @Test func thePartHoldsTheFieldAndIsSmall() throws {
    let part = try #require(focus.part(of: size))
    let field = MeterDay.field.box
    #expect(part.x <= field.x && part.maxX >= field.maxX)
    #expect(part.y < field.y && part.maxY > field.maxY)
    #expect(part.maxX <= size.width && part.maxY <= size.height)
    #expect(4 * part.width * part.height < 3 * size.width * size.height)
  }

  /// A field that is most of the picture, and no fields, are no reason to ask for a part.
  @Test func whereAPartDoesntPay() throws {
    #expect(FieldFocus.none.part(of: size) == nil)
    let all = Field(
      name: "all", box: PixelBox(x: 0, y: 0, width: size.width, height: size.height))
    #expect(try FieldFocus([all], size: size).part(of: size) == nil)
  }

  /// The camera is followed within the part, from a picture in which it had moved already.
  @Test func thePartIsFollowed() throws {
    let first = pushed(by: 5)
    let motion = try #require(PictureFollower(reference: picture)?.motion(to: first))
    let moved = focus.moved(by: motion, to: first)
    let part = try #require(moved.part(of: size))
    let inPart = moved.cut(to: part, of: size)
    let wholePart = PixelBox(x: 0, y: 0, width: part.width, height: part.height)
    for more in [0, 4] {
      var reader = FocusedReader(NoReader(), for: inPart)
      _ = try reader.reading(of: cut(pushed(by: 5 + more), to: part))
      let found = try #require(reader.motion)
      #expect(abs(found.x * Double(part.width) - Double(more)) < 1, "\(found)")
      #expect(abs(found.y) * Double(part.width) < 1)
    }
    var values = ValueReader(focus)
    let reading = Reading(lines: [], width: part.width, height: part.height)
    let box = try #require(values.values(of: reading, in: inPart, at: nil).first?.box)
    #expect(abs(box.x + part.x - MeterDay.field.box.x - 5) <= 1, "\(box) in \(part)")
    #expect(box.union(wholePart) == wholePart)
  }

  private struct NoReader: GrayReader {
    func glance(at gray: GrayImage) -> Reading? { nil }
    func reading(of gray: GrayImage) -> Reading {
      Reading(lines: [], width: gray.width, height: gray.height)
    }
  }
}
