import Recording

/// Classic pcap, cut anywhere.
func fuzzPcap(_ input: inout FuzzInput) throws(FuzzFailure) {
  let seed = input.u8()
  let file = input.rest()
  var whole = PcapDecoder()
  let events = whole.push(file) + whole.finish()
  try checkRecording(events, fileSize: file.count)

  var split = PcapDecoder()
  var found: [RecordingEvent] = []
  for piece in FuzzPieces(file, seed: seed) { found += split.push(piece) }
  found += split.finish()
  try require(found == events, "cut in pieces, the same file held something else")
  try require(split.foreignLink == whole.foreignLink, "cut in pieces, the packets are others")
}

/// gzip and zstd, cut anywhere: nothing that comes out is larger than told, and it is the same.
func fuzzPacked(_ input: inout FuzzInput) throws(FuzzFailure) {
  let seed = input.u8()
  let file = input.rest()
  let compression = Compression.allCases[Int(seed & 1)]
  let whole = try unpacked([file[...]], compression)
  let split = try unpacked(Array(FuzzPieces(file, seed: seed >> 1)), compression)
  // Of a broken frame a library gives more where it comes in pieces.
  let isSound = whole.failure == nil && split.failure == nil
  let count = isSound ? max(whole.content.count, split.content.count) : 0
  let shared = min(whole.content.count, split.content.count)
  try require(
    whole.content.prefix(max(count, shared)) == split.content.prefix(max(count, shared)),
    "cut in pieces, the same file held something else")
}

private func unpacked(
  _ pieces: [ArraySlice<UInt8>], _ compression: Compression
) throws(FuzzFailure) -> (content: [UInt8], failure: Unpacker.Failure?) {
  // A bomb goes on for as long as somebody takes what comes out.
  let most = 1 << 20
  let unpacker = Unpacker(compression)
  var content: [UInt8] = []
  var fed: UInt64 = 0
  for piece in pieces {
    unpacker.feed(piece)
    fed += UInt64(piece.count)
    while let next = unpacker.next() {
      try require(
        !next.isEmpty && next.count <= Unpacker.mostAtOnce, "\(next.count) bytes at a time")
      content += next
      guard content.count < most else { return (Array(content.prefix(most)), unpacker.failure) }
    }
    try require(
      unpacker.position <= fed && (unpacker.failure != nil || unpacker.position == fed),
      "\(unpacker.position) of \(fed) bytes were taken")
  }
  try require(unpacker.failure == nil || !unpacker.isWithin, "broken, and goes on")
  return (content, unpacker.failure)
}

/// The pieces of an input, cut as a seed says.
private struct FuzzPieces: Sequence, IteratorProtocol {
  private let file: [UInt8]
  private var numbers: FuzzNumbers
  private let longest: Int
  private var at = 0

  init(_ file: [UInt8], seed: UInt8) {
    self.file = file
    numbers = FuzzNumbers(seed: UInt64(seed) &* 911 &+ UInt64(file.count))
    longest = [1, 5, 64, 1000][numbers.below(4)]
  }

  mutating func next() -> ArraySlice<UInt8>? {
    guard at < file.count else { return nil }
    let count = Swift.min(1 + numbers.below(longest), file.count - at)
    defer { at += count }
    return file[at..<at + count]
  }
}
