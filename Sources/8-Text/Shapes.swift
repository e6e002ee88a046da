/// Groups of characters that look so much alike that one patch can't tell them apart.
///
/// Which of a group it is takes size, place and neighbours; that it is one of them does not.
enum Shapes {
  private static let groups = [
    "O0oQD", "I1l|i!", "cC(", "sS5", "vVyY", "wW", "xX", "zZ2", "uU", "pP", "kK", "mM", "jJ", "tT+",
    "8B", "gq9", "6b", "fF", "',`", "-_~", ".,", ":;", "[(", "])", "{(", "})",
  ]

  /// For each label the indices of the labels of its shape, itself included.
  static func neighbours(of labels: [String]) -> [[Int]] {
    labels.indices.map { i in
      var set: Set<Int> = [i]
      for group in groups where labels[i].count == 1 && group.contains(labels[i]) {
        for (j, other) in labels.enumerated() where other.count == 1 && group.contains(other) {
          set.insert(j)
        }
      }
      return set.sorted()
    }
  }
}
