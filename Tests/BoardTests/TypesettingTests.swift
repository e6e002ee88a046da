import Board
import Gray
import Images
import Testing

@Suite struct TypesettingTests {
  private func shoot(_ sheet: TypeSheet, lightOnDark: Bool = false) -> GrayImage {
    CameraModel.ideal.shoot(Scene(sheet: sheet, lightOnDark: lightOnDark), number: 0, seed: 1)
  }

  @Test(arguments: [ImageSize.qqvga, .qvga, .vga])
  func textLiesInsideTheImage(size: ImageSize) throws {
    let image = shoot(try sheet("Hello\nWorld 42", size: size))
    #expect(image.width == size.width)
    #expect(image.height == size.height)
    let box = try #require(inkBox(image))
    #expect(box.x >= size.width / 20)
    #expect(box.maxX <= size.width - size.width / 20)
    #expect(box.y >= size.height / 20)
    #expect(box.maxY <= size.height - size.height / 20)
    // Two lines and ten letters cover a good part of the image, but never most of it.
    let ink = image.pixels.count { $0 < 128 }
    #expect(ink > size.width * size.height / 50)
    #expect(ink < size.width * size.height / 4)
  }

  @Test(arguments: [12.0, 20, 33.5]) func capitalsHaveTheHeightAskedFor(height: Double) throws {
    let box = try #require(inkBox(shoot(try sheet("HEH", textHeight: height))))
    #expect(abs(Double(box.height) - height) <= 1)
  }

  @Test func linesStandOneBelowTheOther() throws {
    let image = shoot(try sheet("HH\nHH\nHH", textHeight: 20))
    let rows = (0..<image.height).map { y in
      image.pixels[y * image.width..<(y + 1) * image.width].contains { $0 < 128 }
    }
    let lines = zip(rows, rows.dropFirst()).count { !$0 && $1 }
    #expect(lines == 3)
  }

  @Test func spacesAndKerningMovePen() throws {
    let close = try #require(inkBox(shoot(try sheet("HH", textHeight: 20))))
    let apart = try #require(inkBox(shoot(try sheet("H H", textHeight: 20))))
    #expect(apart.width > close.width + 4)
    // V slides under A: the two are narrower together than either pair with H would suggest.
    let kerned = try #require(inkBox(shoot(try sheet("AVAVAV", textHeight: 20))))
    let single = try #require(inkBox(shoot(try sheet("AAAVVV", textHeight: 20))))
    #expect(kerned.width < single.width)
  }

  @Test func lightOnDarkIsTheNegative() throws {
    let sheet = try sheet("Hello")
    let dark = shoot(sheet)
    let light = shoot(sheet, lightOnDark: true)
    let sums = zip(dark.pixels, light.pixels).map { Int($0) + Int($1) }
    #expect(sums.allSatisfy { (254...256).contains($0) })
    #expect(dark.pixels != light.pixels)
  }

  @Test func longTextIsSetSmaller() throws {
    let short = try sheet("Hello")
    let long = try sheet("A line of forty characters, more or less")
    #expect(long.textHeight < short.textHeight)
    #expect(short.textHeight <= 240 * 0.16)
  }

  @Test func whatCannotBeSet() throws {
    #expect(throws: BoardError.textEmpty) { try sheet(" \n\t ") }
    #expect(throws: BoardError.self) { try sheet(String(repeating: "W", count: 500)) }
    do {
      _ = try sheet("WWWWWWWWWWWW", textHeight: 60)
      Issue.record("a text wider than the image was set")
    } catch let BoardError.textTooLarge(_, needed, available) {
      #expect(needed.width > available.width)
    }
    do {
      _ = try sheet("A\u{10FFFD}B")
      Issue.record("a character without a glyph was set")
    } catch let BoardError.glyphMissing(character, _) {
      #expect(character == "\u{10FFFD}")
    }
  }

  @Test func whatIsNoFont() throws {
    let scratch = try Scratch()
    let text = try scratch.write(Array("no font".utf8), "font.ttf")
    do {
      _ = try OutlineFont(path: text)
      Issue.record("a text file was opened as a font")
    } catch let BoardError.fontUnreadable(path, code) {
      #expect(path == text)
      #expect(code != 0)
    }
    do {
      _ = try OutlineFont(path: scratch.path("missing.ttf"))
      Issue.record("a missing font was opened")
    } catch let BoardError.fileMissing(path, _) {
      #expect(path == scratch.path("missing.ttf"))
    }
  }
}
