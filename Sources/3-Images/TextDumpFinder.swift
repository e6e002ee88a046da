import Packets

/// The text dump that is searched for: its kind, and the content that makes it certain.
struct TextDumpSearch: Hashable {
  enum Wanted: Hashable {
    /// The user named no protocol: a JPEG or packets.
    case any
    case jpeg, packets
    case pixels(sync: [UInt8])
  }

  /// The kind that the user named; nil for any kind, where it is certain.
  var kind: TextDumpKind?
  var wanted: Wanted
}

/// Finds dumps in a stream of bytes and turns them back into the bytes they stand for. Does no
/// input or output.
///
/// Text that is no dump passes as it came. Lines that may be a dump are held until a start of a
/// JPEG, a whole packet, or enough pixels in order make it certain. Bytes that no text has end the
/// search for good once there are a few, so that a board's log between packets is never taken for a
/// dump.
struct TextDumpFinder {
  enum Step: Equatable {
    /// Bytes that pass as they came.
    case pass([UInt8])
    /// The bytes that `textBytes` bytes of text stood for.
    case data([UInt8], textBytes: Int)
    /// A line between those of a dump.
    case text([UInt8])
    case noise(Int)
    case found(TextDumpNotice)
  }

  private enum State {
    case off, searching
    case reading(TextDumpReader)
  }

  private let search: TextDumpSearch
  private var state = State.searching
  private var cutter = TextDumpCutter()
  private var run: TextDumpRun?
  /// Lines of text before a possible dump of pixels; if it is one, they are no part of it.
  private var preface: [TextDumpPiece] = []
  private var prefaceBytes = 0
  /// Whether the rest of this line is no dump.
  private var isPassing = false
  private var strange = 0
  private var told: Set<TextDumpNotice> = []
  private var steps: [Step] = []

  /// A link with more bytes that no text has is binary; a board's start leaves a few of them.
  private static let mostStrange = 64
  private static let mostPreface = 4096

  init(_ search: TextDumpSearch?) {
    self.search = search ?? TextDumpSearch(wanted: .any)
    if search == nil { state = .off }
  }

  /// Whether all bytes pass as they came.
  var isOff: Bool { if case .off = state { true } else { false } }

  /// Bytes held because they may be a dump's, or because a line isn't whole.
  var pendingBytes: Int { cutter.pendingBytes + (run?.textBytes ?? 0) + prefaceBytes }

  mutating func take(_ bytes: [UInt8]) -> [Step] {
    var rest = bytes[...]
    while !rest.isEmpty {
      if isOff {
        steps.append(.pass(Array(rest)))
        break
      }
      if isPassing {
        passLine(&rest)
      } else if let piece = cutter.next(&rest) {
        take(piece)
      }
    }
    return takeSteps()
  }

  /// Takes note of a pause: half a line is all there is for now.
  mutating func idle() -> [Step] {
    guard !isOff else { return [] }
    if let piece = cutter.flush(startingLine: false) { take(piece) }
    if case .searching = state, let run {
      // The start of a JPEG is still held, as is text of a kind that the user named; a log's line
      // is shown now.
      if search.kind == nil, !run.hasJPEG { giveUp() }
    }
    if run == nil { releasePreface() }
    isPassing = false
    return takeSteps()
  }

  mutating func finish() -> [Step] {
    if let piece = cutter.flush(startingLine: true) { take(piece) }
    if case .searching = state { settle() }
    releasePreface()
    cutter = TextDumpCutter()
    isPassing = false
    // The next board may be another one.
    (state, strange) = (.searching, 0)
    return takeSteps()
  }

  private mutating func takeSteps() -> [Step] {
    defer { steps = [] }
    return steps
  }

  private mutating func take(_ piece: TextDumpPiece) {
    switch state {
    case .off: steps.append(.pass(piece.bytes))
    case .searching: look(at: piece)
    case .reading: read(piece)
    }
  }

  // MARK: Searching

  private mutating func look(at piece: TextDumpPiece) {
    if piece.strange == 0 {
      if var run, let content = run.reader.read(piece) {
        self.run = nil
        run.add(piece, content)
        self.run = run
        judge()
        return
      }
      giveUp()
      if let (reader, content) = TextDumpReader.recognize(piece, only: search.kind) {
        var run = TextDumpRun(reader)
        run.add(piece, content)
        self.run = run
        judge()
        return
      }
    }
    giveUp()
    pass(piece)
  }

