import ArgumentParser
import Bytes
import Glibc
import Gray
import Images
import Inference
import Lines
import OnBoard
import Sinks

/// Gives training scripts the inputs of the networks: networks must learn from the very patches and
/// lines that they will see.
struct CutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cut",
    abstract: "Cut glyph candidates out of images, or draw lines of them, for training.",
    discussion: """
      Reads binary PGM images (P5, 8 bits) one after another from standard input. Writes for each, \
      little-endian: "CUTS", the number of candidates (u32), then for each candidate its box \
      x0 y0 x1 y1 in pixels (4 x f32), line (i32), polarity (u8: 0 dark ink, 1 light ink), number \
      of pieces (u8), 0 (u16) and its patch (\(FirmwareReader.patchBytes) bytes: 32 rows of 32 \
      columns of 2 channels), as boards cut them.

      With --placed, draws the lines that it is told. Each image is followed by their number (u32), \
      then for each its polarity (u8), 0 (3 bytes), and as f32 its slope, its baseline's y at x = 0, \
      the height of its capitals, its ends x and x, all in pixels from the image's left top corner, \
      and how much wider than its proportions to draw it. Writes "LINE", their number (u32), then \
      for each its polarity (u8), 0 (3 bytes), width (u32), where its left top corner lies in the \
      image and how far one column to the right goes there (x, y, x, y: 4 x f32), and its coverage \
      (\(LineImage.height) rows of width bytes).

      With --aligned too, draws them where the aligner puts them, if it sees text there.

      With --lines, finds the lines itself, as the reader of lines does, and writes them so.

      With --describe, reads nothing and writes what networks see and mean, as JSON: scripts take \
      their geometry from it.
      """,
    shouldDisplay: false)

  @Flag(help: "Write the lines that are found, for line readers.")
  var lines = false

  @Flag(help: "Write lines at the places that follow each image.")
  var placed = false

  @Flag(help: "Align these lines first.")
  var aligned = false

  @Flag(help: "Write the geometry of patches, lines and outputs as JSON.")
  var describe = false

  func run() throws {
    if describe { return try TextOutput.standard.write(CutGeometry.json + "\n") }
    var reader = PGMReader()
    var cutter = try Cutter(
      finds: lines && !placed, aligns: placed ? aligned : lines, cuts: !lines && !placed)
    while let image = try reader.next() {
      let out: [UInt8]
      if placed {
        out = try cutter.drawn(try reader.places(), in: image)
      } else if lines {
        out = try cutter.found(in: image)
      } else {
        out = try cutter.cuts(in: image)
      }
      try writeAll(out, to: STDOUT_FILENO)
    }
  }
}

/// Makes the output for an image.
private struct Cutter {
  private var finder: TextFinder?
  private var aligner: LineAligner?
  private var firmware: FirmwareReader?

  init(finds: Bool, aligns: Bool, cuts: Bool) throws {
    if finds { finder = TextFinder(try ModelStore.load("finder")) }
    if aligns { aligner = LineAligner(try ModelStore.load("aligner")) }
    // Any network of such patches will do: it isn't run.
    if cuts { firmware = try FirmwareReader(model: ModelStore.load("glyph")) }
  }

  /// The image as `TextReader` sees it.
  private func seen(_ image: GrayImage) -> GrayImage {
    image.isBitmap ? image.withoutDither() : image
  }

  func cuts(in image: GrayImage) throws -> [UInt8] {
    let cuts = try firmware?.cuts(in: image) ?? []
    var out: [UInt8] = Array("CUTS".utf8)
    out.append(littleEndian: UInt32(cuts.count))
    for cut in cuts {
      let box = cut.box
      for edge in [box.x, box.y, box.x + box.width, box.y + box.height] {
        out.append(littleEndian: Float(edge).bitPattern)
      }
      out.append(littleEndian: UInt32(cut.line))
      out += [cut.isLightOnDark ? 1 : 0, UInt8(cut.pieces), 0, 0]
      out += cut.patch
    }
    return out
  }

  /// The lines that the finder finds, each drawn where it sees it and again where it is aligned.
  mutating func found(in image: GrayImage) throws -> [UInt8] {
    let gray = seen(image)
    let drawing = LineDrawing(of: gray)
    var scratch = LineScratch()
    var drawn: [DrawnLine] = []
    for line in (finder?.lines(in: gray) ?? []).map(TextLine.init) {
      let first = drawing.draw(line, scratch: &scratch)
      drawn.append(first)
      if let aligned = try aligner?.aligned(first) {
        drawn.append(drawing.draw(aligned, scratch: &scratch))
      }
    }
    return records(of: drawn)
  }

