import Foundation
import Images

/// Advice on a refused file that is text that stands for bytes; nil for other files.
func textDumpHint(_ path: String) -> String? {
  guard path != "-", let file = FileHandle(forReadingAtPath: path),
    let start = try? file.read(upToCount: 1 << 17)
  else { return nil }
  var decoder = TextDumpDecoder(.scribe, isGiven: false)
  for case .textDump(let notice) in decoder.decode([UInt8](start)) + decoder.finish() {
    guard notice.isDecoded else { return notice.message.text }
    let what = notice.content == .jpeg ? "a JPEG" : "packets"
    return "this looks like \(notice.kind) text of \(what): 'scribe replay' reads it"
  }
  return nil
}
