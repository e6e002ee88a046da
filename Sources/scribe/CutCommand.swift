import ArgumentParser
import Binary
import Foundation
import Glyphs
import Gray

/// Shows the training scripts what the segmenter cuts: the net must learn from the very patches
/// that it will be given.
struct CutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cut",
    abstract: "Cut glyph candidates out of images, for training.",
    discussion: """
      Reads binary PGM images (P5, 8 bits) one after another from standard input. Writes for each, \
      little-endian: "CUTS", the number of candidates (u32), then for each candidate its box \
      x0 y0 x1 y1 in pixels (4 x f32), line (i32), polarity (u8: 0 dark ink, 1 light ink), number \
      of pieces (u8), 0 (u16) and its patch (\(Patch.byteCount) bytes: 32 rows of 32 columns of 2 \
      channels).

      With --lines, writes whole lines instead: "LINE", their number (u32), then for each its \
      polarity (u8), 0 (3 bytes), width (u32), where its left top corner lies in the image and how \
      far one column to the right goes there (x, y, x, y: 4 x f32), and its coverage \
      (\(LineImage.height) rows of width bytes). Every fourth image is binarized as for the second \
      look, which a line reader will be given too.
      """,
    shouldDisplay: false)

  @Flag(help: "Write whole lines, for line readers.")
  var lines = false

  func run() throws {
    var reader = PGMReader(input: FileHandle.standardInput)
    let segmenter = Segmenter()
    var count = 0
    while let image = try reader.next() {
      count += 1
      let binarizer = lines && count % 4 == 0 ? Binarizer.forSecondLook : Binarizer()
      // As `TextReader` sees it.
      let gray = image.isBitmap ? image.withoutDither() : image
      let found = segmenter.lines(in: binarizer.binarize(gray))
      let out = lines ? records(ofLines: found) : records(ofCandidatesOf: found)
      try FileHandle.standardOutput.write(contentsOf: out)
    }
  }

  private func records(ofCandidatesOf lines: [GlyphLine]) -> [UInt8] {
    let cuts = lines.map { $0.cuts() }
    var out: [UInt8] = Array("CUTS".utf8)
    out.append(littleEndian: UInt32(cuts.reduce(0) { $0 + $1.candidates.count }))
    for (i, (line, cuts)) in zip(lines, cuts).enumerated() {
      let patches = cuts.patches()
      for (j, candidate) in cuts.candidates.enumerated() {
        let box = candidate.box
        for edge in [box.x, box.y, box.maxX, box.maxY] {
          out.append(littleEndian: Float(edge).bitPattern)
        }
        out.append(littleEndian: UInt32(bitPattern: Int32(i)))
        out += [line.polarity.rawValue, UInt8(candidate.pieces.count), 0, 0]
        out += patches[j * Patch.byteCount..<(j + 1) * Patch.byteCount]
      }
    }
    return out
  }

  private func records(ofLines lines: [GlyphLine]) -> [UInt8] {
    var out: [UInt8] = Array("LINE".utf8)
    out.append(littleEndian: UInt32(lines.count))
    for line in lines {
      let image = line.image
      out += [line.polarity.rawValue, 0, 0, 0]
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
  let input: FileHandle
  private var buffer = Data()

  init(input: FileHandle) { self.input = input }

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
    buffer = Data(buffer.dropFirst(width * height))
    return GrayImage(width: width, height: height, pixels: pixels)
  }

  /// The next word of a header; the single white space after it is eaten.
  private mutating func token() throws -> String? {
    while true {
      if let end = buffer.firstIndex(where: { $0 <= 32 }) {
        let word = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
        buffer = Data(buffer[(end + 1)...])
        if !word.isEmpty { return word }
      } else if buffer.count > 1 << 16 {
        throw ValidationError("standard input is not a row of 8-bit binary PGM images")
      } else if try !fill() {
        return nil
      }
    }
  }

  /// Takes what is there: a program that waits for an answer sends no more until it has it.
  private mutating func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(input.fileDescriptor, &chunk, chunk.count)
    guard count >= 0 else { throw CocoaError(.fileReadUnknown) }
    buffer.append(contentsOf: chunk[..<count])
    return count > 0
  }
}
