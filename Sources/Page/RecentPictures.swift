import Sinks
import Text

/// The last pictures of a camera, and the most doubtful ones before them, so that they can be looked
/// at and corrected.
package struct RecentPictures: Sendable {
  /// The newest pictures that are kept, and the doubtful ones before them.
  package static let most = 16
  package static let mostDoubtful = 16
  /// Bytes of pictures that are kept, of each kind.
  package static let mostBytes = 8 << 20
  /// Pictures surer than this are not doubtful.
  static let doubtful = 0.9

  /// Oldest first.
  package private(set) var newest: [ReadPicture] = []
  /// Least sure first.
  package private(set) var doubtful: [ReadPicture] = []

  mutating func add(_ read: ReadPicture) {
    newest.append(read)
    while newest.count > Self.most || newest.count > 1 && Self.size(newest) > Self.mostBytes {
      keepDoubtful(newest.removeFirst())
    }
  }

  /// The picture with this number, and what was read in it.
  package func find(_ id: Int) -> ReadPicture? {
    newest.last { $0.picture?.id == id } ?? doubtful.first { $0.picture?.id == id }
  }

  /// Forgets that a picture is doubtful, since it was looked at.
  mutating func settle(_ id: Int) { doubtful.removeAll { $0.picture?.id == id } }

  private mutating func keepDoubtful(_ read: ReadPicture) {
    guard read.picture != nil, read.leastConfidence < Self.doubtful else { return }
    let text = read.report.reading.text
    // One of each text: a camera that looks at the same thing shows the same doubt.
    if let same = doubtful.firstIndex(where: { $0.report.reading.text == text }) {
      guard read.leastConfidence < doubtful[same].leastConfidence else { return }
      doubtful.remove(at: same)
    }
    let place =
      doubtful.firstIndex { $0.leastConfidence > read.leastConfidence } ?? doubtful.endIndex
    doubtful.insert(read, at: place)
    while doubtful.count > Self.mostDoubtful || Self.size(doubtful) > Self.mostBytes {
      doubtful.removeLast()
    }
  }

  private static func size(_ pictures: [ReadPicture]) -> Int {
    pictures.reduce(0) { $0 + ($1.picture?.size ?? 0) }
  }
}
