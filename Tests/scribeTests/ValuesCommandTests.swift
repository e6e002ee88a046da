import Foundation
import Gray
import PortTestSupport
import Recording
import Testing
import ValuesTrial

/// Named values: a camera's file made, checked, edited and read by.
@Suite("Values", .serialized, .startsPrograms) struct ValuesCommandTests {
  private static let day = MeterDay(hours: 0.05)
  private static let field = "counter=30,92,260,56"

  /// A drawn meter's picture as a file.
  private func photograph(in scratch: Scratch, at share: Double = 0) throws -> String {
    let path = scratch.path("meter-\(share).png")
    try Data(Self.day.picture(at: share).encodedAsPNG()).write(to: URL(filePath: path))
    return path
  }

  /// A camera's file with a field whose limits a person has added.
  private func camera(in scratch: Scratch, _ options: [String] = []) async throws -> String {
    let path = scratch.path("water.yaml")
    let picture = try photograph(in: scratch)
    let made = try await ScribeProcess.run(
      ["camera", "new", path, "--picture", picture, "--field", Self.field] + options)
    #expect(made.status == 0, "\(made.errors)")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try #require(text.contains("box: [30, 92, 260, 56]\n"))
    try text.replacing(
      "box: [30, 92, 260, 56]\n",
      with: "box: [30, 92, 260, 56] # mine\n    digits: 8\n    decimals: 3\n    unit: m³\n"
        + "    grows: true\n    most-per-hour: 1.5\n"
    ).write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func value(_ line: String) throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    let values = try #require(json?["values"] as? [String: Any])
    return try #require(values["counter"] as? [String: Any])
  }

  @Test func aCameraIsMadeCheckedAndReadBy() async throws {
    let scratch = try Scratch()
    let path = try await camera(in: scratch, ["--mount", "upright", "--baud", "9600"])
    #expect(FileManager.default.fileExists(atPath: scratch.path("water.reference.png")))
    let checked = try await ScribeProcess.run(["camera", "check", path])
    #expect(
      checked.output == """
        camera water
        9600 baud, mounted upright
        followed by water.reference.png
        field counter at 30,92 260x56, 8 digits, 3 decimals, m³, only grows, at most 1.5 an hour, \
        good once 3 images agree

        """)
    let picture = try photograph(in: scratch)
    let json = try await ScribeProcess.run(["recognize", "--json", "--camera", path, picture])
    let value = try value(try #require(json.lines.first))
    #expect(value["state"] as? String == "good" && value["unit"] as? String == "m³")
    #expect(value["number"] as? Double == 12_349.876)
    let text = try await ScribeProcess.run(["recognize", "--camera", path, picture])
    #expect(text.output == "counter = 12349.876 m³\n")
    let table = try await ScribeProcess.run(["recognize", "--as", "csv", "--camera", path, picture])
    #expect(table.output.hasPrefix("time,camera,source,image,field,"))
    #expect(table.output.contains(",counter,12349876,12349.876,m³,good,,"))
  }

  @Test func aFileThatIsThereIsOnlyChanged() async throws {
    let scratch = try Scratch()
    let path = try await camera(in: scratch)
    let refused = try await ScribeProcess.run(["camera", "new", path])
    #expect(refused.status == 73 && refused.errors.contains("--overwrite"))
    let changed = try await ScribeProcess.run(
      ["camera", "new", "--overwrite", "--mount", "left", "--port", "/dev/ttyUSB7", path])
    #expect(changed.status == 0, "\(changed.errors)")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains("mount: left\n") && text.contains("port: /dev/ttyUSB7\n"))
    #expect(text.contains("# mine"))
  }

  @Test func mistakesAreToldWithTheirLine() async throws {
    let scratch = try Scratch()
    let path = scratch.path("a.yaml")
    try "name: a\nmuont: left\n".write(toFile: path, atomically: true, encoding: .utf8)
    let check = try await ScribeProcess.run(["camera", "check", path])
    #expect(check.status == 65)
    #expect(check.errors.contains("a.yaml:2: there is no key 'muont'; did you mean 'mount'?"))
    let live = try await ScribeProcess.run(["live", "--camera", scratch.path("none.yaml")])
    #expect(live.status == 66 && live.errors.contains("No such file"))
    try "name: a\n".write(toFile: path, atomically: true, encoding: .utf8)
    let portless = try await ScribeProcess.run(["live", "--camera", path])
    #expect(portless.status == 65 && portless.errors.contains("'port' is missing"))
    for arguments in [
      ["live"], ["live", "--as", "csv", "--port", "/dev/null"], ["record", "a.pcapng"],
      ["live", "--json", "--as", "csv", "--camera", path],
      ["live", "--camera", path, "--port", "a", "--port", "b"],
      ["replay", "--camera", path, "--camera", path, "x"],
      ["camera", "new", path, "--field", "a=1,2,3"],
    ] {
      let result = try await ScribeProcess.run(arguments)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
    }
  }

