import Glibc

/// Writes a recording while bytes come in.
///
/// Every block goes to the kernel whole as soon as it is made, so a killed program loses nothing
/// that it had read. A crash of the machine may lose blocks that the kernel had not yet put on the
/// disk.
public struct RecordingWriter: ~Copyable {
  public let path: String
  /// The file's length so far.
  public private(set) var count: UInt64 = 0
  private let descriptor: CInt
  private var isBroken = false
  /// The track of packets; nil where the file holds only raw bytes.
  private var packets: PacketTrack?

  /// Creates the file and writes its header.
  ///
  /// - Parameters:
  ///   - path: a file that does not exist yet, or `-` for standard output.
  ///   - header: the recording's description of itself.
  ///   - overwrites: whether a file of that name may be replaced.
  ///   - decodesPackets: whether to add each packet of the link protocol, for Wireshark. Readers of
  ///     recordings don't need them. The file becomes twice as large.
  /// - Throws: `exists`, `cannotCreate`, `closed` or `writeFailed`.
  public init(
    path: String, header: RecordingHeader, overwrites: Bool = false, decodesPackets: Bool = false
  ) throws(RecordingError) {
    self.path = path
    packets = decodesPackets ? PacketTrack() : nil
    if path == "-" {
      descriptor = STDOUT_FILENO
    } else {
      let mode = O_WRONLY | O_CREAT | O_CLOEXEC | (overwrites ? O_TRUNC : O_EXCL)
      descriptor = open(path, mode, 0o666)
      if descriptor < 0 {
        let code = errno
        if code == EEXIST { throw .exists(path) }
        throw .cannotCreate(path, reason: message(code))
      }
    }
    try write(PcapngEncoder.header(header, withPackets: decodesPackets))
  }

  deinit {
    if path != "-" { close(descriptor) }
  }

  /// Adds the bytes of one read or write; no bytes make no block.
  ///
  /// - Parameters:
  ///   - bytes: the bytes read or written.
  ///   - direction: the direction of the bytes.
  ///   - time: nanoseconds since 1970.
  /// - Throws: `writeFailed`.
  public mutating func append(_ bytes: [UInt8], direction: RecordedDirection, at time: UInt64)
    throws(RecordingError)
  {
    guard !bytes.isEmpty else { return }
    var blocks = PcapngEncoder.bytes(bytes, direction: direction, at: time)
    packets?.append(packetsEndingIn: bytes, direction, time, to: &blocks)
    try write(blocks)
  }

  /// Tells that the bytes that follow don't continue those before, as after a hang-up.
  public mutating func breakStream() { packets = packets.map { _ in PacketTrack() } }

  /// Starts a new section for the bytes that follow, as where recordings are joined.
  ///
  /// - Parameters:
  ///   - header: the section's description of itself.
  ///   - decodesPackets: as for the first section.
  /// - Throws: `writeFailed`.
  public mutating func append(header: RecordingHeader, decodesPackets: Bool)
    throws(RecordingError)
  {
    packets = decodesPackets ? PacketTrack() : nil
    try write(PcapngEncoder.header(header, withPackets: decodesPackets))
  }

  /// Adds a remark, such as a hang-up.
  ///
  /// - Parameters:
  ///   - note: one line of text.
  ///   - time: nanoseconds since 1970.
  /// - Throws: `writeFailed`.
  public mutating func append(note: String, at time: UInt64) throws(RecordingError) {
    try write(PcapngEncoder.note(note, at: time))
  }

  /// Puts everything on the disk and closes the file.
  ///
  /// - Throws: `writeFailed` where the disk reports an error only now.
  public consuming func finish() throws(RecordingError) {
    // Pipes and terminals cannot be synchronized, which is no failure.
    if path != "-", fsync(descriptor) != 0, errno != EINVAL, errno != EROFS {
      throw .writeFailed(path, reason: message(errno))
    }
  }

  /// Writes whole blocks. After a failure the file ends with the last complete one.
  private mutating func write(_ blocks: [UInt8]) throws(RecordingError) {
    guard !isBroken else { throw .writeFailed(path, reason: "an earlier write failed") }
    var written = 0
    while written < blocks.count {
      let result = blocks.withUnsafeBytes { buffer in
        buffer.baseAddress.map { Glibc.write(descriptor, $0 + written, buffer.count - written) }
      }
      if let result, result > 0 {
        written += result
      } else if errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, 100)
      } else if errno != EINTR {
        let code = errno
        isBroken = true
        if code == EPIPE { throw .closed(path) }
        if written > 0 { _ = ftruncate(descriptor, off_t(count)) }
        throw .writeFailed(path, reason: message(code))
      }
    }
    count += UInt64(blocks.count)
  }
}

/// The system's words for an errno.
func message(_ code: CInt) -> String {
  guard let text = strerror(code) else { return "error \(code)" }
  return String(cString: text)
}
