import Bytes
import Page
import Sinks
import Values

/// The output of a session: readings to the sink, messages and the status line to the display, and
/// the tally of both.
struct SessionOutput: Sendable {
  let sink: any ReadingSink
  /// Fusion of successive images; nil where each is read on its own.
  let fuser: SharedFuser?
  /// The named values of the images; nil where the camera has none.
  var values: SharedValues?
  /// Nil where the board isn't asked for the fields alone.
  var region: FieldRegion?
  let display: StatusDisplay
  let tally: Tally
  /// The name of the source.
  let source: String
  /// Whether there are other sources, so that messages name this one.
  let isShared: Bool
  /// Readings to show before the session ends by itself.
  let limit: Int?
  /// The selection of images that are saved as pictures; nil where none are.
  let pictures: PictureSelection?
  /// The camera's place on the page; nil where there is no page.
  var page: CameraFeed?
  /// The text of the status line.
  let status: @Sendable () -> String

  /// Whether as many readings have been shown as were asked for.
  var isComplete: Bool { limit.map { tally.current.imagesRead >= $0 } ?? false }

  func show(_ message: Message) {
    display.message(
      isShared ? "\(Terminal.escaped(source)): \(message.text)" : message.text,
      style: message.style)
    page?.tell(message.text)
  }

  /// Shows the outcome of an image.
  ///
  /// - Returns: the picture, where it is to be saved.
  /// - Throws: `SinkError`.
  @discardableResult
  func show(_ outcome: Outcome) throws(SinkError) -> SavedPicture? {
    switch outcome {
    case .unreadable(let number, let reason):
      tally.update { $0.imagesUnreadable += 1 }
      show(Message("image \(number) cannot be read: \(reason)", .yellow))
      return nil
    case .read(let report, let shape, let image, let notes):
      guard !isComplete else { return nil }
      show(notes, of: report)
      var shown = fuser.map { $0.fuse(report) } ?? report
      var values: [FieldValue] = []
      if let shared = self.values {
        // By what each image shows alone: fused, one misread image would count several times.
        var valued = report
        for message in shared.add(to: &valued, motion: notes.motion, in: notes.focus) {
          show(message)
        }
        if let image { region?.follow(image, motion: notes.motion) }
        values = valued.values
        shown?.camera = valued.camera
        shown?.values = valued.values
      }
      if let shown {
        try display.aside { () throws(SinkError) in try sink.write(shown) }
      }
      tally.update {
        $0.imagesRead += 1
        $0.shape = shape
      }
      if let page {
        var seen = report
        seen.stable = shown?.stable
        seen.values = values
        page.read(seen)
      }
      guard let image, let pictures, pictures.selects(report, shown: shown) else { return nil }
      return SavedPicture(image: image, arrival: report.arrival, source: isShared ? source : nil)
    }
  }

  /// Tells of damage each time, and advice once.
  private func show(_ notes: Outcome.Notes, of report: ImageReport) {
    if let damage = notes.damage {
      if !damage.isKnown { tally.update { $0.imagesTorn += 1 } }
      show(report.message(ofDamagedRows: damage.rows))
    }
    guard let advice = notes.advice else { return }
    var isNew = false
    tally.update { isNew = $0.advice.insert(advice.text).inserted }
    if isNew { show(advice) }
  }

  func showStatus() { display.status(status()) }
}

extension ImageReport {
  /// The message about rows that couldn't be decoded; nil where there are none.
  var messageOfMissingRows: Message? {
    let rows = missingRows.reduce(0) { $0 + $1.count }
    return rows == 0 ? nil : message(ofDamagedRows: rows)
  }

  func message(ofDamagedRows rows: Int) -> Message {
    let name =
      switch image {
      case .number(let number): "image \(number)"
      case .path(let path): Terminal.escaped(path)
      }
    return Message("\(name) is damaged: \(rows) of \(height) rows couldn't be decoded", .yellow)
  }
}