  @Test func aRecordingGivesValuesOnceImagesAgree() async throws {
    let scratch = try Scratch()
    let path = try await camera(in: scratch)
    let pictures = try [0, 0, 0, 0].map { try Self.day.picture(at: $0) }
    let header = RecordingHeader(linkProtocol: "raw:320x240:gray8:sync=AA55AA55")
    let blocks = pictures.enumerated().flatMap { number, picture in
      PcapngEncoder.bytes(
        [0xAA, 0x55, 0xAA, 0x55] + picture.pixels, direction: .received,
        at: RawRecording.time(number))
    }
    let file = scratch.path("session.pcapng")
    try RawRecording.write(PcapngEncoder.header(header) + blocks, to: file)
    let result = try await ScribeProcess.run(["replay", "--json", "--camera", path, file])
    #expect(result.status == 0 && result.lines.count == 4, "\(result.errors)")
    let states = try result.lines.map { try value($0)["reason"] as? String ?? "good" }
    #expect(states == ["unconfirmed", "unconfirmed", "good", "good"])
    let good = try value(result.lines[3])["lastGood"] as? [String: Any]
    #expect((good?["time"] as? String)?.hasPrefix("2026-09-21T14:13:20.") == true)
    let lines = try await ScribeProcess.run(
      ["replay", "--as", "influx", "--camera", path, file])
    #expect(lines.lines.count == 4)
    #expect(lines.lines[3].hasPrefix("scribe,camera=water,field=counter,source="))
    #expect(lines.lines[3].contains(" value=12349.8"))
    #expect(lines.lines[0].contains("state=\"doubtful\"") && !lines.lines[0].contains("value="))
  }

  @Test func aLiveCameraIsReadByItsFile() async throws {
    let scratch = try Scratch()
    let board = try await ScribeProcess.board(
      scratch, ["--image", try photograph(in: scratch), "--rate", "5", "--baud", "0"])
    defer { board.signal(SIGINT) }
    let path = try await camera(in: scratch, ["--port", scratch.path("board")])
    let result = try await ScribeProcess.run(
      ["live", "--json", "--camera", path, "--images", "4"])
    #expect(result.status == 0 && result.lines.count == 4, "\(result.errors)")
    let last = try value(try #require(result.lines.last))
    #expect(last["state"] as? String == "good" && last["number"] as? Double == 12_349.876)
  }

  /// The board is asked for the part of the picture that holds the field, once that is found in a
  /// whole one.
  @Test(arguments: ["upright", "upside-down", "left"])
  func theBoardSendsTheFieldsAlone(mount: String) async throws {
    let scratch = try Scratch()
    let path = try await camera(in: scratch)
    let mounted = try await ScribeProcess.run([
      "camera", "new", "--overwrite", "--mount", mount, path,
    ])
    #expect(mounted.status == 0, "\(mounted.errors)")
    let board = try await ScribeProcess.board(
      scratch,
      [
        "--image", try photograph(in: scratch), "--mount", mount, "--baud", "0", "--rate", "10",
        "--noise", "0",
      ])
    let live = try await ScribeProcess.run([
      "live", "--camera", path, "--port", scratch.path("board"), "--region", "fields", "--json",
      "--images", "30", "--no-reconnect",
    ])
    _ = await board.interrupted()
    #expect(live.status == 0 && live.errors.contains("the board agrees: region"), "\(live.errors)")
    let readings = try JSONReading.all(in: live.output)
    let (first, last) = (try #require(readings.first), try #require(readings.last))
    #expect(first.width * first.height == 320 * 240)
    #expect(4 * last.width * last.height < 3 * 320 * 240)
    let value = try value(try #require(live.lines.last))
    #expect(value["number"] as? Double == 12_349.876, "\(value)")
    #expect(value["state"] as? String == "good")
  }

  @Test func fieldsAreAskedForWithACameraAlone() async throws {
    let refused = try await ScribeProcess.run(["live", "--port", "/dev/null", "--region", "fields"])
    #expect(refused.status == 64 && refused.errors.contains("--region fields needs --camera FILE"))
  }
}
