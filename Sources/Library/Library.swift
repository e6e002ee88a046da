internal import Glibc
import SerialScribe

// The C functions of serialscribe_library.h. Nothing is thrown across them, and what they give out
// stays where it is until it is given back.

/// A reader behind a pointer.
private final class Handle {
  let reader: Reader
  init(_ reader: Reader) { self.reader = reader }
}

/// A page as C sees it: one block a table, freed together.
private final class Answer {
  let text: UnsafeMutablePointer<CChar>
  let lines: UnsafeMutableBufferPointer<CLine>
  let signs: UnsafeMutableBufferPointer<CSign>
  let page: Page

  init(_ page: Page) {
    self.page = page
    text = cString(page.text)
    let counts = page.lines.map(\.characters.count)
    signs = .allocate(capacity: counts.reduce(0, +))
    _ = signs.initialize(
      fromContentsOf: page.lines.flatMap(\.characters).map { sign in
        CSign(text: cString(sign.text), confidence: sign.confidence, box: CBox(sign.box))
      })
    lines = .allocate(capacity: page.lines.count)
    var first = 0
    _ = lines.initialize(
      fromContentsOf: page.lines.map { line in
        defer { first += line.characters.count }
        return CLine(
          text: cString(line.text), confidence: line.confidence, box: CBox(line.box),
          first: Int32(first), count: Int32(line.characters.count),
          matches: line.matchesPattern.map { $0 ? 1 : 0 } ?? -1)
      })
  }

  deinit {
    for line in lines { line.text.deallocate() }
    for sign in signs { sign.text.deallocate() }
    text.deallocate()
    lines.deallocate()
    signs.deallocate()
  }
}

// The layout of the structs in serialscribe_library.h; a test holds them to it.
struct CBox {
  var x, y, width, height: Int32

  init(_ box: Page.Box) {
    func clamped(_ value: Int) -> Int32 { Int32(clamping: value) }
    (x, y) = (clamped(box.x), clamped(box.y))
    (width, height) = (clamped(box.width), clamped(box.height))
  }
}

struct CSign {
  var text: UnsafeMutablePointer<CChar>
  var confidence: Double
  var box: CBox
}

struct CLine {
  var text: UnsafeMutablePointer<CChar>
  var confidence: Double
  var box: CBox
  var first: Int32
  var count: Int32
  /// 1, 0, or -1 where no pattern was given.
  var matches: Int32
}

/// A copy that C may read. A zero within ends it, as C has it.
private func cString(_ text: String) -> UnsafeMutablePointer<CChar> {
  let bytes = Array(text.utf8CString)
  let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
  copy.initialize(from: bytes, count: bytes.count)
  return copy
}

/// Writes what went wrong where the caller wants it, cut off where its room ends.
private func tell(_ reason: String, _ room: UnsafeMutablePointer<CChar>?, _ size: Int) {
  guard let room, size > 0 else { return }
  let bytes = reason.utf8.prefix(size - 1)
  for (index, byte) in bytes.enumerated() { room[index] = CChar(bitPattern: byte) }
  room[bytes.count] = 0
}

private func string(_ text: UnsafePointer<CChar>?) -> String? {
  text.flatMap { $0.pointee == 0 ? nil : String(cString: $0) }
}

@_cdecl("serialscribe_version")
public func version() -> UnsafePointer<CChar> { UnsafePointer(versionText) }

private nonisolated(unsafe) let versionText = cString(libraryVersion)

@_cdecl("serialscribe_open")
public func open(
  _ alphabet: UnsafePointer<CChar>?, _ pattern: UnsafePointer<CChar>?, _ onlyMatching: Int32,
  _ mount: UnsafePointer<CChar>?, _ models: UnsafePointer<CChar>?,
  _ reason: UnsafeMutablePointer<CChar>?, _ size: Int
) -> UnsafeMutableRawPointer? {
  do throws(SerialScribeError) {
    let reader = try Reader(
      Reader.Options(
        alphabet: string(alphabet), pattern: string(pattern), onlyMatching: onlyMatching != 0,
        mount: string(mount), models: string(models)))
    return Unmanaged.passRetained(Handle(reader)).toOpaque()
  } catch {
    tell("\(error)", reason, size)
    return nil
  }
}

