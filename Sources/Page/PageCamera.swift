/// A camera on the page: what it gives, what may be wished of it, what is kept of it.
public struct PageCamera: Sendable {
  public let feed: CameraFeed
  public let control: any CameraControl
  public let keeper: any CameraKeeper
  /// Where corrected pictures are kept.
  public let corrections: CorrectionFolder

  public init(
    feed: CameraFeed, control: any CameraControl, keeper: any CameraKeeper,
    corrections: CorrectionFolder
  ) {
    self.feed = feed
    self.control = control
    self.keeper = keeper
    self.corrections = corrections
  }
}
