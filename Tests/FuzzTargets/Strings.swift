import Bytes
import Control
import Foundation
import Images
import Sinks
import Text

/// Options of the command line, and the code that makes any text safe to show.
func fuzzStrings(_ input: inout FuzzInput) throws(FuzzFailure) {
  let kind = input.u8()
  let text = String(decoding: input.rest(), as: UTF8.self)
  switch kind % 6 {
  case 0:
    guard let parsed = try? LinkProtocol(parsing: text) else { return }
    try require(
      (try? LinkProtocol(parsing: parsed.description)) == parsed,
      "\(parsed) is not what it says it is")
  case 1:
    guard let address = try? SocketAddress(text) else { return }
    try require((try? SocketAddress(address.text)) == address, "another address")
  case 2:
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let pattern = try? Pattern(anyOf: lines) else { return }
    // Every way through the automaton leads to one of its states.
    var state = pattern.start
    for byte in text.utf8 {
      guard let next = pattern.next(state, byte) else { break }
      try require((0..<pattern.stateCount).contains(Int(next)), "a state that isn't there")
      state = next
    }
    _ = pattern.matches(text)
  case 3:
    guard let alphabet = Alphabet(text) else { return }
    try require(alphabet.characters?.isEmpty == false, "an alphabet without a character")
  case 5:
    guard case .bytes(let bytes)? = try? BoardRequest(parsing: text) else { return }
    try require((1...BoardRequest.mostBytes).contains(bytes.count), "\(bytes.count) bytes")
  default:
    try checkShown(text)
  }
}

private func checkShown(_ text: String) throws(FuzzFailure) {
  for keepsNewlines in [false, true] {
    let shown = Terminal.escaped(text, keepingNewlines: keepsNewlines)
    for scalar in shown.unicodeScalars {
      try require(
        isHarmless(scalar) || scalar == "\t" || (keepsNewlines && scalar == "\n"),
        "U+\(String(scalar.value, radix: 16)) gets through to the terminal")
    }
  }
  let quoted = JSONLine.quoted(text)
  try require(
    quoted.unicodeScalars.allSatisfy(isHarmless), "a control character gets through in JSON")
  let parsed = try? JSONSerialization.jsonObject(
    with: Data(quoted.utf8), options: .fragmentsAllowed)
  guard let parsed = parsed as? String else { throw FuzzFailure("no JSON: \(quoted)") }
  try require(
    parsed.unicodeScalars.elementsEqual(text.unicodeScalars), "JSON says something else")
}

/// By the properties that Unicode gives characters, not by the list that the escaping uses.
private func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
  default: true
  }
}