  private mutating func pass(_ piece: TextDumpPiece) {
    let isKept = keep(piece)
    if !isKept { steps.append(search.kind == nil ? .pass(piece.bytes) : Self.aside(piece)) }
    guard !isKept || piece.endsLine else { return }
    strange += piece.strange
    // If the user named the kind, lines pass piece by piece, so that events don't depend on how
    // they came.
    isPassing = !piece.endsLine && search.kind == nil
    if isPassing { passRest() }
    turnOffIfBinary()
  }

  /// Passes what is held of a line that is no dump.
  private mutating func passRest() {
    let rest = cutter.drain()
    strange += rest.count { TextDumpCutter.isStrange($0) }
    steps.append(.pass(rest))
  }

  /// Keeps a line until it is known whether pixels come as text, and returns whether it was kept.
  private mutating func keep(_ piece: TextDumpPiece) -> Bool {
    guard search.kind == nil, case .pixels = search.wanted else { return false }
    guard piece.strange == 0, prefaceBytes + piece.bytes.count <= Self.mostPreface else {
      releasePreface()
      return false
    }
    preface.append(piece)
    prefaceBytes += piece.bytes.count
    return true
  }

  private mutating func releasePreface() {
    for piece in preface { steps.append(.pass(piece.bytes)) }
    (preface, prefaceBytes) = ([], 0)
  }

  /// Passes the rest of a line that is no dump, as it comes.
  private mutating func passLine(_ rest: inout ArraySlice<UInt8>) {
    let end = rest.firstIndex(of: 10).map { $0 + 1 } ?? rest.endIndex
    let line = Array(rest[..<end])
    rest = rest[end...]
    if line.last == 10 {
      isPassing = false
      cutter.startLine()
    }
    steps.append(.pass(line))
    strange += line.count { TextDumpCutter.isStrange($0) }
    turnOffIfBinary()
  }

  private mutating func turnOffIfBinary() {
    if search.kind == nil, strange > Self.mostStrange { state = .off }
  }

  /// Decides about a run as soon as that is possible.
  private mutating func judge() {
    guard let run else { return }
    if run.isCertain(search) {
      accept(run)
    } else if run.isTooLong {
      hint(run)
      giveUp()
    }
  }

  /// Decides about a run of which nothing more comes.
  private mutating func settle() {
    guard let run else { return }
    if search.kind != nil, run.decodedBytes > 0 { accept(run) } else { giveUp() }
  }

  private mutating func giveUp() {
    guard let run = run.take() else { return }
    for piece in run.pieces where !keep(piece) {
      steps.append(search.kind == nil ? .pass(piece.bytes) : Self.aside(piece))
    }
  }

  private mutating func accept(_ run: TextDumpRun) {
    self.run = nil
    let content = run.content
    let fits =
      switch (search.wanted, content) {
      case (.packets, .jpeg), (.jpeg, .packets), (.pixels, .jpeg), (.pixels, .packets): false
      default: true
      }
    for piece in preface { steps.append(Self.aside(piece)) }
    (preface, prefaceBytes) = ([], 0)
    tell(TextDumpNotice(kind: run.reader.format.kind, content: content, isDecoded: fits))
    guard fits else {
      for piece in run.pieces { steps.append(Self.aside(piece)) }
      steps.append(.pass(cutter.drain()))
      state = .off
      return
    }
    state = .reading(TextDumpReader(run.settledFormat))
    for piece in run.pieces { read(piece) }
  }

  /// Tells of a run that looks like pixels, which can't be decoded without their size.
  private mutating func hint(_ run: TextDumpRun) {
    guard search.wanted == .any, run.isStructured else { return }
    tell(
      TextDumpNotice(kind: run.reader.format.kind, content: .unknown, isDecoded: false))
  }

  private mutating func tell(_ notice: TextDumpNotice) {
    if told.insert(notice).inserted { steps.append(.found(notice)) }
  }

  // MARK: Reading

