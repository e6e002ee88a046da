/// The compression of a recording's file as a whole.
public enum Compression: String, Sendable, CaseIterable {
  case gzip
  case zstd

  /// The compression that a file's first four bytes tell; nil where they tell neither.
  public init?(startOf head: some Collection<UInt8>) {
    let start = Array(head.prefix(4))
    guard start.count == 4 else { return nil }
    // Deflate is the only method there is; three of the flags are reserved.
    if start[0] == 0x1F, start[1] == 0x8B, start[2] == 8, start[3] & 0xE0 == 0 {
      self = .gzip
    } else if start == [0x28, 0xB5, 0x2F, 0xFD]
      // A skippable frame, with which pzstd starts.
      || start[0] & 0xF0 == 0x50 && start[1...] == [0x2A, 0x4D, 0x18]
    {
      self = .zstd
    } else {
      return nil
    }
  }
}
