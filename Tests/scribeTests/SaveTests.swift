import Foundation
import Glibc
import Gray
import Images
import PortTestSupport
import Recording
import Testing

/// `--save`: which images become files, under which names, and that nothing waits for them.
@Suite("Saved pictures", .serialized, .startsPrograms) struct SaveTests {
  private func names(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  private func gray(_ path: String) throws -> GrayImage {
    try GrayImage(CapturedImage(file: [UInt8](Data(contentsOf: URL(filePath: path)))))
  }

  /// A recording of labelled images, each as a board would send it in gray.
  private func recording(of images: [String?], in scratch: Scratch) throws -> String {
    let pictures = try images.map { name in
      try name.map { try gray(BoardImages.path($0)) }
        ?? GrayImage(width: 320, height: 240, filledWith: 200)
    }
    let first = try #require(pictures.first)
    #expect(pictures.allSatisfy { $0.width == first.width && $0.height == first.height })
    let header = RecordingHeader(
      linkProtocol: "raw:\(first.width)x\(first.height):gray8:sync=AA55AA55")
    let blocks = pictures.enumerated().flatMap { number, picture in
      PcapngEncoder.bytes(
        [0xAA, 0x55, 0xAA, 0x55] + picture.pixels, direction: .received,
        at: RawRecording.time(number))
    }
    let path = scratch.path("session.pcapng")
    try RawRecording.write(PcapngEncoder.header(header) + blocks, to: path)
    return path
  }

  @Test func everyImageIsSavedAsItIsRead() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(4), to: file)
    let folder = scratch.path("new/pictures")
    let arguments = [
      "replay", "--json", "--model", model, "--reader", "glyphs", "--save", folder, file,
    ]
    let result = try await ScribeProcess.run(arguments)
    #expect(result.status == 0 && result.lines.count == 4, "\(result.errors)")
    #expect(result.errors.contains("saved 4 pictures in \(folder)"))
    #expect(
      names(folder) == [
        "20260921T141320.123Z-000000.png", "20260921T141320.373Z-000001.png",
        "20260921T141320.623Z-000002.png", "20260921T141320.873Z-000003.png",
      ])
    for (number, name) in names(folder).enumerated() {
      let picture = try gray("\(folder)/\(name)")
      #expect(picture.width == RawRecording.width && picture.height == RawRecording.height)
      #expect(picture.pixels == RawRecording.pixels(number))
    }
    // A second run changes nothing; another file of that name is kept, with the picture beside it.
    #expect(try await ScribeProcess.run(arguments).status == 0)
    #expect(names(folder).count == 4)
    let first = "\(folder)/\(names(folder)[0])"
    try Data("mine".utf8).write(to: URL(filePath: first))
    #expect(try await ScribeProcess.run(arguments).status == 0)
    #expect(names(folder).count == 5)
    #expect(try Data(contentsOf: URL(filePath: first)) == Data("mine".utf8))
    #expect(names(folder).contains("20260921T141320.123Z-000000-2.png"))
  }

  @Test func aJPEGIsSavedAsItCame() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let source = try #require(
      Bundle.module.url(
        forResource: "clean_000", withExtension: "jpg", subdirectory: "Fixtures"))
    let jpeg = [UInt8](try Data(contentsOf: source))
    // Several sources have their names behind the number, and nothing of their folders.
    for name in ["a b.pcapng", "c.pcapng"] {
      try RawRecording.write(
        PcapngEncoder.header(RecordingHeader(linkProtocol: "jpeg-stream"))
          + PcapngEncoder.bytes(jpeg, direction: .received, at: RawRecording.start),
        to: scratch.path(name))
    }
    let folder = scratch.path("pictures")
    let result = try await ScribeProcess.run([
      "replay", "--model", model, "--reader", "glyphs", "--save", folder,
      scratch.path("a b.pcapng"), scratch.path("c.pcapng"),
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      names(folder) == [
        "20260921T141320.123Z-000000-a_b.pcapng.jpg", "20260921T141320.123Z-000000-c.pcapng.jpg",
      ])
    for name in names(folder) {
      #expect(try Data(contentsOf: URL(filePath: "\(folder)/\(name)")) == Data(jpeg))
    }
  }

  @Test func onlyThoseThatAreWanted() async throws {
    let scratch = try Scratch()
    let images = [
      nil, "clean_000.png", "clean_000.png", "clean_001.png", nil, nil, "hard_000.png",
    ]
    let sizes = try images.compactMap { $0 }.map { name -> [Int] in
      let image = try gray(BoardImages.path(name))
      return [image.width, image.height]
    }
    try #require(Set(sizes) == [[320, 240]], "other sizes: choose other images")
    let file = try recording(of: images, in: scratch)
    let read = try await ScribeProcess.run(["replay", "--json", file])
    let readings = try JSONReading.all(in: read.output)
    #expect(readings.count == images.count && readings[0].text.isEmpty)
    #expect(!readings[1].text.isEmpty && readings[1].text != readings[3].text)

    func saved(_ which: String, _ more: [String] = []) async throws -> [Int] {
      let folder = scratch.path("\(which)\(more.count)")
      let result = try await ScribeProcess.run(
        ["replay", "--json", "--save", folder, "--save-which", which] + more + [file])
      #expect(result.status == 0, "\(result.errors)")
      return names(folder).compactMap { Int($0.split(separator: "-")[1].prefix(6)) }
    }
    #expect(try await saved("all") == [0, 1, 2, 3, 4, 5, 6])
    #expect(try await saved("text") == readings.indices.filter { !readings[$0].lines.isEmpty })
    #expect(
      try await saved("doubtful")
        == readings.indices.filter {
          readings[$0].lines.contains { $0.characters.contains { $0.confidence < 0.6 } }
        })
    let changes = readings.indices.filter {
      readings[$0].text != ($0 == 0 ? "" : readings[$0 - 1].text)
    }
    #expect(try await saved("change") == changes && changes.contains(1) && !changes.contains(2))
    // A change that three images agree on.
    #expect(try await saved("change", ["--stable", "--agree", "2"]).first == 2)
  }

  @Test func enoughAreEnough() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(30), to: file)
    let folder = scratch.path("pictures")
    let result = try await ScribeProcess.run([
      "replay", "--json", "--model", model, "--reader", "glyphs", "--save", folder, "--save-most",
      "7", file,
    ])
    #expect(result.status == 0 && result.lines.count == 30)
    #expect(names(folder).count == 7 && names(folder)[6].contains("-000006"))
    #expect(result.errors.components(separatedBy: "--save-most").count == 2, "\(result.errors)")
  }

  /// A folder that can't be made or written is told once, and reading goes on.
  @Test(arguments: ["/dev/null/pictures", "/proc/pictures"])
  func aFolderThatCannotBe(folder: String) async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(9), to: file)
    let result = try await ScribeProcess.run([
      "replay", "--json", "--model", model, "--reader", "glyphs", "--save", folder, file,
    ])
    #expect(result.status == 0 && result.lines.count == 9)
    #expect(result.errors.components(separatedBy: "can't save pictures").count == 2)
    #expect(result.errors.contains("9 could not be saved"), "\(result.errors)")
  }

  @Test(arguments: [
    ["--save-which", "all"], ["--save-most", "3"], ["--save", "x", "--save-most", "0"],
    ["--save", "x", "--save-which", "some"], ["--save", ""],
  ])
  func nonsense(options: [String]) async throws {
    let result = try await ScribeProcess.run(["replay"] + options + ["x.pcapng"])
    #expect(result.status == 64 && result.errors.contains("Error"))
  }

  // MARK: Killed and slow

  /// kill -9 at any moment: a file that has a picture's name is a whole picture.
  @Test func aKilledProgramLeavesNoHalfPicture() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(20_000), to: file)
    let folder = scratch.path("pictures")
    var random = SystemRandomNumberGenerator()
    var wasKilled = 0
    for _ in 0..<20 {
      let replay = try ScribeProcess([
        "replay", "--json", "--model", model, "--reader", "glyphs", "--save", folder, file,
      ])
      // From the first picture of all rounds on.
      _ = await replay.waits { !$0.isRunning || names(folder).contains { $0.hasSuffix(".png") } }
      try await Task.sleep(for: .milliseconds(Int.random(in: 0..<60, using: &random)))
      replay.signal(SIGKILL)
      if await replay.exitCode() == -SIGKILL { wasKilled += 1 }
    }
    #expect(wasKilled > 10)
    let all = names(folder)
    let pictures = all.filter { !$0.hasPrefix(".") }
    #expect(!pictures.isEmpty && pictures.allSatisfy { $0.hasSuffix(".png") })
    #expect(all.filter { $0.hasPrefix(".") }.allSatisfy { $0.hasSuffix(".part") })
    for name in pictures {
      let number = try #require(Int(name.split(separator: "-")[1].prefix(6)))
      #expect(try gray("\(folder)/\(name)").pixels == RawRecording.pixels(number), "\(name)")
    }
  }

  /// While the disk takes nothing, a board's images are read on; what can't be saved is counted.
  @Test(.enabled(if: Preload.compiler != nil, "there is no C compiler"))
  func aSlowDiskCostsPicturesAndNothingElse() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let library = try await Preload.library("slow-disk", in: scratch)
    let gate = scratch.path("gate")
    try Data().write(to: URL(filePath: gate))
    let board = try TestTerminal()
    let folder = scratch.path("pictures")
    let live = try ScribeProcess(
      [
        "live", "--json", "--port", board.path, "--protocol", "raw:640x480:gray8:sync=AA55AA55",
        "--model", model, "--reader", "glyphs", "--save", folder,
      ], environment: ["LD_PRELOAD": library, "SCRIBE_GATE": gate])
    #expect(await live.waits { $0.errors.contains("connected") })
    let image =
      [0xAA, 0x55, 0xAA, 0x55] + [UInt8](repeating: 0x55, count: 640 * 480)
    // One by one, as an image that isn't read yet gives way to the next.
    for number in 1...40 {
      try await inThread { board.send(image) }
      let isRead = await live.waits { $0.output.count { $0 == "\n" } >= number }
      try #require(isRead, "image \(number): \(live.errors)")
    }
    #expect(names(folder).filter { !$0.hasPrefix(".") }.isEmpty)
    try FileManager.default.removeItem(atPath: gate)
    let result = await live.interrupted()
    #expect(result.status == 0, "\(result.errors)")
    let saved = names(folder).filter { $0.hasSuffix(".png") }.count
    #expect(saved > 20 && saved < 40)
    #expect(result.errors.contains("saved \(saved) pictures"))
    #expect(result.errors.contains("the disk was too slow for \(40 - saved)"), "\(result.errors)")
  }

  /// A recording waits for the disk.
  @Test(.enabled(if: Preload.compiler != nil, "there is no C compiler"))
  func filesWaitForASlowDisk() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    let library = try await Preload.library("slow-disk", in: scratch)
    let gate = scratch.path("gate")
    try Data().write(to: URL(filePath: gate))
    let file = scratch.path("a.pcapng")
    try RawRecording.write(RawRecording.file(60), to: file)
    let folder = scratch.path("pictures")
    let replay = try ScribeProcess(
      ["replay", "--json", "--model", model, "--reader", "glyphs", "--save", folder, file],
      environment: ["LD_PRELOAD": library, "SCRIBE_GATE": gate])
    #expect(await replay.waits { $0.output.count { $0 == "\n" } >= 8 })
    try await Task.sleep(for: .milliseconds(300))
    #expect(replay.isRunning && replay.output.count { $0 == "\n" } < 60)
    try FileManager.default.removeItem(atPath: gate)
    let result = await replay.result()
    #expect(result.status == 0 && result.lines.count == 60)
    #expect(names(folder).count == 60, "\(result.errors)")
  }
}
