import Text

/// The pictures that teach most, of those that were looked at; one of each scene.
struct TellingPictures: Sendable {
  struct Candidate: Sendable {
    let picture: SavedPicture
    let reading: Reading
    let scene: PictureScene
  }

  /// The most that are kept.
  let most: Int
  /// The most telling first; of equals, the one that came first.
  private(set) var chosen: [Candidate] = []

  init(most: Int) { self.most = most }

  mutating func add(_ candidate: Candidate) {
    let telling = candidate.reading.telling
    let alike = chosen.indices.filter { chosen[$0].scene.isLike(candidate.scene) }
    guard alike.allSatisfy({ chosen[$0].reading.telling < telling }) else { return }
    for index in alike.reversed() { chosen.remove(at: index) }
    let place = chosen.firstIndex { $0.reading.telling < telling } ?? chosen.endIndex
    guard place < most else { return }
    chosen.insert(candidate, at: place)
    if chosen.count > most { chosen.removeLast() }
  }
}
