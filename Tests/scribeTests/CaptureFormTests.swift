import Foundation
import PortTestSupport
import Testing

/// Recordings in all their forms, as commands read them, and where and when images are from.
@Suite("Forms of recordings", .startsPrograms) struct CaptureFormTests {
  private func replay(_ arguments: [String], _ scratch: Scratch) async throws
    -> ScribeProcess.Result
  {
    let model = try BlankModel.write(in: scratch)
    return try await ScribeProcess.run(
      ["replay", "--json", "--model", model, "--reader", "glyphs"] + arguments)
  }

  private func pack(_ path: String, by program: String) async throws {
    let process = try ChildProcess("/usr/bin/env", [program, "-q", "-k", path])
    _ = await waits { !process.isRunning }
    try #require(process.ending == 0)
  }

  @Test func everyFormGivesTheSameImages() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    try RawRecording.write(RawRecording.file(5), to: scratch.path("a.pcapng"))
    try RawRecording.write(RawRecording.pcap(5), to: scratch.path("b.pcap"))
    var files = ["a.pcapng", "b.pcap"]
    for (program, ending) in [("gzip", "gz"), ("zstd", "zst")]
    where Program.isInstalled(program) {
      for file in ["a.pcapng", "b.pcap"] {
        try await pack(scratch.path(file), by: program)
        files.append("\(file).\(ending)")
      }
    }
    for file in files {
      let path = scratch.path(file)
      let named = file.hasPrefix("b") ? ["--protocol", RawRecording.linkProtocol] : []
      let result = try await replay(named + [path], scratch)
      #expect(result.status == 0, "\(file): \(result.errors)")
      let origins = try JSONOrigin.all(in: result.output)
      #expect(origins.map(\.image) == [0, 1, 2, 3, 4])
      #expect(origins.allSatisfy { $0.source == path })
      // Classic pcap counts microseconds here.
      let start = RawRecording.startText
      #expect(
        origins[0].time == (named.isEmpty ? start : start.replacing("456789Z", with: "456000Z")))

      let content = try Data(contentsOf: URL(filePath: path))
      let piped = try await ScribeProcess(
        ["replay", "--json", "--model", model, "--reader", "glyphs"] + named + ["-"],
        input: content
      ).result()
      #expect(piped.status == 0, "\(file): \(piped.errors)")
      let pipedOrigins = try JSONOrigin.all(in: piped.output)
      #expect(pipedOrigins.map(\.time) == origins.map(\.time))
      #expect(pipedOrigins.allSatisfy { $0.source == "-" })