  private mutating func read(_ piece: TextDumpPiece) {
    guard case .reading(var reader) = state else { return }
    // The reader is not held twice while it changes, or it would be copied.
    state = .searching
    if search.kind == nil, piece.strange >= 4, piece.strange * 8 >= piece.bytes.count {
      pass(piece)
      return
    }
    let content = piece.strange == 0 ? reader.read(piece) : nil
    let damaged = content == nil ? reader.readDamaged(piece) : nil
    state = .reading(reader)
    switch content {
    case .bytes(let bytes): steps.append(.data(bytes, textBytes: piece.bytes.count))
    case .nothing: steps.append(.data([], textBytes: piece.bytes.count))
    case nil:
      steps.append(damaged.map { .data($0, textBytes: piece.bytes.count) } ?? Self.aside(piece))
    }
  }

  private static func aside(_ piece: TextDumpPiece) -> Step {
    piece.bytes.withUnsafeBytes { TextSplitter.isText($0) }
      ? .text(piece.bytes) : .noise(piece.bytes.count)
  }
}

/// Lines of one look that may be a dump.
struct TextDumpRun {
  var reader: TextDumpReader
  private(set) var pieces: [TextDumpPiece] = []
  private(set) var textBytes = 0
  private(set) var decodedBytes = 0
  private(set) var hasJPEG = false
  private(set) var hasPacket = false
  private let format: TextDumpFormat
  private var isDecimal: Bool?
  private var lines = 0
  private var head: [UInt8] = []
  private var packets = PacketDecoder()

  /// The most text and bytes that are held of a run; sixteen times as much where no firmware prints
  /// such lines.
  private static let mostText = 1 << 16
  private static let mostBytes = 1 << 12
  /// Bytes that make a JPEG certain: more than a line of a log that shows its start.
  private static let leastJPEG = 64
  private static let leastPixels = 256

  /// - Parameter reader: the reader before its first line.
  init(_ reader: TextDumpReader) {
    self.reader = reader
    format = reader.format
  }

  mutating func add(_ piece: TextDumpPiece, _ content: TextDumpContent) {
    pieces.append(piece)
    textBytes += piece.bytes.count
    if piece.endsLine { lines += 1 }
    if reader.format.kind == .csv {
      let vote = CSVLine.isDecimal(TextDumpReader.trimmed(piece), reader.format)
      if vote != nil, isDecimal == nil || vote == false { isDecimal = vote }
    }
    guard case .bytes(let bytes) = content, !bytes.isEmpty else { return }
    decodedBytes += bytes.count
    for case .packet in packets.decode(bytes) { hasPacket = true }
    let seam = head.count < 2 ? 0 : head.count - 2
    head += bytes.prefix(16 * Self.mostBytes - head.count)
    if !hasJPEG { hasJPEG = head[seam...].firstRange(of: [0xFF, 0xD8, 0xFF]) != nil }
  }

  var content: TextDumpNotice.Content { hasJPEG ? .jpeg : hasPacket ? .packets : .unknown }

  /// The look, with the base of numbers, which only many lines tell.
  var settledFormat: TextDumpFormat {
    var format = format
    format.isDecimal = isDecimal == true
    return format
  }

  /// Whether the text looks as no picture's bytes do by chance.
  var isStructured: Bool {
    format.prefix != .none || format.kind == .csv || lines > 3
      || pieces.contains { $0.bytes.contains(0x20) || $0.bytes.contains(UInt8(ascii: ",")) }
      || pieces[0].bytes.contains(UInt8(ascii: "\\"))
  }

  var isTooLong: Bool {
    let share = reader.format.isAnalyser ? 16 : 1
    return textBytes >= share * Self.mostText || decodedBytes >= share * Self.mostBytes
  }

  func isCertain(_ search: TextDumpSearch) -> Bool {
    if search.kind != nil { return decodedBytes >= 16 }
    if hasJPEG, decodedBytes >= Self.leastJPEG { return true }
    if hasPacket { return true }
    if search.wanted == .any { return false }
    if reader.format.isAnalyser, decodedBytes >= Self.leastJPEG { return true }
    guard case .pixels(let sync) = search.wanted, isStructured else { return false }
    return decodedBytes >= Self.leastPixels && (sync.isEmpty || head.firstRange(of: sync) != nil)
  }
}
