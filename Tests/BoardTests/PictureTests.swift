import Board
import Gray
import Images
import Testing

@Suite struct PictureTests {
  private func jpeg(_ image: GrayImage) throws -> [UInt8] {
    try CapturedImage(image, as: .jpeg, quality: 90).payload
  }

  @Test func filesAndFoldersInOrder() throws {
    let scratch = try Scratch()
    for (name, width) in [("b.jpg", 20), ("a.JPEG", 10), ("c.jpg", 30)] {
      _ = try scratch.write(try jpeg(patternImage(width: width, height: 8)), name)
    }
    _ = try scratch.write([1, 2, 3], "notes.txt")
    _ = try scratch.write([1, 2, 3], ".hidden.png")
    let pictures = try Picture.load([scratch.path("c.jpg"), scratch.path("")])
    #expect(pictures.map(\.size.width) == [30, 10, 20, 30])
  }

  @Test func aJPEGFileIsSentAsItIs() throws {
    let scratch = try Scratch()
    let bytes = try jpeg(patternImage(width: 40, height: 30))
    let picture = try Picture(file: try scratch.write(bytes, "a.jpg"))
    let board = try SimulatedBoard(
      pictures: [picture], configuration: .init(images: .init(format: .jpeg, quality: 10)))
    #expect(try board.capture(0).payload == bytes)
    let gray = try SimulatedBoard(
      pictures: [picture], configuration: .init(images: .init(format: .gray8)))
    let decoded = try GrayImage(try CapturedImage(file: bytes))
    #expect(try gray.capture(0).payload == decoded.pixels)
  }

  @Test func scalingKeepsTheShapeAndFillsTheRest() throws {
    let scratch = try Scratch()
    // Left half black, right half white: 80x40 into 40x40 gives 40x20 in the middle.
    var image = GrayImage(width: 80, height: 40, filledWith: 255)
    for y in 0..<40 { for x in 0..<40 { image.pixels[y * 80 + x] = 0 } }
    let file = try scratch.write(try jpeg(image), "a.jpg")
    let picture = try Picture(file: file, scaledTo: ImageSize(width: 40, height: 40))
    let board = try SimulatedBoard(pictures: [picture])
    let scaled = try GrayImage(try board.capture(0))
    #expect(scaled.width == 40)
    #expect(scaled.height == 40)
    for y in [0, 10, 20, 39] {
      #expect(scaled.pixels[y * 40 + 5] < 8)
      #expect(scaled.pixels[y * 40 + 35] > 247)
    }
    let large = try Picture(file: file, scaledTo: ImageSize(width: 320, height: 240))
    #expect(large.size == .qvga)
  }

  @Test func whatIsNoPicture() throws {
    let scratch = try Scratch()
    let text = try scratch.write(Array("hello".utf8), "a.png")
    let cut = try scratch.write(
      Array(try jpeg(patternImage(width: 64, height: 64)).prefix(40)), "cut.jpg")
    for path in [text, cut] {
      do {
        _ = try Picture(file: path)
        Issue.record("\(path) was taken for an image")
      } catch let BoardError.imageUnreadable(named, _) {
        #expect(named == path)
      }
    }
    let missing = scratch.path("missing.png")
    do {
      _ = try Picture.load([missing])
      Issue.record("a missing file was loaded")
    } catch let BoardError.fileMissing(named, _) {
      #expect(named == missing)
    }
    let empty = try Scratch()
    #expect(throws: BoardError.folderEmpty(path: empty.path(""))) {
      try Picture.load([empty.path("")])
    }
  }
}