  mutating func drawn(_ lines: [TextLine], in image: GrayImage) throws -> [UInt8] {
    let drawing = LineDrawing(of: seen(image))
    var scratch = LineScratch()
    var drawn: [DrawnLine] = []
    for line in lines {
      let first = drawing.draw(line, scratch: &scratch)
      let aligned = try aligner?.aligned(first)
      drawn.append(aligned.map { drawing.draw($0, scratch: &scratch) } ?? first)
    }
    return records(of: drawn)
  }

  private func records(of lines: [DrawnLine]) -> [UInt8] {
    var out: [UInt8] = Array("LINE".utf8)
    out.append(littleEndian: UInt32(lines.count))
    for drawn in lines {
      let image = drawn.image
      out += [drawn.line.polarity.rawValue, 0, 0, 0]
      out.append(littleEndian: UInt32(image.width))
      for value in [image.origin.x, image.origin.y, image.step.x, image.step.y] {
        out.append(littleEndian: Float(value).bitPattern)
      }
      out += image.coverage
    }
    return out
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
    }
  }
}

/// Binary PGM images, one after another.
private struct PGMReader {
  private var buffer: ArraySlice<UInt8> = []

  mutating func next() throws -> GrayImage? {
    guard let magic = try token() else { return nil }
    guard magic == "P5", let width = try token().flatMap({ Int($0) }),
      let height = try token().flatMap({ Int($0) }), try token() == "255",
      width > 0, height > 0, width <= 8192, height <= 8192,
      width * height <= GrayImage.maximumPixels
    else { throw ValidationError("standard input is not a row of 8-bit binary PGM images") }
    while buffer.count < width * height {
      guard try fill() else { throw ValidationError("the last image is cut off") }
    }
    let pixels = [UInt8](buffer.prefix(width * height))
    buffer.removeFirst(width * height)
    return GrayImage(width: width, height: height, pixels: pixels)
  }

  /// The places of lines that follow an image.
  mutating func places() throws -> [TextLine] {
    let count = try words(1)[0]
    guard count <= Self.mostPlaces else { throw ValidationError("too many places") }
    let size = 7
    let words = try words(size * Int(count))
    return try (0..<Int(count)).map { i in
      let record = words[size * i..<size * (i + 1)]
      let values = record.dropFirst().map { Double(Float(bitPattern: $0)) }
      guard let polarity = Polarity(rawValue: UInt8(truncatingIfNeeded: record[size * i])),
        values.allSatisfy({ abs($0) < 1e5 }), values[2] >= 1, values[3] < values[4],
        0.1...10 ~= values[5]
      else { throw ValidationError("a place makes no sense") }
      return TextLine(
        polarity: polarity, slope: values[0], baseline: values[1], height: values[2],
        start: values[3], end: values[4], stretch: values[5])
    }
  }

  private static let mostPlaces = 4096

  private mutating func words(_ count: Int) throws -> [UInt32] {
    while buffer.count < 4 * count {
      guard try fill() else { throw ValidationError("the last image's places are cut off") }
    }
    let bytes = [UInt8](buffer.prefix(4 * count))
    buffer.removeFirst(4 * count)
    return (0..<count).map { i in
      (0..<4).reduce(0) { $0 | UInt32(bytes[4 * i + $1]) << UInt32(8 * $1) }
    }
  }

  /// The next word of a header; the single white space after it is skipped.
  private mutating func token() throws -> String? {
    while true {
      if let end = buffer.firstIndex(where: { $0 <= 32 }) {
        let word = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
        buffer = buffer[(end + 1)...]
        if !word.isEmpty { return word }
      } else if buffer.count > 1 << 16 {
        throw ValidationError("standard input is not a row of 8-bit binary PGM images")
      } else if try !fill() {
        return nil
      }
    }
  }

  /// Takes the bytes available: a program that waits for an answer sends no more until it has it.
  private mutating func fill() throws -> Bool {
    let part = try OpenFile.standardInput.part(atMost: 1 << 16)
    buffer += part
    return !part.isEmpty
  }
}
