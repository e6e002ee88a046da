import Bytes
import Page
import Recording

/// One of the ports that are read.
struct LiveCamera: Sendable {
  let port: String
  let source: ByteSource
  let tally = Tally()
  let stopping = StopFlag()
  let mount = SessionMount()
  let recording: RecordingSwitch
  /// Nil where there is no page, and so nobody who wishes.
  let page: Page?

  /// The camera's place on the page.
  struct Page: Sendable {
    let feed: CameraFeed
    let wishes: BoardWishes
  }

  /// - Parameters:
  ///   - port: the port as it was given.
  ///   - source: its bytes.
  ///   - recorder: the recording of the start; nil for none.
  ///   - number: the camera's number on a page, from 1.
  ///   - viewers: the page's viewers; nil where there is no page.
  init(port: String, source: ByteSource, recorder: Recorder?, number: Int, viewers: Viewers?) {
    self.port = port
    self.source = source
    recording = RecordingSwitch(recorder)
    page = viewers.map { [tally] viewers in
      let feed = CameraFeed(number: number, name: port, viewers: viewers) { tally.figures }
      return Page(feed: feed, wishes: BoardWishes { feed.tell($0) })
    }
  }

  /// Starts to read.
  ///
  /// - Parameter isRecorded: whether it is recorded, or may be later.
  /// - Throws: `PortError` where there is no thread to be had.
  func start(isRecorded: Bool) throws(PortError) {
    guard isRecorded else { return try source.start() }
    try source.start { [recording, stopping] event in
      recording.record(event, stopped: stopping.isSet)
    }
  }

  func stop() {
    stopping.set()
    source.close()
  }
}
