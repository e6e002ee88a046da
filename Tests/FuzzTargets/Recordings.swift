import Recording

func fuzzRecording(_ input: inout FuzzInput) throws(FuzzFailure) {
  let seed = input.u8()
  let file = input.rest()
  var whole = PcapngDecoder()
  let events = whole.push(file) + whole.finish()
  try checkRecording(events, fileSize: file.count)

  var split = PcapngDecoder()
  var found: [RecordingEvent] = []
  var numbers = FuzzNumbers(seed: UInt64(seed) &* 911 &+ UInt64(file.count))
  let longest = [1, 5, 64, 1000][numbers.below(4)]
  var at = 0
  while at < file.count {
    let count = min(1 + numbers.below(longest), file.count - at)
    found += split.push(file[at..<at + count])
    at += count
  }
  found += split.finish()
  try require(found == events, "cut in pieces, the same file held something else")

  // Events that were read can be written and read again.
  var copy: [UInt8] = []
  var expected: [RecordingEvent] = []
  for event in events {
    switch event {
    case .bytes(let bytes, let direction, let time):
      copy += PcapngEncoder.bytes(bytes, direction: direction, at: time)
      expected.append(event)
    case .note(let text, let time) where text.utf8.count <= 1000:
      copy += PcapngEncoder.note(text, at: time)
      expected.append(event)
    case .header, .note, .damaged: break
    }
  }
  var again = PcapngDecoder()
  let header = PcapngEncoder.header(RecordingHeader())
  let reread = (again.push(header + copy) + again.finish()).filter {
    if case .header = $0 { false } else { true }
  }
  try require(reread == expected, "written anew, the recording reads otherwise")
}

func checkRecording(
  _ events: [RecordingEvent], fileSize: Int
) throws(FuzzFailure) {
  var known = 0
  var end: UInt64 = 0
  for event in events {
    switch event {
    case .bytes(let bytes, _, _):
      try require(!bytes.isEmpty, "a read without bytes")
      known += bytes.count
    case .damaged(_, let offset, let count):
      try require(
        offset >= end && count > 0 && offset + count <= UInt64(fileSize),
        "damage of \(count) bytes at \(offset)")
      end = offset + count
      // The good bytes of a block are told from the damaged ones.
      known += Int(count)
    case .header, .note: break
    }
  }
  try require(known <= fileSize, "more bytes came out than the file has")
}