@_cdecl("serialscribe_close")
public func close(_ reader: UnsafeMutableRawPointer?) {
  guard let reader else { return }
  Unmanaged<Handle>.fromOpaque(reader).release()
}

@_cdecl("serialscribe_read_file")
public func readFile(
  _ reader: UnsafeMutableRawPointer?, _ bytes: UnsafePointer<UInt8>?, _ count: Int,
  _ reason: UnsafeMutablePointer<CChar>?, _ size: Int
) -> UnsafeMutableRawPointer? {
  guard let reader, let bytes, count > 0 else {
    tell("no reader, or an empty file", reason, size)
    return nil
  }
  let file = Array(UnsafeBufferPointer(start: bytes, count: count))
  return read(Picture(file: file), reader, reason, size)
}

@_cdecl("serialscribe_read_gray")
public func readGray(
  _ reader: UnsafeMutableRawPointer?, _ pixels: UnsafePointer<UInt8>?, _ width: Int32,
  _ height: Int32, _ stride: Int, _ reason: UnsafeMutablePointer<CChar>?, _ size: Int
) -> UnsafeMutableRawPointer? {
  guard let reader, let pixels, width > 0, height > 0, width <= 65_535, height <= 65_535,
    stride >= Int(width)
  else {
    tell("no reader or pixels, or \(width)x\(height) with rows of \(stride)", reason, size)
    return nil
  }
  let (columns, rows) = (Int(width), Int(height))
  var gray: [UInt8] = []
  gray.reserveCapacity(columns * rows)
  for row in 0..<rows {
    gray += UnsafeBufferPointer(start: pixels + row * stride, count: columns)
  }
  do throws(SerialScribeError) {
    return read(try Picture(gray: gray, width: columns, height: rows), reader, reason, size)
  } catch {
    tell("\(error)", reason, size)
    return nil
  }
}

private func read(
  _ picture: Picture, _ reader: UnsafeMutableRawPointer, _ reason: UnsafeMutablePointer<CChar>?,
  _ size: Int
) -> UnsafeMutableRawPointer? {
  let reader = Unmanaged<Handle>.fromOpaque(reader).takeUnretainedValue().reader
  do throws(SerialScribeError) {
    return Unmanaged.passRetained(Answer(try reader.read(picture))).toOpaque()
  } catch {
    tell("\(error)", reason, size)
    return nil
  }
}

private func answer(_ page: UnsafeMutableRawPointer) -> Answer {
  Unmanaged<Answer>.fromOpaque(page).takeUnretainedValue()
}

@_cdecl("serialscribe_page_free")
public func freePage(_ page: UnsafeMutableRawPointer?) {
  guard let page else { return }
  Unmanaged<Answer>.fromOpaque(page).release()
}

@_cdecl("serialscribe_page_text")
public func text(_ page: UnsafeMutableRawPointer) -> UnsafePointer<CChar> {
  UnsafePointer(answer(page).text)
}

@_cdecl("serialscribe_page_size")
public func size(
  _ page: UnsafeMutableRawPointer, _ width: UnsafeMutablePointer<Int32>?,
  _ height: UnsafeMutablePointer<Int32>?
) {
  let page = answer(page).page
  width?.pointee = Int32(clamping: page.width)
  height?.pointee = Int32(clamping: page.height)
}

@_cdecl("serialscribe_page_lines")
public func lines(
  _ page: UnsafeMutableRawPointer, _ count: UnsafeMutablePointer<Int32>?
) -> UnsafeRawPointer? {
  let lines = answer(page).lines
  count?.pointee = Int32(lines.count)
  return UnsafeRawPointer(lines.baseAddress)
}

@_cdecl("serialscribe_page_characters")
public func characters(
  _ page: UnsafeMutableRawPointer, _ count: UnsafeMutablePointer<Int32>?
) -> UnsafeRawPointer? {
  let signs = answer(page).signs
  count?.pointee = Int32(signs.count)
  return UnsafeRawPointer(signs.baseAddress)
}
