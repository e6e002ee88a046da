/// Levenshtein's distance: insertions, deletions and substitutions that turn `a` into `b`.
///
/// Cost: `a.count * b.count` steps, one row of memory.
package func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  if a == b { return 0 }
  guard !a.isEmpty, !b.isEmpty else { return a.count + b.count }
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let substituted = diagonal + (x == y ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substituted, row[j + 1] + 1, row[j] + 1)
    }
  }
  return row[b.count]
}
