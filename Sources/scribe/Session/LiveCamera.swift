import Bytes
import Page
import Recording

/// One of the ports that are read.
struct LiveCamera: Sendable {
  let port: String
  let source: ByteSource
  let link: PortOptions
  /// The camera's file; nil where it has none.
  let loaded: LoadedCamera?
  /// Nil where there are no fields, and no page on which some may be drawn.
  let values: SharedValues?
  let tally = Tally()
  let stopping = StopFlag()
  let mount: SessionMount
  let recording: RecordingSwitch
  /// What is wished of the board while the session runs; nil where nobody wishes.
  let wishes: BoardWishes?
  /// Nil where the board isn't asked for the fields alone.
  let region: FieldRegion?
  /// Nil where there is no page, and so nobody who wishes.
  let page: Page?

  /// The camera's place on the page.
  struct Page: Sendable {
    let feed: CameraFeed
    let keeper: KeptCamera
  }

  /// - Parameters:
  ///   - opened: the port and what is known of its camera.
  ///   - bytes: the port's bytes.
  ///   - reading: how its images are read.
  ///   - recorder: the recording of the start; nil for none.
  ///   - asksForFields: whether the board is asked for the part of the picture that holds the fields.
  ///   - number: the camera's number on a page, from 1.
  ///   - viewers: the page's viewers; nil where there is no page.
  init(
    _ opened: LiveSource, bytes: ByteSource, reading: ReaderOptions, recorder: Recorder?,
    asksForFields: Bool, number: Int, viewers: Viewers?
  ) {
    (port, source, link, loaded) = (opened.port, bytes, opened.link, opened.camera)
    mount = SessionMount(told: loaded?.mount(reading))
    recording = RecordingSwitch(recorder)
    guard let viewers else {
      let values = loaded?.makeValues()
      self.values = values
      page = nil
      guard asksForFields, let values else {
        (wishes, region) = (nil, nil)
        return
      }
      let unseen = BoardWishes { _ in }
      wishes = unseen
      region = FieldRegion(values, mount: mount, wishes: unseen)
      return
    }
    let values = loaded?.makeValues() ?? SharedValues()
    self.values = values
    let name = loaded?.name ?? port
    let feed = CameraFeed(number: number, name: name, viewers: viewers) { [tally] in
      tally.figures
    }
    let wishes = BoardWishes { feed.tell($0) }
    self.wishes = wishes
    region = asksForFields ? FieldRegion(values, mount: mount, wishes: wishes) : nil
    page = Page(
      feed: feed,
      keeper: KeptCamera(loaded, values: values, mount: mount, newest: { feed.newestImage }))
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
