public import Images
public import Sinks
import Synchronization

/// What a camera gives to the page: the newest picture, reading and message, and a few before them.
///
/// The session gives; it never waits, and nothing is encoded here. Viewers take what is newest when
/// they have sent the last, so a slow viewer skips pictures and holds up nobody.
public final class CameraFeed: Sendable {
  /// The camera's number on the page, from 1.
  let number: Int
  public let name: String
  private let figures: @Sendable () -> LinkFigures
  private let state = Mutex(State())
  /// The event of the newest picture that somebody wanted. For the page's thread: the session never
  /// waits while a picture is encoded.
  private let event = Mutex<(picture: Int, bytes: [UInt8])?>(nil)
  private let viewers: Viewers

  /// Something that viewers are told once, with the number of those before it.
  package struct Told<Value: Sendable>: Sendable {
    var count = 0
    package var value: Value?

    mutating func tell(_ value: Value) {
      count += 1
      self.value = value
    }
  }

  package struct State: Sendable {
    package var picture = Told<Picture>()
    package var reading = Told<ReadPicture>()
    var link = Told<LinkFigures>()
    /// The last messages, oldest first, and the number of all.
    package var messages: [String] = []
    var messageCount = 0
    /// Counts changes of settings, fields and corrections.
    package var changes = 0
    var history = LinkHistory()
    package var recent = RecentPictures()
    var measures = ReadingMeasures()
    /// Pictures that came and may still be read, oldest first.
    fileprivate var unread: [Picture] = []
  }

  package static let mostMessages = 20
  package static let longestMessage = 400
  private static let mostUnread = 4

  /// - Parameters:
  ///   - number: the camera's number, from 1.
  ///   - name: its name for people.
  ///   - viewers: those who are told what is new.
  ///   - figures: the link's counts now.
  public init(
    number: Int, name: String, viewers: Viewers, figures: @escaping @Sendable () -> LinkFigures
  ) {
    self.number = number
    self.name = name
    self.viewers = viewers
    self.figures = figures
  }

  /// Takes a picture that came, before it is read.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - time: nanoseconds since 1970 when its last byte came; 0 where that isn't known.
  public func received(_ image: CapturedImage, time: UInt64) {
    state.withLock { state in
      let picture = Picture(id: state.picture.count + 1, image: image, time: time)
      state.picture.tell(picture)
      state.unread.append(picture)
      if state.unread.count > Self.mostUnread { state.unread.removeFirst() }
    }
    viewers.ring()
  }

  /// The newest picture as it came; nil before the first one.
  public var newestImage: CapturedImage? { state.withLock { $0.picture.value?.image } }

  /// Takes what was read in a picture.
  public func read(_ report: ImageReport) {
    state.withLock { state in
      var picture: Picture?
      if case .number(let number) = report.image, !report.isReadByBoard {
        if let index = state.unread.lastIndex(where: { $0.image.number == number }) {
          picture = state.unread[index]
          // Those before it were passed over.
          state.unread.removeSubrange(...index)
        }
      }
      let read = ReadPicture(
        picture: picture, id: state.reading.count + 1, camera: number, report: report)
      state.reading.tell(read)
      state.recent.add(read)
      state.measures.add(report)
    }
    viewers.ring()
  }

  /// Takes a message for people about the camera.
  public func tell(_ message: String) {
    state.withLock { state in
      state.messages.append(String(message.prefix(Self.longestMessage)))
      if state.messages.count > Self.mostMessages { state.messages.removeFirst() }
      state.messageCount += 1
    }
    viewers.ring()
  }

  /// Tells viewers that settings, fields or corrections changed.
  public func settingsChanged() {
    state.withLock { $0.changes += 1 }
    viewers.ring()
  }

  /// Takes the figures of the link; to be called once a second.
  package func sampleLink() {
    let figures = figures()
    state.withLock { state in
      state.link.tell(figures)
      state.history.add(figures)
    }
    viewers.ring()
  }

  package var current: State { state.withLock { $0 } }
  var currentFigures: LinkFigures { figures() }

  /// The event that shows a picture; the same bytes for all viewers.
  package func event(of picture: Picture) -> [UInt8] {
    event.withLock { event in
      if let event, event.picture == picture.id { return event.bytes }
      let bytes = picture.event(camera: number)
      event = (picture.id, bytes)
      return bytes
    }
  }

  /// Notes that a picture was looked at, and is no longer doubtful.
  package func settle(_ id: Int) { state.withLock { $0.recent.settle(id) } }
}
