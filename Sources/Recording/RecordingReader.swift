import Glibc

/// Reads a recording, or a dump of bare bytes, from a file, piece by piece.
///
/// A recording is pcapng or classic pcap, as it is or compressed with gzip or zstd. Of what it
/// expands to, 64 KiB are held at a time.
public struct RecordingReader: ~Copyable {
  public let path: String
  /// Whether the file turned out to be no recording and is read as received bytes; known from the
  /// first event on.
  public var isDump: Bool { if case .dump = form { true } else { false } }
  /// Bytes of the file that were read.
  public var count: UInt64 { content.count }
  /// The compression of the file; nil where it is not compressed.
  public var compression: Compression? { content.compression }

  private enum Form {
    /// Nothing is known yet.
    case unknown
    case recording(RecordingDecoder)
    case dump(DumpClock)
  }

  private var content: ContentReader
  private var form = Form.unknown
  private var pending: [RecordingEvent] = []
  private var next = 0
  private var isAtEnd = false
  /// The baud rate of a dump; nil where a file that is no recording is an error.
  private let dumpBaud: Int?
  private let takesJPEG: Bool
  /// All bytes read before the first block was found, in case there is none.
  private var head: [UInt8] = []

  /// Bytes to search for the first block before the file counts as something else.
  private static let patience = 1 << 20

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - path: a recording, or `-` for standard input.
  ///   - dumpBaud: the baud rate of a file without any block of a recording: it is taken as
  ///     received bytes, whose times follow from this rate and the file's last change. Nil makes it
  ///     an error.
  ///   - takesJPEG: whether a dump may begin as a JPEG file does.
  /// - Throws: `cannotOpen`.
  public init(path: String, dumpBaud: Int? = nil, takesJPEG: Bool = false) throws(RecordingError) {
    self.path = path
    self.dumpBaud = dumpBaud
    self.takesJPEG = takesJPEG
    content = try ContentReader(path: path)
  }

  /// The size of the file that `count` is a part of, where it is known.
  public var size: UInt64? { content.size }

  /// Whether `path` names the very file that is read.
  public func isSame(as path: String) -> Bool {
    var other = stat()
    var own = stat()
    guard stat(path, &other) == 0, fstat(content.descriptor, &own) == 0 else { return false }
    return own.st_mode & S_IFMT == S_IFREG && own.st_dev == other.st_dev
      && own.st_ino == other.st_ino
  }

  /// The next event, or nil at the end.
  ///
  /// - Returns: events in file order; damage is one of them.
  /// - Throws: `notARecording` where no block is found at all and dumps aren't taken, `knownFormat`
  ///   where the file is of another kind, `foreignLink` where no packet is of a serial link,
  ///   `readFailed`.
  public mutating func nextEvent() throws(RecordingError) -> RecordingEvent? {
    while true {
      if next < pending.count {
        defer { next += 1 }
        return pending[next]
      }
      if isAtEnd { return nil }
      let piece = try content.next()
      isAtEnd = piece.isEmpty
      next = 0
      pending = try events(of: piece)
      if isAtEnd, let damage = content.damage { pending.insert(damage, at: 0) }
    }
  }

  /// The events that a piece of the content completes; the piece is empty at the end.
  private mutating func events(of piece: ArraySlice<UInt8>) throws(RecordingError)
    -> [RecordingEvent]
  {
    switch form {
    case .dump(var clock):
      let events = clock.events(piece)
      form = .dump(clock)
      return events
    case .unknown:
      head += piece
      guard head.count >= KnownFormat.headSize || isAtEnd else { return [] }
      try refuseKnown()
      form = .recording(RecordingDecoder(startOf: head))
      return try decode(head[...])
    case .recording:
      if !head.isEmpty { head += piece }
      return try decode(piece)
    }
  }

  private mutating func decode(_ piece: ArraySlice<UInt8>) throws(RecordingError)
    -> [RecordingEvent]
  {
    guard case .recording(var decoder) = form else { return [] }
    // The decoder is held once, or what it keeps would be copied at each piece.
    form = .unknown
    var events = piece.isEmpty ? [] : decoder.push(piece)
    if isAtEnd { events += decoder.finish() }
    let (hasFoundBlocks, foreign) = (decoder.hasFoundBlocks, decoder.foreignLink)
    form = .recording(decoder)
    if let foreign { throw .foreignLink(path, foreign) }
    if hasFoundBlocks {
      head = []
      return events
    }
    guard isAtEnd || head.count > Self.patience else { return events }
    guard let dumpBaud, !head.isEmpty else { throw .notARecording(path) }
    var clock = DumpClock(
      baud: dumpBaud, descriptor: content.descriptor, isPacked: compression != nil)
    events = clock.events(head[...])
    form = .dump(clock)
    head = []
    return events
  }

  /// - Throws: `knownFormat` where the file's start says that it is no link's bytes.
  private func refuseKnown() throws(RecordingError) {
    guard let known = KnownFormat(startOf: head), !known.isRecording else { return }
    if known == .jpeg, takesJPEG, dumpBaud != nil { return }
    throw .knownFormat(path, known)
  }
}
