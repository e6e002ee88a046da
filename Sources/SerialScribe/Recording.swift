internal import Recording

/// The bytes of a recording: pcapng, pcap, also packed by gzip or zstd, or bare bytes.
///
///     var recording = try RecordingFile("session.pcapng")
///     while let read = try recording.next() { show(link.receive(read.bytes)) }
public struct RecordingFile: ~Copyable {
  /// The bytes of one read from the board.
  public struct Read: Sendable, Hashable {
    public let bytes: [UInt8]
    /// Nanoseconds since 1970; 0 where the file has no times.
    public let time: UInt64
  }

  private var reader: RecordingReader
  /// The protocol that the recorder noted, as `Link` takes it; nil until it was read, and for bare
  /// bytes.
  public private(set) var linkProtocol: String?
  /// Bytes of the file that were damaged and passed over.
  public private(set) var damagedBytes: UInt64 = 0

  /// - Throws: `SerialScribeError.recording`.
  public init(_ path: String) throws(SerialScribeError) {
    do throws(RecordingError) {
      reader = try RecordingReader(path: path)
    } catch {
      throw .recording(reason: "\(error)")
    }
  }

  /// The next bytes from the board; nil at the end.
  ///
  /// - Throws: `SerialScribeError.recording`, where the file can't be read on.
  public mutating func next() throws(SerialScribeError) -> Read? {
    do throws(RecordingError) {
      while let event = try reader.nextEvent() {
        switch event {
        case .header(let header): linkProtocol = header.linkProtocol
        case .bytes(let bytes, .received, let time): return Read(bytes: bytes, time: time)
        case .damaged(_, _, let count): damagedBytes += count
        case .bytes, .note: break
        }
      }
      return nil
    } catch {
      throw .recording(reason: "\(error)")
    }
  }
}
