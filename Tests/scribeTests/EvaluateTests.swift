import Foundation
import Testing

/// The parts of a line of `evaluate --json` that tests look at.
private struct EvaluationLine: Decodable {
  struct Bin: Decodable { let count: Int }
  struct Reliability: Decodable {
    let characters: [Bin]
    let lines: [Bin]
  }
  struct Confusion: Decodable { let times: Int }

  let tier: String
  let image: String?
  let text: String?
  let size: String?
  let images: Int?
  let width: Int?
  let cerCapped: Double?
  let calibrationError: Double?
  let textFreeImages: Int?
  let textFreeImagesRead: Int?
  let reliability: Reliability?
  let confusions: [Confusion]?
  let unreadable: Int?
  let rightLines: Int?
  let wrongLines: Int?
  let thresholds: [Threshold]?

  struct Threshold: Decodable {
    let minConfidence: Double
    let rightLeftOut: Int
    let wrongLeftOut: Int
  }

  static func all(in result: ScribeProcess.Result) throws -> [EvaluationLine] {
    try result.lines.map { try JSONDecoder().decode(EvaluationLine.self, from: Data($0.utf8)) }
  }
}

@Suite(.startsPrograms) struct EvaluateTests {
  private static let names = ["clean_003.png", "clean_007.png", "hard_000.png"]

  /// A folder of some of the fixtures with `truth`, an object of names to texts.
  private func folder(_ scratch: Scratch, truth: [String: String]) throws -> String {
    for name in Self.names {
      try FileManager.default.copyItem(
        atPath: BoardImages.path(name), toPath: scratch.path(name))
    }
    let labels = truth.mapValues { ["text": $0, "tier": "typical"] }
    try JSONEncoder().encode(labels).write(to: scratch.folder.appending(path: "truth.json"))
    return scratch.folder.path
  }

  @Test func programsGetTiersSizesReliabilityAndConfusions() async throws {
    let result = try await ScribeProcess.run(["evaluate", "--json", BoardImages.folder.path])
    #expect(result.status == 0, "\(result.errors)")
    let lines = try EvaluationLine.all(in: result)
    #expect(lines.count { $0.image != nil } == 30)
    let overall = try #require(lines.first { $0.tier == "ALL" && $0.images == 30 })
    let error = try #require(overall.calibrationError)
    #expect((0...1).contains(error))
    #expect(lines.filter { $0.size != nil }.reduce(0) { $0 + ($1.images ?? 0) } == 30)
    let reliability = try #require(lines.lazy.compactMap(\.reliability).first)
    let read = lines.lazy.compactMap(\.text).joined().filter { !$0.isWhitespace }.count
    #expect(reliability.characters.reduce(0) { $0 + $1.count } == read)
    #expect(reliability.lines.count == 10)
    #expect(lines.contains { $0.confusions != nil })
  }

  /// Another program's texts score the same as if scribe had read them.
  @Test func predictionsScoreAsReadings() async throws {
    let reading = try await ScribeProcess.run(["evaluate", "--json", BoardImages.folder.path])
    let lines = try EvaluationLine.all(in: reading)
    var texts: [String: String] = [:]
    for line in lines { if let image = line.image { texts[image] = line.text } }
    let scratch = try Scratch()
    try JSONEncoder().encode(texts).write(to: scratch.folder.appending(path: "texts.json"))
    let result = try await ScribeProcess.run([
      "evaluate", "--json", "--predictions", scratch.path("texts.json"), BoardImages.folder.path,
    ])
    #expect(result.status == 0, "\(result.errors)")
    let again = try EvaluationLine.all(in: result)
    #expect(again.map(\.cerCapped) == lines.map(\.cerCapped))
    #expect(again.allSatisfy { $0.calibrationError == nil })
  }