      let inspected = try await ScribeProcess.run(["inspect"] + named + [path])
      #expect(inspected.output.contains("5 intact, 0 damaged, 0 lost"), "\(inspected.output)")
      #expect(inspected.output.contains("compressed with gzip") == file.hasSuffix("gz"))
      let imported = scratch.path("imported")
      let result2 = try await ScribeProcess.run(
        ["import", "--overwrite"] + named + [path, imported])
      #expect(result2.status == 0, "\(result2.errors)")
      let again = try await replay([imported], scratch)
      #expect(try JSONOrigin.all(in: again.output).map(\.time) == origins.map(\.time))
    }
    // Each recording of a folder is read.
    let all = try await replay(
      ["--protocol", RawRecording.linkProtocol, scratch.folder.path], scratch)
    #expect(Set(try JSONOrigin.all(in: all.output).map(\.source)).count == files.count)
  }

  @Test func aCutFileGivesWhatIsThere() async throws {
    let scratch = try Scratch()
    try RawRecording.write(RawRecording.file(40), to: scratch.path("a.pcapng"))
    try await pack(scratch.path("a.pcapng"), by: "gzip")
    let packed = try Data(contentsOf: URL(filePath: scratch.path("a.pcapng.gz")))
    try packed.prefix(packed.count * 3 / 4).write(to: URL(filePath: scratch.path("cut.gz")))
    let result = try await replay([scratch.path("cut.gz")], scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect((10..<40).contains(result.lines.count))
    #expect(result.errors.contains("the rest of its compressed bytes is missing"))
  }

  @Test func recordingsWithoutTimesSayNone() async throws {
    let scratch = try Scratch()
    let dump = scratch.path("dump.bin")
    try RawRecording.write(RawRecording.bytes(0) + RawRecording.bytes(1), to: dump)
    let result = try await replay(["--protocol", RawRecording.linkProtocol, dump], scratch)
    #expect(result.lines.count == 2)
    #expect(result.lines.allSatisfy { $0.contains(#","time":null,"#) })
  }

  @Test func liveTellsPortAndTime() async throws {
    let scratch = try Scratch()
    let board = try TestTerminal()
    let model = try BlankModel.write(in: scratch)
    let file = scratch.path("a.pcapng")
    let live = try ScribeProcess([
      "live", "--json", "--port", board.path, "--protocol", RawRecording.linkProtocol, "--model",
      model, "--reader", "glyphs", "--images", "1", "--record", file,
    ])
    #expect(await live.waits { $0.errors.contains("connected") })
    board.send(RawRecording.bytes(1))
    let result = await live.result()
    #expect(result.status == 0, "\(result.errors)")
    let origin = try #require(try JSONOrigin.all(in: result.output).first)
    #expect(origin.source == board.path && origin.image == 0)
    // Its recording tells the same time, to the nanosecond.
    let replayed = try await replay([file], scratch)
    #expect(try JSONOrigin.all(in: replayed.output).first?.time == origin.time)
    #expect(origin.time?.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z/) != nil)
  }

  @Test func filesHaveNeitherTimeNorSource() async throws {
    let result = try await ScribeProcess.run(
      ["recognize", "--json", BoardImages.path("clean_000.png")])
    #expect(!result.output.contains(#""time""#) && !result.output.contains(#""source""#))
  }

  /// A recording of another program names no protocol.
  @Test func aMissingProtocolIsAskedFor() async throws {
    let scratch = try Scratch()
    let file = scratch.path("a.pcap")
    try RawRecording.write(RawRecording.pcap(3), to: file)
    for result in [
      try await replay([file], scratch),
      try await ScribeProcess.run(["extract", file, scratch.path("pictures")]),
    ] {
      #expect(result.status == 0 && result.output.isEmpty)
      #expect(result.errors.contains("name the board's --protocol"), "\(result.errors)")
    }
  }

  // MARK: What is refused

  @Test func otherFilesAreRefusedInWords() async throws {
    let scratch = try Scratch()
    let ethernet = scratch.path("eth.pcap")
    try RawRecording.write(RawRecording.pcap(2, link: 1), to: ethernet)
    let zip = scratch.path("session.sr")
    try RawRecording.write(Array("PK\u{3}\u{4}".utf8) + RawRecording.bytes(1), to: zip)
    let raw = ["--protocol", RawRecording.linkProtocol]
    for (file, words) in [
      (ethernet, "Ethernet frames (link type 1)"), (zip, "is an archive"),
      (BoardImages.path("clean_000.png"), "scribe recognize"),
    ] {
      for command in [
        ["replay"] + raw + [file], ["inspect"] + raw + [file], ["replay", file], ["inspect", file],
        ["import", file, scratch.path("out")],
        ["extract"] + raw + [file, scratch.path("pictures")],
      ] {
        let result = try await ScribeProcess.run(command)
        #expect(result.status == 65, "\(command): \(result.errors)")
        #expect(result.errors.contains(words), "\(command): \(result.errors)")
      }
    }
  }

  /// A file or pipe in a port's place.
  @Test func liveTakesNoRecordingForPixels() async throws {
    let scratch = try Scratch()
    let model = try BlankModel.write(in: scratch)
    func live(_ port: String, _ input: [UInt8] = []) async throws -> ScribeProcess.Result {
      try await ScribeProcess(
        [
          "live", "--port", port, "--json", "--protocol", RawRecording.linkProtocol, "--model",
          model, "--reader", "glyphs",
        ], input: Data(input)
      ).result()
    }
    let png = [UInt8](try Data(contentsOf: BoardImages.folder.appending(path: "clean_000.png")))
    for (content, words) in [
      (RawRecording.file(2), "'scribe replay' reads it"),
      (RawRecording.pcap(2), "'scribe replay' reads it"), (png, "'scribe recognize'"),
      ([0xFF, 0xD8, 0xFF, 0xE0] + RawRecording.bytes(1), "--protocol jpeg-stream"),
      ([0x1F, 0x8B, 8, 0] + RawRecording.bytes(1), "compressed with gzip"),
    ] {
      let file = scratch.path("file")
      try RawRecording.write(content, to: file)
      for result in [try await live(file), try await live("-", content)] {
        #expect(result.status == 65 && result.output.isEmpty, "\(result.errors)")
        #expect(result.errors.contains(words), "\(result.errors)")
      }
    }
    let bare = try await live("-", RawRecording.bytes(1) + RawRecording.bytes(2))
    #expect(bare.status == 0 && bare.lines.count == 2, "\(bare.errors)")
  }
}
