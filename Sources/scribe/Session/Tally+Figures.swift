import Images
import Packets
import Page

extension Tally {
  /// The counts as the page shows them.
  var figures: LinkFigures {
    let counts = current
    var figures = LinkFigures()
    figures.connection =
      switch counts.connection {
      case .none: .disconnected
      case .connected: .connected
      case .silent: .silent
      }
    figures.seconds = seconds
    figures.images = counts.link.imagesIntact + counts.link.imagesDamaged + counts.link.texts
    figures.imagesRead = counts.imagesRead
    figures.bytes = counts.link.bytesReceived
    figures.losses = [
      "skipped images": counts.imagesSkipped,
      "damaged images": counts.link.imagesDamaged + counts.imagesTorn,
      "unreadable images": counts.imagesUnreadable, "skipped bytes": counts.bytesSkipped,
    ].filter { $0.value > 0 }
    figures.imagesLost = Self.named(counts.link.imagesLost)
    figures.bytesDropped = Self.named(counts.link.droppedBytes)
    figures.roundTrip = counts.roundTrip
    figures.shape = counts.shape
    figures.linkProtocol = counts.foundProtocol?.description ?? ""
    return figures
  }

  private static func named<Cause: RawRepresentable<String>>(
    _ counts: [Cause: Int]
  ) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: counts.filter { $0.value > 0 }.map { ($0.key.rawValue, $0.value) })
  }
}
