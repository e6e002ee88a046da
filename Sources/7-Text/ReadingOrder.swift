import Images

/// Indices of lines' boxes top to bottom; lines side by side from left to right.
func readingOrder(of boxes: [PixelBox]) -> [Int] {
  var rest = boxes.indices.sorted { (boxes[$0].y, $0) < (boxes[$1].y, $1) }
  var ordered: [Int] = []
  while let first = rest.first {
    let top = boxes[first]
    let row = rest.filter { i in
      let shared = min(boxes[i].maxY, top.maxY) - max(boxes[i].y, top.y)
      let sideBySide = boxes[i].x >= top.maxX || boxes[i].maxX <= top.x
      return i == first
        || (sideBySide && 2 * shared > min(boxes[i].height, top.height))
    }
    ordered += row.sorted { (boxes[$0].x, $0) < (boxes[$1].x, $1) }
    rest.removeAll { row.contains($0) }
  }
  return ordered
}
