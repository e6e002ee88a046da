import Glibc
import Gray
import Images
import Testing

/// Small files that demand much work or memory.
@Suite struct BombTests {
  /// Seconds of this thread's time, which a busy machine doesn't change.
  private func seconds(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = now()
    body()
    return now() - start
  }

  /// The header gives the size: refused before a pixel is allocated.
  @Test func hugeSizesAreRefused() {
    for (width, height) in [(65500, 65500), (65500, 4099), (16385, 16384)] {
      #expect(throws: GrayError.fileSize(width: width, height: height)) {
        try GrayImage(CapturedImage(file: progressive(width: width, height: height, scans: 1)))
      }
    }
    for (width, height) in [(1_000_000, 1_000_000), (1_000_000, 257), (16385, 16384)] {
      #expect(throws: GrayError.fileSize(width: width, height: height)) {
        try GrayImage(CapturedImage(file: png(width: width, height: height, [chunk("IDAT", [])])))
      }
    }
    // Sizes that libpng itself calls too large.
    #expect(throws: GrayError.self) {
      try GrayImage(CapturedImage(file: png(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, [])))
    }
  }

  /// 50 KB that took 10 s: every scan goes over all of the 16 million pixels.
  @Test func scansOfAJPEGAreCounted() {
    let file = progressive(width: 4096, height: 4096, scans: 490)
    #expect(file.count < 60_000)
    let time = seconds {
      #expect(throws: GrayError.scans(limit: 64)) { try GrayImage(CapturedImage(file: file)) }
    }
    #expect(time < 0.5)
    for (scans, isRefused) in [(64, false), (65, true)] {
      var error: GrayError?
      do throws(GrayError) {
        _ = try GrayImage(CapturedImage(file: progressive(width: 8, height: 8, scans: scans)))
      } catch let failure {
        error = failure
      }
      #expect((error == .scans(limit: 64)) == isRefused)
    }
  }

  /// 20 MB that took 20 s: a text of 8 MB in each of 500 chunks.
  @Test func textsInAPNGAreNotInflated() throws {
    let text = Array("key".utf8) + [0, 0] + deflatedZeros(7_900_000)
    let texts = [[UInt8]](repeating: chunk("zTXt", text), count: 500)
    let picture = try GrayImage(width: 2, height: 1, pixels: [7, 200]).encodedAsPNG()
    // Behind the header's 25 bytes and the signature's 8.
    let file = picture[..<33] + texts.joined() + picture[33...]
    var image: GrayImage?
    let time = seconds { image = try? GrayImage(CapturedImage(file: Array(file))) }
    #expect(image?.pixels == [7, 200])
    #expect(time < 2)
  }

  /// 60 bytes that made libpng allocate a gigabyte: the length of a chunk whose end isn't there.
  @Test(arguments: ["zTXt", "iCCP", "tRNS", "eXIf", "IDAT", "PLTE"])
  func tornChunksAreLeftOut(name: String) {
    let torn: [UInt8] = [0x40, 0, 0, 0] + Array(name.utf8) + [1, 2, 3, 4]
    let file = png(width: 20, height: 9, [torn])
    #expect(throws: GrayError.self) { try GrayImage(CapturedImage(file: file)) }
  }

  /// Chunks that change pixels are kept, also between texts.
  @Test func transparencyStays() throws {
    // Gray 10 is transparent, and so white.
    let file = png(
      width: 2, height: 1,
      [
        chunk("tEXt", Array("Title".utf8) + [0, 65]), chunk("tRNS", [0, 10]),
        chunk("IDAT", stored([0, 10, 20])), chunk("iTXt", [65, 0, 0, 0, 0, 0]), chunk("IEND", []),
      ])
    #expect(try GrayImage(CapturedImage(file: file)).pixels == [255, 20])
  }

  // MARK: Files

  /// One gray component; after the first scan, empty ones: runs of blocks in which nothing changes.
  private func progressive(width: Int, height: Int, scans: Int) -> [UInt8] {
    func segment(_ code: UInt8, _ body: [UInt8]) -> [UInt8] {
      [0xFF, code, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
    }
    func pair(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
    let oneCode = [1] + [UInt8](repeating: 0, count: 15)
    var file: [UInt8] = [0xFF, 0xD8]
    file += segment(0xDB, [0] + [UInt8](repeating: 1, count: 64))
    file += segment(0xC2, [8] + pair(height) + pair(width) + [1, 1, 0x11, 0])
    // The code 0 is a difference of 0, and in the other table a run of 2^14 blocks and more.
    file += segment(0xC4, [0x00] + oneCode + [0])
    file += segment(0xC4, [0x10] + oneCode + [0xE0])
    let blocks = ((width + 7) / 8) * ((height + 7) / 8)
    file += segment(0xDA, [1, 1, 0, 0, 0, 1])
    file += [UInt8](repeating: 0, count: min(blocks / 8 + 1, 1 << 16))
    for scan in 1..<max(scans, 1) {
      file += segment(0xDA, [1, 1, 0, 1, 63, scan == 1 ? 0x01 : 0x10])
      // A 0, and 14 ones for a run of 32767.
      var bits = BitWriter()
      for _ in 0..<blocks / 32767 + 1 { bits.append(0x3FFF, count: 15) }
      file += bits.stuffed
    }
    return file + [0xFF, 0xD9]
  }

  private func png(width: Int, height: Int, _ chunks: [[UInt8]]) -> [UInt8] {
    let header = [width, height].flatMap { value in
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", header + [8, 0, 0, 0, 0]) + chunks.joined()
  }

  private func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let covered = Array(name.utf8) + body
    var crc = UInt32.max
    for byte in covered {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    func word(_ value: UInt32) -> [UInt8] {
      [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
    return word(UInt32(body.count)) + covered + word(~crc)
  }

  /// zlib's format without compression.
  private func stored(_ bytes: [UInt8]) -> [UInt8] {
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    let count = UInt8(bytes.count)
    return [0x78, 0x01, 0x01, count, 0, ~count, 0xFF] + bytes
      + [b >> 8, b & 255, a >> 8, a & 255].map { UInt8($0) }
  }

  /// zlib's format of so many zeros and a few more: a zero, then copies of 258 zeros.
  private func deflatedZeros(_ count: Int) -> [UInt8] {
    var bits: [UInt8] = []
    var word: UInt32 = 0
    var filled: UInt32 = 0
    // Codes start at their highest bit, bytes at their lowest.
    func put(_ value: UInt32, _ size: UInt32) {
      for i in (0..<size).reversed() {
        word |= (value >> i & 1) << filled
        filled += 1
        if filled == 8 {
          bits.append(UInt8(word))
          (word, filled) = (0, 0)
        }
      }
    }
    put(0b110, 3)  // The last block, fixed codes; from its lowest bit on.
    put(0x30, 8)  // A zero.
    let copies = count / 258
    for _ in 0..<copies { put(0b1100_0101_00000, 13) }  // 258 bytes from one byte back.
    put(0, 7)
    if filled > 0 { bits.append(UInt8(word)) }
    let sum = UInt32((copies * 258 + 1) % 65521) << 16 | 1
    return [0x78, 0x01] + bits + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
  }
}

private struct BitWriter {
  private var bytes: [UInt8] = []
  private var word: UInt32 = 0
  private var filled: UInt32 = 0

  mutating func append(_ value: UInt32, count: UInt32) {
    for i in (0..<count).reversed() {
      word = word << 1 | value >> i & 1
      filled += 1
      if filled == 8 {
        bytes.append(UInt8(word))
        (word, filled) = (0, 0)
      }
    }
  }

  /// The bits padded with ones; a zero follows each FF.
  var stuffed: [UInt8] {
    var all = bytes
    if filled > 0 { all.append(UInt8(word << (8 - filled) | (1 << (8 - filled) - 1))) }
    return all.flatMap { $0 == 0xFF ? [0xFF, 0] : [$0] }
  }
}
