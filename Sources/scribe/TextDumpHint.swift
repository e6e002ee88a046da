import Bytes
import Images

/// Advice on a refused file that is text that stands for bytes; nil for other files.
func textDumpHint(_ path: String) -> String? {
  guard path != "-", let start = try? OpenFile(path).content(atMost: 1 << 17) else { return nil }
  var decoder = TextDumpDecoder(.scribe, isGiven: false)
  for case .textDump(let notice) in decoder.decode(start) + decoder.finish() {
    guard notice.isDecoded else { return notice.message.text }
    let what = notice.content == .jpeg ? "a JPEG" : "packets"
    return "this looks like \(notice.kind) text of \(what): 'scribe replay' reads it"
  }
  return nil
}
