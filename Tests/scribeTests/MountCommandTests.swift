import Foundation
import Gray
import Images
import Testing

/// Turned cameras and image files of all kinds, as users have them.
@Suite(.startsPrograms) struct MountCommandTests {
  private func gray(_ name: String) throws -> GrayImage {
    try GrayImage(
      CapturedImage(file: [UInt8](Data(contentsOf: BoardImages.folder.appending(path: name)))))
  }

  private func write(_ image: GrayImage, _ name: String, in scratch: Scratch) throws -> String {
    try Data(image.encodedAsPNG()).write(to: scratch.folder.appending(path: name))
    return scratch.path(name)
  }

  private func readings(_ arguments: [String]) async throws -> (all: [JSONReading], errors: String)
  {
    let result = try await ScribeProcess.run(["recognize", "--json"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return (try JSONReading.all(in: result.output), result.errors)
  }

  private func upright() async throws -> JSONReading {
    let all = try await readings([BoardImages.path("clean_003.png")]).all
    let reading = try #require(all.first)
    try #require(reading.text.count > 5)
    return reading
  }

  private func place(_ box: JSONReading.Box, _ mount: Mount, in sent: JSONReading) -> PixelBox {
    mount.sent(
      PixelBox(x: box.x, y: box.y, width: box.width, height: box.height), width: sent.width,
      height: sent.height)
  }

  /// Turned pictures give the same text as upright ones, with boxes in the picture as it came.
  @Test(arguments: Mount.all) func toldMounts(mount: Mount) async throws {
    let scratch = try Scratch()
    let image = try gray("clean_003.png").mounted(mount)
    let path = try write(image, "turned.png", in: scratch)
    let expected = try await upright()
    let (all, errors) = try await readings(["--mount", "\(mount)", path])
    let reading = try #require(all.first)
    #expect(errors.isEmpty)
    #expect(reading.text == expected.text)
    #expect(reading.mount == (mount == .upright ? nil : "\(mount)"))
    #expect((reading.width, reading.height) == (image.width, image.height))
    for (line, upright) in zip(reading.lines, expected.lines) {
      let box = line.box
      #expect(
        PixelBox(x: box.x, y: box.y, width: box.width, height: box.height)
          == place(upright.box, mount, in: reading))
    }
  }

  /// Pictures are turned without an option, and that is told once for all of them.
  @Test(arguments: ["upside-down", "left", "right", "upright,mirrored", "upside-down,mirrored"])
  func foundMounts(name: String) async throws {
    let scratch = try Scratch()
    let mount = try #require(Mount(name))
    for file in ["clean_003.png", "clean_004.png"] {
      _ = try write(gray(file).mounted(mount), file, in: scratch)
    }
    let (all, errors) = try await readings([scratch.folder.path])
    #expect(all.map(\.mount) == [name, name])
    #expect(all.first?.text == (try await upright()).text)
    #expect(errors.components(separatedBy: "--mount \(name)").count == 2, "\(errors)")
    #expect(errors.contains("reads better"))
  }

  @Test func uprightPicturesStay() async throws {
    let (all, errors) = try await readings([BoardImages.folder.path])
    #expect(all.count == 30)
    #expect(all.allSatisfy { $0.mount == nil })
    #expect(errors.isEmpty, "\(errors)")
  }

  /// A few characters alone are found in much that is turned.
  @Test func anAlphabetTurnsNothing() async throws {
    let (all, _) = try await readings([BoardImages.folder.path, "--alphabet", "digits"])
    #expect(all.count == 30)
    #expect(all.allSatisfy { $0.mount == nil })
  }

  @Test func wrongWordsAreRefused() async throws {
    let result = try await ScribeProcess.run(["recognize", "--mount", "sideways", "a.png"])
    #expect(result.status == 64)
    #expect(result.errors.contains("left,mirrored"), "\(result.errors)")
  }

  /// The simulator's camera hangs as it is told, and `live` reads it told or found.
  @Test(arguments: ["upside-down", "left"], [true, false])
  func liveCameras(name: String, isTold: Bool) async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch,
      ["--text", "SN 4711\\nLOT B-27", "--mount", name, "--baud", "0"])
    let told = isTold ? ["--mount", name] : []
    let result = try await ScribeProcess.run(
      ["live", "--json", "--port", scratch.path("board"), "--images", "3"] + told)
    _ = await board.interrupted()
    #expect(result.status == 0, "\(result.errors)")
    let readings = try JSONReading.all(in: result.output)
    #expect(readings.count == 3)
    for reading in readings {
      #expect(reading.text == "SN 4711\nLOT B-27")
      #expect(reading.mount == name)
      // The size of what comes is that of the option, whatever way the camera hangs.
      #expect((reading.width, reading.height) == (320, 240))
    }
    let advice = result.errors.components(separatedBy: "--mount \(name)").count - 1
    #expect(advice == (isTold ? 0 : 1), "\(result.errors)")
  }

  @Test func evaluateAndReplayTurnToo() async throws {
    let scratch = try Scratch()
    let mount = Mount(.right)
    _ = try write(gray("clean_003.png").mounted(mount), "a.png", in: scratch)
    let expected = try await upright()
    let truth = ["a.png": ["text": expected.text, "tier": "turned"]]
    try JSONEncoder().encode(truth).write(to: scratch.folder.appending(path: "truth.json"))
    for option in [["--mount", "right"], []] {
      let result = try await ScribeProcess.run(
        ["evaluate", "--json", scratch.folder.path] + option)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("\"imagesRight\":1,"))
      #expect(result.errors.contains("--mount right") == option.isEmpty)
    }
    let sent = try gray("clean_003.png").mounted(mount)
    let file = scratch.folder.appending(path: "dump")
    try Data([0xAA, 0x55] + sent.pixels + [0xAA, 0x55] + sent.pixels).write(to: file)
    let result = try await ScribeProcess.run([
      "replay", "--json", "--mount", "right", "--fuse", "--protocol",
      "raw:\(sent.width)x\(sent.height):gray8:sync=AA55", file.path,
    ])
    let readings = try JSONReading.all(in: result.output)
    #expect(readings.count == 2, "\(result.errors)")
    for reading in readings {
      #expect(reading.text == expected.text)
      #expect(
        reading.lines.map(\.box).map {
          PixelBox(x: $0.x, y: $0.y, width: $0.width, height: $0.height)
        } == expected.lines.map { place($0.box, mount, in: reading) })
    }
  }

  /// Bare pixels in files of other kinds read as the PNG does, also from a folder.
  @Test func otherKindsReadAsWell() async throws {
    let scratch = try Scratch()
    let image = try gray("clean_003.png")
    let size = "\(image.width) \(image.height)"
    try Data(Array("P5 \(size) 255\n".utf8) + image.pixels)
      .write(to: scratch.folder.appending(path: "a.PGM"))
    let digits = image.pixels.map { "\($0)" }.joined(separator: " ")
    try Data("P2 \(size) 255\n\(digits)\n".utf8).write(to: scratch.folder.appending(path: "b.pnm"))
    try Data("P5 9 9 255\n123".utf8).write(to: scratch.folder.appending(path: "c.pgm"))
    let result = try await ScribeProcess.run(["recognize", "--json", scratch.folder.path])
    #expect(result.status == 65)
    #expect(result.errors.contains("c.pgm: damaged PNM: it ends in row 0 of 9"))
    let expected = try await upright()
    let readings = try JSONReading.all(in: result.output)
    #expect(readings.map(\.lines) == [expected.lines, expected.lines])
  }

  /// A picture of 20 megapixels is read at half the size, and boxes are told in the file's own
  /// pixels.
  @Test func largePicturesTellTheirOwnPixels() async throws {
    let scratch = try Scratch()
    let image = try gray("clean_003.png")
    let factor = 5120 / image.width
    let width = image.width * factor
    var pixels = Array("P5 \(width) \(image.height * factor) 255\n".utf8)
    for y in 0..<image.height {
      let row = (0..<width).map { image.pixels[y * image.width + $0 / factor] }
      for _ in 0..<factor { pixels += row }
    }
    try #require(pixels.count > GrayImage.maximumPixels)
    try Data(pixels).write(to: scratch.folder.appending(path: "large.pgm"))
    let reading = try #require(try await readings([scratch.path("large.pgm")]).all.first)
    let expected = try await upright()
    #expect((reading.width, reading.height) == (width, image.height * factor))
    #expect(reading.text == expected.text)
    for (line, small) in zip(reading.lines, expected.lines) {
      #expect(abs(line.box.x - factor * small.box.x) < 4 * factor)
      #expect(abs(line.box.y - factor * small.box.y) < 4 * factor)
      #expect(abs(line.box.width - factor * small.box.width) < 6 * factor)
    }
  }
}