  @Test func predictionsMayLackImagesButNotSense() async throws {
    let scratch = try Scratch()
    let folder = try folder(scratch, truth: ["clean_007.png": "MODEL"])
    try Data("{}".utf8).write(to: scratch.folder.appending(path: "none.json"))
    let none = try await ScribeProcess.run(
      ["evaluate", "--json", "--predictions", scratch.path("none.json"), folder])
    #expect(none.status == 0)
    #expect(try EvaluationLine.all(in: none).last { $0.images == 1 }?.cerCapped == 1)
    try Data("[3]".utf8).write(to: scratch.folder.appending(path: "list.json"))
    let list = try await ScribeProcess.run(
      ["evaluate", "--predictions", scratch.path("list.json"), folder])
    #expect(list.status == 65)
    #expect(list.errors.contains("list.json is not an object"))
    let missing = try await ScribeProcess.run(
      ["evaluate", "--predictions", "/nowhere.json", folder])
    #expect(missing.status == 66)
    #expect(missing.errors.contains("/nowhere.json"))
  }

  /// Images with text that are said to be free of it: each is reported.
  @Test func textFreeFoldersAreCounted() async throws {
    let scratch = try Scratch()
    let truth = Dictionary(uniqueKeysWithValues: Self.names.map { ($0, "") })
    let folder = try folder(scratch, truth: truth)
    let json = try await ScribeProcess.run(["evaluate", "--json", folder])
    #expect(json.status == 0, "\(json.errors)")
    let overall = try #require(
      try EvaluationLine.all(in: json).first { $0.tier == "ALL" && $0.images == 3 })
    #expect(overall.textFreeImages == 3)
    #expect(overall.textFreeImagesRead == 3)
    #expect(overall.cerCapped == nil)
    let table = try await ScribeProcess.run(["evaluate", folder])
    #expect(table.lines.last?.hasPrefix("ALL") == true)
    #expect(table.lines.last?.hasSuffix("3/3") == true)
  }

  @Test func pagesHoldThePicturesTheyShow() async throws {
    let scratch = try Scratch()
    let folder = try folder(
      scratch, truth: ["clean_003.png": "bread output", "clean_007.png": "NOTHINGOFTHEKIND"])
    let page = scratch.path("page.html")
    let result = try await ScribeProcess.run(["evaluate", "--page", page, "--worst", "1", folder])
    #expect(result.status == 0, "\(result.errors)")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.ranges(of: "data:image/png;base64,iVBORw0KGgo").count == 1)
    #expect(html.contains("clean_007.png") && !html.contains("clean_003.png"))
    #expect(html.contains("<ol>"))
    let unwritable = try await ScribeProcess.run(
      ["evaluate", "--page", scratch.path("none/page.html"), folder])
    #expect(unwritable.status == 73)
    #expect(unwritable.errors.contains("can't write"))
  }

  /// The height of capitals comes from each image's own JSON.
  @Test func heightsOfCapitalsMakeATable() async throws {
    let scratch = try Scratch()
    let folder = try folder(
      scratch, truth: ["clean_003.png": "bread output", "clean_007.png": "MODEL"])
    try Data(#"{"cap_px": 14}"#.utf8).write(to: scratch.folder.appending(path: "clean_003.json"))
    let result = try await ScribeProcess.run(["evaluate", folder])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.lines.contains { $0.hasPrefix("12 to 16 px") && $0.contains(" of 11") })
  }

  /// An image that is damaged and one that is missing are told; the others are measured.
  @Test(arguments: [["--json"], ["--json", "--predictions", "texts.json"]])
  func badImagesCostNoFigures(options: [String]) async throws {
    let scratch = try Scratch()
    let folder = try folder(
      scratch,
      truth: ["clean_003.png": "bread output", "clean_007.png": "MODEL", "gone.png": "A"])
    try Data("no image".utf8).write(to: scratch.folder.appending(path: "clean_003.png"))
    try Data("{}".utf8).write(to: scratch.folder.appending(path: "texts.json"))
    let page = scratch.path("page.html")
    let result = try await ScribeProcess(
      ["evaluate", "--page", page] + options + [folder], workingFolder: folder
    ).result()
    #expect(result.status == 65)
    #expect(result.errors.contains("clean_003.png") && result.errors.contains("gone.png"))
    #expect(result.errors.contains("2 of 3 images can't be read"))
    let lines = try EvaluationLine.all(in: result)
    #expect(lines.compactMap(\.image) == ["clean_007.png"])
    #expect(lines.first { $0.tier == "ALL" }?.images == 1)
    #expect(lines.last?.unreadable == 2)
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("clean_007.png") && html.contains("2 more can't be read"))
  }

  /// Names meet as in a folder that came from another system.
  @Test func namesMeetInEitherForm() async throws {
    let scratch = try Scratch()
    let names = ["Z\u{E4}hler.png", "cafe\u{301}.png"]
    let others = ["Za\u{308}hler.png", "caf\u{E9}.png"]
    for name in names {
      try FileManager.default.copyItem(
        atPath: BoardImages.path("clean_007.png"), toPath: scratch.folder.path + "/" + name)
    }
    let labels = Dictionary(uniqueKeysWithValues: others.map { ($0, ["text": "MODEL"]) })
    try JSONEncoder().encode(labels).write(to: scratch.folder.appending(path: "truth.json"))
    try JSONEncoder().encode(Dictionary(uniqueKeysWithValues: names.map { ($0, "MODEL") }))
      .write(to: scratch.folder.appending(path: "texts.json"))
    let result = try await ScribeProcess.run(["evaluate", "--json", scratch.folder.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try EvaluationLine.all(in: result).first { $0.tier == "ALL" }?.images == 2)
    let predicted = try await ScribeProcess.run([
      "evaluate", "--json", "--predictions", scratch.path("texts.json"), scratch.folder.path,
    ])
    #expect(predicted.status == 0, "\(predicted.errors)")
    #expect(
      try EvaluationLine.all(in: predicted).compactMap(\.text) == ["MODEL", "MODEL"])
  }

  @Test(arguments: [
    ([], "read by lines, models line-quick and line"),
    (["--quick-model", "none"], "read by lines, model line"),
    (["--reader", "glyphs"], "read by glyphs, model glyph"),
    (["--reader", "board"], "read by board, model glyph"),
    (["--model", "blank"], "read by glyphs, model blank"),
  ])
  func pagesNameTheReader(options: [String], words: String) async throws {
    let scratch = try Scratch()
    let own = try Scratch()
    _ = try BlankModel.write(in: own)
    let folder = try folder(scratch, truth: ["clean_007.png": "MODEL"])
    let page = scratch.path("page.html")
    let result = try await ScribeProcess(
      ["evaluate", "--page", page] + options + [folder],
      environment: ["SERIALSCRIBE_MODELS": own.folder.path]
    ).result()
    #expect(result.status == 0, "\(result.errors)")
    let html = try String(contentsOfFile: page, encoding: .utf8)
    #expect(html.contains("\(words)</title>"), "\(html.prefix(800))")
  }

  @Test func thresholdsTellWhatALeastConfidenceCosts() async throws {
    let table = try await ScribeProcess.run(["evaluate", "--thresholds", BoardImages.folder.path])
    #expect(table.status == 0, "\(table.errors)")
    let rows = table.lines.drop { !$0.hasPrefix("--min-confidence") }
    #expect(rows.dropFirst().map { $0.prefix(4) } == ["0.50", "0.80", "0.90", "0.95"])
    let result = try await ScribeProcess.run(
      ["evaluate", "--thresholds", "--json", BoardImages.folder.path])
    let lines = try EvaluationLine.all(in: result)
    let thresholds = try #require(lines.last?.thresholds)
    #expect(thresholds.map(\.minConfidence) == [0.5, 0.8, 0.9, 0.95])
    let all = try #require(lines.last?.rightLines) + #require(lines.last?.wrongLines)
    // Lines that each threshold leaves are those that are read with it.
    for threshold in thresholds.prefix(2) {
      let kept = try await ScribeProcess.run([
        "evaluate", "--json", "--min-confidence", "\(threshold.minConfidence)",
        BoardImages.folder.path,
      ])
      let count = try EvaluationLine.all(in: kept).filter { $0.image != nil }
        .reduce(0) { $0 + ($1.text ?? "").split(separator: "\n").count }
      #expect(count == all - threshold.rightLeftOut - threshold.wrongLeftOut)
    }
  }
}
