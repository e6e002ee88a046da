import Glibc
import Synchronization
import Text

/// Why output could not be written.
public enum SinkError: Error, Equatable, CustomStringConvertible {
  /// Whoever read the output has gone, as `head` does: no reason for a complaint.
  case closed
  case failed(code: Int32)

  public var description: String {
    switch self {
    case .closed: "the output was closed"
    case .failed(let code):
      "writing the output failed: \(strerror(code).map { String(cString: $0) } ?? "error \(code)")"
    }
  }
}

/// Lines to a file descriptor, each written whole and at once.
///
/// A program that uses it must ignore SIGPIPE to see `SinkError.closed`.
public struct TextOutput: Sendable {
  public let descriptor: Int32

  public init(descriptor: Int32) { self.descriptor = descriptor }

  /// Where readings go.
  public static let standard = TextOutput(descriptor: STDOUT_FILENO)
  /// Where everything else goes.
  public static let errors = TextOutput(descriptor: STDERR_FILENO)

  /// Writes `text`, all of it.
  ///
  /// - Parameter text: what to write, with its newlines.
  /// - Throws: `SinkError` where the descriptor takes no more.
  public func write(_ text: String) throws(SinkError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest.removeFirst(count)
      } else if errno == EAGAIN {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, 100)
      } else if errno == EPIPE {
        throw .closed
      } else if errno != EINTR {
        throw .failed(code: errno)
      }
    }
  }
}

/// Readings as lines of JSON or as text.
public struct ReadingSink: Sendable {
  public enum Format: Sendable {
    case json, text
  }

  public let format: Format
  private let output: TextOutput
  private let isColored: Bool
  private let isTerminal: Bool
  private let hasHeadings: Bool
  private let skipsEmpty: Bool
  private let leastConfidence: Double

  /// - Parameters:
  ///   - format: how a reading is written.
  ///   - output: where to.
  ///   - headings: whether a line before each text says which image it is; nil for on terminals.
  ///   - skipsEmpty: whether readings without text are no text instead of an empty line.
  ///   - leastConfidence: lines less sure than this, 0...1, are left out.
  public init(
    format: Format, output: TextOutput = .standard, headings: Bool? = nil,
    skipsEmpty: Bool = false, leastConfidence: Double = 0
  ) {
    self.format = format
    self.output = output
    isColored = Terminal.usesColor(output.descriptor)
    isTerminal = Terminal.isTerminal(output.descriptor)
    hasHeadings = headings ?? isTerminal
    self.skipsEmpty = skipsEmpty
    self.leastConfidence = leastConfidence
  }

  /// Writes one reading.
  ///
  /// - Parameter report: the reading.
  /// - Throws: `SinkError`.
  public func write(_ report: ImageReport) throws(SinkError) {
    var report = report
    report.reading = report.reading.lines(asSureAs: leastConfidence)
    switch format {
    case .json:
      try output.write(report.json + "\n")
    case .text:
      if skipsEmpty, report.isEmpty { return }
      let heading = hasHeadings ? self.heading(report) + "\n" : ""
      try output.write(heading + report.plainText(isColored: isColored))
    }
  }

  private func heading(_ report: ImageReport) -> String {
    var name =
      switch report.image {
      case .path(let path): Terminal.escaped(path)
      case .number(let number): "image \(number)"
      }
    if let source = report.source { name = "\(Terminal.escaped(source))  \(name)" }
    var text = "\(name)  \(report.width)x\(report.height)"
    // In a file or pipe the same images are to give the same text.
    if isTerminal {
      text += "  \(JSONLine.decimal(report.milliseconds, places: 1) ?? "?") ms"
    }
    let missing = report.missingRows.reduce(0) { $0 + $1.count }
    if missing > 0 { text += "  \(missing) rows missing" }
    if report.isReadByBoard { text += "  read by the board" }
    return isColored ? Terminal.styled(text, .dim) : text
  }
}
