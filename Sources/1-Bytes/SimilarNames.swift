/// Existing names that a mistyped port path may have meant, best first, at most three.
func similarPorts(to path: String) -> [String] {
  let slash = path.lastIndex(of: "/")
  let folder = slash.map { String(path[..<$0]) } ?? "/dev"
  let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
  let nearby = folderNames(folder.isEmpty ? "/" : folder).map { "\(folder)/\($0)" }
  let stem = name.prefix { !$0.isNumber }
  var candidates: [(path: String, distance: Int)] = []
  for candidate in listPorts().map(\.path) + nearby
  where !candidates.contains(where: { $0.path == candidate }) {
    let other = candidate.split(separator: "/").last.map { String($0) } ?? ""
    let distance = editDistance(name, other)
    // The same driver's other numbers count as near, as do two slips of the finger.
    let isSameKind = stem.count >= 4 && other.prefix { !$0.isNumber } == stem
    if distance <= min(2, name.count / 2) || isSameKind {
      candidates.append((candidate, distance))
    }
  }
  return candidates.sorted { ($0.distance, $0.path) < ($1.distance, $1.path) }
    .prefix(3).map(\.path)
}

/// Levenshtein distance.
package func editDistance(_ a: String, _ b: String) -> Int {
  let right = Array(b)
  var row = Array(0...right.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in right.enumerated() {
      let substituted = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
