import Glibc

/// The content of a file, piece by piece, unpacked where the file is compressed as a whole.
struct ContentReader: ~Copyable {
  let path: String
  /// The file's compression; nil where it is not compressed.
  private(set) var compression: Compression?
  /// Bytes of the file that were read.
  private(set) var count: UInt64 = 0
  /// The reason why not all of it could be unpacked; known once the end is reached.
  private(set) var damage: RecordingEvent?
  let descriptor: CInt
  private var unpacker: Unpacker?
  private var hasBegun = false
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)

  /// Opens the file, or standard input for `-`.
  ///
  /// - Throws: `cannotOpen`.
  init(path: String) throws(RecordingError) {
    self.path = path
    if path == "-" {
      descriptor = STDIN_FILENO
    } else {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .cannotOpen(path, reason: message(errno)) }
    }
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  /// The file's length, where that is known.
  var size: UInt64? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return UInt64(max(status.st_size, 0))
  }

  /// The next bytes, 64 KiB at most; none at the end.
  ///
  /// - Throws: `readFailed`.
  mutating func next() throws(RecordingError) -> ArraySlice<UInt8> {
    if !hasBegun {
      hasBegun = true
      let start = try readStart()
      compression = Compression(startOf: start)
      guard let compression else { return start[...] }
      unpacker = Unpacker(compression)
      unpacker?.feed(start)
    }
    guard let unpacker else { return buffer[..<(try read())] }
    while true {
      if let piece = unpacker.next() { return piece }
      if let failure = unpacker.failure {
        // Only the file's length tells how much follows.
        let rest = max(size ?? count, count) - unpacker.position
        damage = .damaged(failure.damage, offset: unpacker.position, count: rest)
        return []
      }
      let filled = try read()
      if filled == 0 {
        if unpacker.isWithin { damage = .damaged(.packedCutOff, offset: count, count: 0) }
        return []
      }
      unpacker.feed(buffer[..<filled])
    }
  }

  /// Reads enough to tell what the file is, also from a pipe that gives byte after byte.
  private mutating func readStart() throws(RecordingError) -> [UInt8] {
    var start: [UInt8] = []
    while start.count < 4 {
      let filled = try read()
      guard filled > 0 else { break }
      start += buffer[..<filled]
    }
    return start
  }

  /// Reads into the buffer; 0 at the end.
  private mutating func read() throws(RecordingError) -> Int {
    while true {
      let result = Glibc.read(descriptor, &buffer, buffer.count)
      if result >= 0 {
        count += UInt64(result)
        return result
      }
      guard errno == EINTR else { throw .readFailed(path, reason: message(errno)) }
    }
  }
}

extension Unpacker.Failure {
  fileprivate var damage: RecordingDamage {
    switch self {
    case .broken: .packedBroken
    case .foreignRest: .packedRest
    }
  }
}
