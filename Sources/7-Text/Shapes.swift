/// Groups of characters that look so much alike that one patch can't tell them apart.
///
/// Size, place and neighbours are needed to tell which of a group a character is, but not to tell
/// that it is one of them.
enum Shapes {
  /// For each label the indices of the labels of its shape, including itself.
  static func neighbours(of labels: [String]) -> [[Int]] {
    var places: [Character: [Int]] = [:]
    for (i, label) in labels.enumerated() where label.count == 1 {
      for character in label { places[character, default: []].append(i) }
    }
    var sets = labels.indices.map { Set([$0]) }
    for group in CharacterTables.sameShape {
      let members = group.flatMap { places[$0] ?? [] }
      for i in members { sets[i].formUnion(members) }
    }
    return sets.map { $0.sorted() }
  }
}
