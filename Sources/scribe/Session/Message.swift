import Bytes
import Images
import Packets
import Sinks

/// A message for people, on standard error.
struct Message: Sendable {
  let text: String
  let style: Terminal.Style?

  init(_ text: String, _ style: Terminal.Style? = nil) {
    self.text = text
    self.style = style
  }
}

extension ByteEvent {
  /// Messages about the connection.
  ///
  /// - Parameter advice: gives advice on a board that has been silent for so many seconds.
  /// - Returns: one message, or none for events that need none.
  func messages(advice: (_ silentFor: Int) -> String) -> [Message] {
    switch self {
    // The name in a recording may be anything, so it is escaped.
    case .connected(let name): [Message("connected to \(Terminal.escaped(name))", .green)]
    case .silent(let seconds): [Message(advice(seconds), .yellow)]
    case .disconnected(let reason): [Message("disconnected: \(reason)", .red)]
    case .bytes, .skipped, .idle, .ended: []
    }
  }
}

extension LinkEvent {
  /// Messages about link events other than images.
  var messages: [Message] {
    switch self {
    case .image, .ping, .pong, .response, .boardStatistics, .text, .bytesDropped: []
    case .damagedImage(let image, let damage):
      [
        Message(
          "image \(image.number) is damaged: \(damage.map(\.words).joined(separator: ", "))",
          .yellow)
      ]
    case .imagesLost(let count, let cause):
      [Message("\(count) image\(count == 1 ? "" : "s") \(cause.rawValue)", .yellow)]
    case .advice(let advice): [Message(advice.words, .yellow)]
    case .console(let text), .log(let text):
      // Each line is shown by itself, or a board could write text that looks like the program's
      // own.
      text.split(whereSeparator: \.isNewline).compactMap { line in
        let shown = String(line.reversed().drop { $0.isWhitespace }.reversed())
        return shown.isEmpty ? nil : Message("board: \(Terminal.escaped(shown))")
      }
    case .descriptor(let descriptor): [Message(descriptor.words)]
    case .hello(let hello): [Message(hello.words)]
    case .textDump(let notice): [notice.message]
    }
  }
}

extension TextDumpNotice {
  /// The message about a dump: its kind and, where it can't be decoded, the option to give.
  var message: Message {
    let text = kind == .csv ? "a logic analyser's table" : "\(kind.rawValue) text"
    guard isDecoded else {
      let advice =
        switch content {
        case .jpeg: " of a JPEG: give --protocol jpeg-stream"
        case .packets: " of packets: give --protocol scribe"
        case .unknown:
          ", but of no JPEG: if it is of pixels give their size and format, as --protocol "
            + "raw:320x240:rgb565be"
        }
      return Message("this looks like \(text)\(advice)", .yellow)
    }
    let what =
      switch content {
      case .jpeg: " of a JPEG"
      case .packets: " of packets"
      case .unknown: ""
      }
    let taken = taken.map { " as --protocol \($0)" } ?? ""
    return Message("these bytes are \(text)\(what); decoding it\(taken)", .green)
  }
}

extension BoardDescriptor {
  fileprivate var words: String {
    let names = [board, sensor].filter { !$0.isEmpty }.map { Terminal.escaped($0) }
    let format = layout.format.map { " \($0.rawValue)" } ?? ""
    return "board \(names.isEmpty ? "without a name" : names.joined(separator: ", ")): "
      + "\(layout.width)x\(layout.height)\(format)"
  }
}

extension BoardHello {
  fileprivate var words: String {
    (hasJustStarted ? "board started" : "board is there")
      + (firmware.isEmpty ? "" : ": firmware \(Terminal.escaped(firmware))")
  }
}

extension ImageDamage {
  fileprivate var words: String {
    switch self {
    case .missingRows(let count): "pixels of \(count) \(count == 1 ? "row" : "rows") never came"
    case .endLost: "its end never came, so nothing proves its pixels"
    case .layoutUnproven: "neither its start nor its end came, so its size is a guess"
    case .checksumMismatch: "its pixels are not those that were sent"
    }
  }
}
