import Glibc
import Recording
import Testing

/// pcapng as other programs write it, and files that are no recordings at all.
@Suite("Captures of other programs") struct OtherCapturesTests {
  private func read(
    _ content: [UInt8], dumpBaud: Int? = nil, takesJPEG: Bool = false
  ) throws(RecordingError) -> (isDump: Bool, events: [RecordingEvent]) {
    let path = temporaryPath()
    defer { unlink(path) }
    try? write(content, to: path)
    var reader = try RecordingReader(path: path, dumpBaud: dumpBaud, takesJPEG: takesJPEG)
    var events: [RecordingEvent] = []
    while let event = try reader.nextEvent() { events.append(event) }
    return (reader.isDump, events)
  }

  // MARK: pcapng

  @Test(arguments: [false, true]) func simplePackets(isBig: Bool) {
    let capture = Capture(isBig: isBig, limit: 0)
    let file =
      capture.section + capture.interface() + capture.simple([1, 2, 3])
      + capture.simple([4, 5, 6, 7]) + capture.simple([])
    #expect(
      decoded(file) == [
        .header(RecordingHeader(application: "")),
        .bytes([1, 2, 3], direction: .received, at: 0),
        .bytes([4, 5, 6, 7], direction: .received, at: 0),
      ])
    for size in [1, 5, 12] {
      #expect(
        decoded(file, pieces: [Int](repeating: size, count: file.count / size)) == decoded(file))
    }
  }

  @Test func simplePacketsEndAtTheInterfacesLimit() {
    let capture = Capture(limit: 4)
    // Of 100 bytes that were there four were kept.
    let file =
      capture.section + capture.interface() + capture.simple([1, 2, 3, 4], length: 100)
      + capture.simple([5, 6], length: 2) + capture.simple([7, 8], length: 9)
    let events = decoded(file)
    #expect(
      events.packets == [
        .bytes([1, 2, 3, 4], direction: .received, at: 0),
        .bytes([5, 6], direction: .received, at: 0),
        .bytes([7, 8, 0, 0], direction: .received, at: 0),
      ])
    // Without a limit a length beyond the block contradicts it.
    let unlimited = Capture(limit: 0)
    let broken =
      unlimited.section + unlimited.interface() + unlimited.simple([1, 2, 3, 4], length: 100)
    #expect(decoded(broken).packets.isEmpty && decoded(broken).damagedBytes == 20)
    // Without an interface there is no packet either.
    #expect(decoded(unlimited.section + unlimited.simple([1])).packets.isEmpty)
  }

  /// A time is that of the last packet that has one.
  @Test func simplePacketsAmongOthers() {
    let capture = Capture()
    let file =
      capture.section + capture.interface() + capture.enhanced([1], ticks: 7_000_000)
      + capture.simple([2]) + capture.section + capture.interface() + capture.simple([3])
    #expect(
      decoded(file).packets == [
        .bytes([1], direction: .received, at: 7_000_000_000),
        .bytes([2], direction: .received, at: 7_000_000_000),
        .bytes([3], direction: .received, at: 0),
      ])
  }

  @Test(arguments: [false, true]) func obsoletePackets(isBig: Bool) {
    let capture = Capture(isBig: isBig)
    let packet = capture.block(
      2, capture.halves(0, 0xFFFF) + capture.words(0, 5, 2, 2) + [8, 9, 0, 0])
    #expect(
      decoded(capture.section + capture.interface() + packet).packets == [
        .bytes([8, 9], direction: .received, at: 5_000)
      ])
  }

  /// text2pcap and others tell by a packet's flags which way it went.
  @Test func flagsTellTheDirection() {
    let capture = Capture(link: 160)
    func packet(_ byte: UInt8, flags: UInt32?) -> [UInt8] {
      capture.enhanced(
        [byte], ticks: 1, options: flags.map { capture.option(2, capture.words($0)) } ?? [])
    }
    let file =
      capture.section + capture.interface()
      + packet(1, flags: 1) + packet(2, flags: 2) + packet(3, flags: nil) + packet(4, flags: 0)
    let directions = decoded(file).compactMap { event in
      if case .bytes(_, let direction, _) = event { direction } else { nil }
    }
    #expect(directions == [.received, .sent, .received, .received])
  }

  /// USER1 is for our packets where the interface says so, and else for anybody's bytes.
  @Test func onlyOurPacketsAreACopy() {
    let capture = Capture(link: 148)
    for (name, count) in [("packets", 0), ("uart0", 1)] {
      let file =
        capture.section + capture.interface(options: capture.option(2, Array(name.utf8)))
        + capture.enhanced([1, 2], ticks: 1)
      #expect(decoded(file).packets.count == count)
    }
  }

  // MARK: What is refused

  @Test func packetsOfNetworksAreRefusedByName() throws {
    for (link, words) in [
      (1, "Ethernet frames"), (113, "Linux network device"), (127, "Wi-Fi frames"),
      (220, "USB transfers of Linux"), (249, "usb.capdata"), (201, "Bluetooth HCI"),
      (9999, "packets of link type 9999"),
    ] as [(UInt32, String)] {
      let capture = Capture(link: link)
      let sample = Sample(count: 3, longest: 60, seed: 31)
      let pcapng =
        capture.section + capture.interface() + capture.enhanced([1, 2, 3], ticks: 1)
      // A dump's protocol doesn't make bytes of them either.
      for file in [capture.file(sample), pcapng] {
        for baud in [nil, 9_600] {
          let error = #expect(throws: RecordingError.self) { _ = try read(file, dumpBaud: baud) }
          let text = "\(try #require(error))"
          #expect(text.contains(words) && text.contains("link type \(link)"), "\(text)")
        }
      }
    }
  }

  /// One interface of a port among others is read.
  @Test func aPortAmongNetworksIsRead() throws {
    let (ethernet, serial) = (Capture(link: 1), Capture(link: 147))
    let file =
      ethernet.section + ethernet.interface() + serial.interface()
      + ethernet.enhanced([1, 2], ticks: 1)
      + serial.enhanced(
        [3], interface: 1, ticks: 2, options: serial.option(2, serial.words(1)))
    #expect(try read(file).events.packets == [.bytes([3], direction: .received, at: 2_000)])
  }

  /// The start of a file of each kind.
  private static let starts: [(KnownFormat, [UInt8])] = [
    (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0, 4]),
    (.bzip2, Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]),
    (.lz4, [4, 0x22, 0x4D, 0x18, 0x64]), (.zip, Array("PK\u{3}\u{4}\u{14}".utf8)),
    (.rar, Array("Rar!\u{1A}\u{7}".utf8)), (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    (.tar, [UInt8](repeating: 0x61, count: 257) + Array("ustar".utf8)),
    (.pcapWithMore, [0x34, 0xCD, 0xB2, 0xA1, 2, 0, 4, 0]), (.snoop, Array("snoop\0\0\0".utf8)),
    (.bluetoothSnoop, Array("btsnoop\0".utf8)), (.networkMonitor, Array("GMBU".utf8)),
    (.saleae, Array("<SALEAE>".utf8)), (.jpeg, [0xFF, 0xD8, 0xFF, 0xE0]),
    (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    (.bmp, Array("BM".utf8) + [0x36, 0x10, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0, 40, 0, 0, 0]),
    (.gif, Array("GIF89a".utf8)), (.tiff, [0x49, 0x49, 0x2A, 0]),
    (.webp, Array("RIFF1234WEBP".utf8)),
    (.pnm, Array("P5\n320 240\n255\n".utf8)), (.matroska, [0x1A, 0x45, 0xDF, 0xA3]),
    (.mp4, [0, 0, 0, 0x18] + Array("ftypisom".utf8)), (.avi, Array("RIFF1234AVI ".utf8)),
    (.wav, Array("RIFF1234WAVE".utf8)), (.pdf, Array("%PDF-1.7".utf8)),
    (.elf, [0x7F, 0x45, 0x4C, 0x46]),
  ]

  @Test func knownFilesAreNeverBareBytes() throws {
    let others: Set<KnownFormat> = [.pcapng, .pcap, .gzip, .zstd]
    #expect(Set(Self.starts.map(\.0)).union(others) == Set(KnownFormat.allCases))
    for (format, start) in Self.starts {
      let file = start + [UInt8](repeating: 0x55, count: 40_000)
      #expect(KnownFormat(startOf: file) == format)
      for baud in [nil, 9_600] {
        let error = #expect(throws: RecordingError.self, "\(format)") {
          _ = try read(file, dumpBaud: baud)
        }
        guard case .knownFormat(_, format) = error else {
          Issue.record("\(format): \(String(describing: error))")
          continue
        }
      }
    }
  }

  @Test func aDumpOfJPEGsIsTakenWhereTheProtocolIsTheirs() throws {
    let file: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 1, count: 1_000)
    #expect(try read(file, dumpBaud: 9_600, takesJPEG: true).isDump)
    #expect(throws: RecordingError.self) { _ = try read(file, takesJPEG: true) }
  }

  /// Pixels may have the first letters of a bitmap.
  @Test func whatOnlyLooksSimilarIsADump() throws {
    for start in [
      "BM\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}\u{7}", "PK", "BZ",
      "P5 and more",
    ] {
      let file = Array(start.utf8) + [UInt8](repeating: 7, count: 1_000)
      let (isDump, events) = try read(file, dumpBaud: 9_600)
      #expect(isDump && events.packets.count > 0)
    }
  }
}
