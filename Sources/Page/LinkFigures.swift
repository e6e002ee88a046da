import Sinks

/// Counts of a camera's link since its start, and its state.
public struct LinkFigures: Sendable, Equatable {
  public enum Connection: String, Sendable {
    case disconnected, connected, silent
  }

  public var connection = Connection.disconnected
  /// Seconds since the start.
  public var seconds = 0.0
  /// Images that came, whole or damaged.
  public var images = 0
  public var imagesRead = 0
  public var bytes = 0
  /// Images that came and were not wholly shown or read, by cause: words, with a count above 0.
  public var losses: [String: Int] = [:]
  /// Images that never came, by cause.
  public var imagesLost: [String: Int] = [:]
  /// Bytes that were thrown away, by cause.
  public var bytesDropped: [String: Int] = [:]
  /// Seconds of the last PING there and back; nil where the board answers none.
  public var roundTrip: Double?
  /// Size and format of the last image, and the protocol, for people.
  public var shape = ""
  public var linkProtocol = ""

  public init() {}

  func write(to line: inout JSONLine) {
    line.member("connection", connection.rawValue)
    line.member("seconds", seconds, places: 3)
    line.member("images", images)
    line.member("imagesRead", imagesRead)
    line.member("bytes", bytes)
    for (key, counts) in [
      ("losses", losses), ("imagesLost", imagesLost), ("bytesDropped", bytesDropped),
    ] {
      line.key(key)
      line.object { line in
        for (cause, count) in counts.sorted(by: { $0.key < $1.key }) { line.member(cause, count) }
      }
    }
    line.key("roundTrip")
    if let roundTrip { line.value(roundTrip, places: 6) } else { line.null() }
    line.member("shape", shape)
    line.member("protocol", linkProtocol)
  }
}

/// The rates of the last minutes, a sample a second.
package struct LinkHistory: Sendable {
  package struct Sample: Sendable, Equatable {
    package var images: Double
    package var bytes: Double
    /// Images lost and bytes dropped.
    package var imagesLost: Double
    package var bytesDropped: Double

    package init(images: Double, bytes: Double, imagesLost: Double, bytesDropped: Double) {
      self.images = images
      self.bytes = bytes
      self.imagesLost = imagesLost
      self.bytesDropped = bytesDropped
    }
  }

  package init() {}

  /// Five minutes.
  package static let most = 300
  package private(set) var samples: [Sample] = []
  private var last: LinkFigures?

  /// Adds the rates since the last figures; those of the first are not known.
  package mutating func add(_ figures: LinkFigures) {
    defer { last = figures }
    guard let last, figures.seconds > last.seconds else { return }
    let seconds = figures.seconds - last.seconds
    func rate(_ count: (LinkFigures) -> Int) -> Double {
      Double(max(0, count(figures) - count(last))) / seconds
    }
    samples.append(
      Sample(
        images: rate(\.images), bytes: rate(\.bytes),
        imagesLost: rate { $0.imagesLost.values.reduce(0, +) },
        bytesDropped: rate { $0.bytesDropped.values.reduce(0, +) }))
    if samples.count > Self.most { samples.removeFirst(samples.count - Self.most) }
  }
}

extension LinkHistory.Sample {
  func write(to line: inout JSONLine) {
    line.object {
      $0.member("images", images, places: 2)
      $0.member("bytes", bytes, places: 0)
      $0.member("imagesLost", imagesLost, places: 2)
      $0.member("bytesDropped", bytesDropped, places: 0)
    }
  }
}
