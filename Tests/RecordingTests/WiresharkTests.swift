import Glibc
import Packets
import Recording
import Testing

/// Every field of every packet, as tshark shows it with the dissector in scripts.
@Suite("Wireshark", .enabled(if: isInstalled("tshark"), "tshark is not installed"))
struct WiresharkTests {
  private static let dissector =
    #filePath.components(droppingLast: 3) + "/scripts/link/wireshark/serialscribe.lua"

  /// The values of `fields` in each packet of a file that holds `packets`; several values of a
  /// field in a packet are joined by `;`.
  private func values(
    _ fields: [String], of packets: [[UInt8]], sent: [[UInt8]] = []
  ) throws -> [[String]] {
    let path = temporaryPath()
    defer { unlink(path) }
    var writer = try RecordingWriter(path: path, header: RecordingHeader(), decodesPackets: true)
    for packet in packets { try writer.append(framed(packet), direction: .received, at: 1) }
    for packet in sent { try writer.append(framed(packet), direction: .sent, at: 2) }
    try writer.finish()
    let text = try #require(
      output(
        of: [
          "tshark", "-X", "lua_script:\(Self.dissector)", "-r", path, "-Y", "serialscribe", "-T",
          "fields", "-E", "separator=/t", "-E", "aggregator=;",
        ] + fields.flatMap { ["-e", $0] }))
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { row in
      row.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    }
  }

  /// One packet's fields, without the `serialscribe.` before each.
  private func fields(
    _ names: [String], of packet: [UInt8], after before: [[UInt8]] = []
  ) throws -> [String] {
    let rows = try values(
      names.map { $0.hasPrefix("_") ? $0 : "serialscribe.\($0)" }, of: before + [packet])
    return try #require(rows.last)
  }

  private let layout: [UInt8] = [0x40, 1, 0xF0, 0, 1, 0]

  @Test func theHeader() throws {
    let packet = linkPacket(
      type: 3, sequence: 200, image: 7, flags: 0xA0 | 0x1E, position: 0x0102, body: [1])
    #expect(
      try fields(
        ["version", "type", "sequence", "image_low", "descriptor", "position", "_ws.col.Info"],
        of: packet) == [
          "1", "3", "200", "7", "5", "258", "SLICE image ..07, chunk 258, fragment 1, last",
        ])
  }

  @Test func descriptor() throws {
    let packet = linkPacket(
      type: 1,
      body: layout + [0xFC, 0, 12, 0] + name("demo") + name("OV2640"))
    #expect(
      try fields(
        ["width", "height", "format", "codec", "mtu", "rows_in_slice", "board", "sensor"],
        of: packet) == ["320", "240", "1", "0", "252", "12", "demo", "OV2640"])
  }

  @Test func begin() throws {
    let packet = linkPacket(
      type: 2,
      body: little(70_000, 4) + layout + little(0, 2) + little(0x1_0000_0001, 8) + little(900, 4)
        + little(3, 4) + little(4, 4) + little(76_800, 4) + little(10, 2) + little(20, 2)
        + little(640, 2) + little(480, 2))
    #expect(
      try fields(
        [
          "image", "width", "timestamp", "exposure", "images_dropped", "packets_refused",
          "payload_length", "region_x", "region_y", "full_width", "full_height",
        ], of: packet) == [
          "70000", "320", "4294967297", "900", "3", "4", "76800", "10", "20", "640", "480",
        ])
  }

  /// The content of a slice's body follows from the layout that its descriptor id names.
  @Test func slices() throws {
    func begin(format: UInt8, codec: UInt8) -> [UInt8] {
      linkPacket(
        type: 2, sequence: 1, flags: 0x40,
        body: little(0, 4) + [0x40, 1, 0xF0, 0, format, codec] + [UInt8](repeating: 0, count: 26))
    }
    func slice(_ flags: UInt8, _ body: [UInt8]) -> [UInt8] {
      linkPacket(type: 3, sequence: 2, flags: 0x40 | flags, position: 9, body: body)
    }
    let names = [
      "row", "chunk", "fragment_number", "row_count", "reference", "pixels", "jpeg", "code",
    ]
    let rows = try fields(names, of: slice(0, [5, 6]), after: [begin(format: 1, codec: 0)])
    #expect(rows == ["", "9", "", "", "", "0506", "", ""])
    let jpeg = try fields(names, of: slice(0, [5, 6]), after: [begin(format: 0, codec: 1)])
    #expect(jpeg == ["", "9", "", "", "", "", "0506", ""])
    let coded = try fields(
      names, of: slice(0x08, [16, 3, 0xAB]), after: [begin(format: 1, codec: 2)])
    #expect(coded == ["9", "", "", "16", "3", "", "", "ab"])
    // The head of the code is in the last fragment.
    let first = try fields(
      names, of: slice(0x06, [0, 0xAB]), after: [begin(format: 5, codec: 3)])
    #expect(first == ["9", "", "0", "", "", "", "", "ab"])
    let last = try fields(
      names, of: slice(0x04, [1, 16, 0xAB]), after: [begin(format: 5, codec: 3)])
    #expect(last == ["9", "", "1", "16", "", "", "", "ab"])
  }

  @Test func end() throws {
    let packet = linkPacket(
      type: 4,
      body: little(5, 4) + layout + [1, 0] + little(480, 4) + little(76_800, 4)
        + little(0xDEAD_BEEF, 4))
    #expect(
      try fields(
        ["image", "height", "slice_count", "payload_length", "payload_crc", "_ws.expert.message"],
        of: packet) == ["5", "240", "480", "76800", "0xdeadbeef", "The board gave the image up"])
  }

  @Test func logStatsAndHello() throws {
    #expect(
      try fields(["log"], of: linkPacket(type: 5, body: Array("gain 3 \u{B5}s".utf8)))
        == ["gain 3 \u{B5}s"])
    #expect(
      try fields(
        [
          "uptime", "images_sent", "images_dropped", "images_given_up", "packets_refused",
          "bytes_sent",
        ],
        of: linkPacket(
          type: 6,
          body: little(1_500, 4) + little(2, 4) + little(3, 4) + little(4, 4) + little(5, 4)
            + little(1 << 40, 8))) == ["1500", "2", "3", "4", "5", "1099511627776"])
    #expect(
      try fields(
        ["highest_version", "mtu", "capabilities", "firmware", "_ws.col.Info"],
        of: linkPacket(type: 7, body: [1, 1, 0xFC, 0] + little(6, 4) + name("fw 1.0")))
        == ["1", "252", "0x00000006", "fw 1.0", "HELLO fw 1.0, just started"])
  }

  @Test func pingsAndWhatTheHostSends() throws {
    let names = [
      "type", "token", "direction", "received", "window", "command_token", "command", "status",
      "format", "codec",
    ].map { "serialscribe.\($0)" }
    let token = little(0x0102_0304, 4)
    let rows = try values(
      names,
      of: [linkPacket(type: 8, body: token), linkPacket(type: 13, body: [7, 1, 1, 2])],
      sent: [
        linkPacket(type: 9, body: token), linkPacket(type: 10, body: [5, 0, 0, 8]),
        linkPacket(type: 12, body: [7, 1, 1, 5, 3]),
      ])
    #expect(
      rows == [
        ["8", "0x01020304", "1", "", "", "", "", "", "", ""],
        ["13", "", "1", "", "", "263", "1", "2", "", ""],
        ["9", "0x01020304", "2", "", "", "", "", "", "", ""],
        ["10", "", "2", "5", "2048", "", "", "", "", ""],
        ["12", "", "2", "", "", "263", "1", "", "5", "3"],
      ])
  }

  @Test(
    arguments: [
      (2, [1, 0, 2, 0, 3, 0, 4, 0], ["1", "2", "3", "4", "", ""]),
      (3, [0xE8, 3, 0, 0], ["", "", "", "", "1000", ""]),
      (4, [0, 1], ["", "", "", "", "", "256"]),
      (5, [], ["", "", "", "", "", ""]),
    ] as [(UInt8, [UInt8], [String])])
  func commands(command: UInt8, arguments: [UInt8], shown: [String]) throws {
    let rows = try values(
      ["region_x", "region_y", "width", "height", "rate", "mtu"].map { "serialscribe.\($0)" },
      of: [], sent: [linkPacket(type: 12, body: [1, 0, command] + arguments)])
    #expect(rows == [shown])
  }

  @Test func text() throws {
    // `A b` at (10, 20), with a box each: 7 to the right of the line's start, then 2 to the right
    // of the previous edge.
    let characters: [UInt8] = [0x41, 250, 14, 0, 5, 9, 0x80 | 0x62, 100, 4, 3, 0x80, 0x01, 7]
    let line = [0, 2, 1, 90] + little(10, 2) + little(20, 2) + little(200, 2) + little(30, 2)
    let packet = linkPacket(
      type: 11,
      body: [1, 1] + little(0, 2) + little(42, 4) + little(1_000_000, 8) + little(320, 2)
        + little(240, 2) + little(150, 2) + little(1, 2) + line + characters)
    #expect(
      try fields(
        [
          "text_version", "part", "image", "timestamp", "width", "height", "reading_time",
          "line_count", "line_number", "character_count", "character", "text", "confidence", "x",
          "y", "box_width", "box_height",
        ], of: packet) == [
          "1", "0", "42", "1000000", "320", "240", "150", "1", "0", "2", "A;b", "A b",
          "90;250;100", "10;17;24", "20;20;18", "200;5;128", "30;9;7",
        ])
  }

  @Test func damageIsTold() throws {
    var broken = linkPacket(type: 8, body: little(1, 4))
    broken[6] ^= 1
    let messages = try values(
      ["_ws.expert.message", "serialscribe.token", "frame.packet_flags_crc_error"],
      of: [
        linkPacket(type: 8, sequence: 1, body: little(1, 4)), broken,
        linkPacket(type: 8, sequence: 4, body: little(1, 4)),
        linkPacket(type: 2, sequence: 5, body: [1, 2]), linkPacket(type: 14, sequence: 6, body: []),
        linkPacket(type: 8, version: 2, sequence: 7, body: little(1, 4)),
      ])
    #expect(
      messages.map { $0[0] } == [
        "", "The CRC is wrong: bytes were lost or changed",
        "2 packets before this one never came", "The body ends within a field or breaks a rule",
        "A type that this version does not have", "Another version of the protocol",
      ])
    // The content of a packet with a wrong CRC is not trusted.
    #expect(messages[1][1] == "" && messages[0][1] != "")
    #expect(["1", "True"].contains(messages[1][2]))
  }

  /// Bodies cut anywhere and bodies of random bytes never stop the dissector.
  @Test func nonsenseIsSurvived() throws {
    var random = Seeded(4)
    let packets = (1...13).flatMap { type in
      (0..<20).map { _ in
        linkPacket(
          type: UInt8(type), flags: .random(in: 0...255, using: &random),
          body: (0..<Int.random(in: 0...80, using: &random)).map { _ in
            .random(in: 0...255, using: &random)
          })
      }
    }
    let rows = try values(
      ["serialscribe.type", "_ws.expert.message", "_ws.lua.error"], of: packets)
    #expect(rows.count == packets.count)
    for row in rows { #expect(row[2] == "" && !row[1].contains("Lua")) }
  }

  private func name(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
}

extension String {
  /// The path without its last `count` components.
  fileprivate func components(droppingLast count: Int) -> String {
    split(separator: "/", omittingEmptySubsequences: false).dropLast(count)
      .joined(separator: "/")
  }
}
