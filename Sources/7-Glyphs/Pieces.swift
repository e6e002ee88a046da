import Binary
import Gray

/// The pieces of a strip, left to right.
package struct Pieces: Sendable {
  package private(set) var all: [Piece] = []
  /// Their ink, piece by piece, top to bottom.
  private var runs: [InkRun] = []
  /// Where each piece's runs end.
  private var ends: [Int] = []
}

extension Pieces {
  /// Cuts the ink of a strip into pieces.
  ///
  /// Every gap is a cut. Within a component, columns where the ink thins out are possible cuts; too
  /// many do no harm, since neighbouring pieces are offered together as well.
  package init(of strip: LineStrip) {
    self.init()
    let ink = BinaryImage(
      width: strip.width, height: LineStrip.height,
      pixels: strip.coverage.map { $0 >= Pieces.inkLevel ? 1 : 0 })
    let components = Components(ink)

    var parts: [(piece: Piece, runs: Range<Int>)] = []
    parts.reserveCapacity(2 * components.all.count)
    var clipped: [InkRun] = []
    clipped.reserveCapacity(components.runs.count + components.runs.count / 2)
    for component in components.all where isPrint(component) {
      let runs = components.runs[component.runs]
      let cuts = Pieces.cuts(through: component, runs: runs, strip: strip)
      var left = component.box.x
      for i in 0...cuts.count {
        let right = i < cuts.count ? cuts[i] : component.box.maxX
        let first = clipped.count
        for run in runs {
          let start = max(run.start, Int32(left))
          let end = min(run.end, Int32(right))
          if start < end { clipped.append(InkRun(y: run.y, start: start, end: end)) }
        }
        left = right
        guard clipped.count > first else { continue }
        let part = Component(runs: first..<clipped.count, in: clipped)
        let bounds = strip.placement.imageBounds(of: clipped[first...])
        parts.append((Piece(box: part.box, area: part.area, bounds: bounds), part.runs))
      }
    }
    parts.sort {
      let a = 2 * $0.piece.box.x + $0.piece.box.width
      let b = 2 * $1.piece.box.x + $1.piece.box.width
      return a != b ? a < b : $0.piece.box.y < $1.piece.box.y
    }
    // Owners are 16 bits wide; a strip can't hold more pieces than that unless it is all noise.
    if parts.count > 4000 { parts.removeSubrange(4000...) }
    all.reserveCapacity(parts.count)
    ends.reserveCapacity(parts.count)
    runs.reserveCapacity(clipped.count)
    for part in parts {
      all.append(part.piece)
      runs += clipped[part.runs]
      ends.append(runs.count)
    }
  }

  /// A strip pixel's piece, counted from 1; 0 where there is none. Gray edges belong to the nearest.
  func owners(width: Int) -> [UInt16] {
    let height = LineStrip.height
    var owners = [UInt16](repeating: 0, count: width * height)
    // A frame of nothing around it, so that no pixel is an exception.
    let stride = width + 2
    var framed = [UInt16](repeating: 0, count: stride * (height + 2))
    var spread = framed
    framed.withUnsafeMutableBufferPointer { p in
      var first = 0
      for (i, end) in ends.enumerated() {
        for run in runs[first..<end] {
          let row = (Int(run.y) + 1) * stride + 1
          for x in Int(run.start)..<Int(run.end) { p[row + x] = UInt16(i + 1) }
        }
        first = end
      }
    }
    framed.withUnsafeBufferPointer { f in
      spread.withUnsafeMutableBufferPointer { s in
        for y in 0..<height {
          let row = (y + 1) * stride + 1
          Pieces.spread(
            f.baseAddress.unsafelyUnwrapped + row, stride: stride, width: width,
            into: s.baseAddress.unsafelyUnwrapped + row)
        }
        owners.withUnsafeMutableBufferPointer { o in
          for y in 0..<height {
            Pieces.spread(
              s.baseAddress.unsafelyUnwrapped + ((y + 1) * stride + 1), stride: stride,
              width: width, into: o.baseAddress.unsafelyUnwrapped + y * width)
          }
        }
      }
    }
    return owners
  }

  /// Gives pixels that nothing owns to what owns one beside them.
  private static func spread(
    _ row: UnsafePointer<UInt16>, stride: Int, width: Int, into out: UnsafeMutablePointer<UInt16>
  ) {
    for x in 0..<width {
      var owner = row[x &+ stride]
      let above = row[x &- stride]
      owner = above != 0 ? above : owner
      let right = row[x &+ 1]
      owner = right != 0 ? right : owner
      let left = row[x &- 1]
      owner = left != 0 ? left : owner
      let own = row[x]
      out[x] = own != 0 ? own : owner
    }
  }

  /// Half-covered pixels are the edge of the ink.
  private static let inkLevel: UInt8 = 118

  /// Leaves out specks, borders and what belongs to the lines above and below.
  private func isPrint(_ component: Component) -> Bool {
    let box = component.box
    let middle = Double(box.y) + Double(box.height) / 2
    if component.area < 4 || max(box.width, box.height) < 2 { return false }
    if middle < LineStrip.topRow - 4 || middle > LineStrip.baseRow + 7 { return false }
    let touchesTop = box.y == 0
    let touchesBottom = box.maxY == LineStrip.height
    if touchesTop && touchesBottom && box.width < 12 { return false }
    if touchesTop && middle < LineStrip.topRow { return false }
    if touchesBottom && middle > LineStrip.baseRow { return false }
    if box.width > 44 && box.height <= 5 { return false }
    return true
  }

  /// Columns at which a component may be cut, ascending.
  private static func cuts(
    through component: Component, runs: ArraySlice<InkRun>, strip: LineStrip
  ) -> [Int] {
    let box = component.box
    guard box.width >= 9 else { return [] }
    // The ink of each column, gray edges counted in part.
    var profile = [Int](repeating: 0, count: box.width)
    for run in runs {
      for x in Int(run.start)..<Int(run.end) {
        profile[x - box.x] += Int(strip.coverage[Int(run.y) * strip.width + x])
      }
    }
    // Wide for its height: surely more than one character, so shallow thinnings count too.
    let wide = 10 * box.width > 11 * box.height || box.width > 26
    let limit = wide ? 80 : 45
    var cuts: [Int] = []
    var last = 0
    for x in 3..<(box.width - 3) {
      let here = profile[x]
      guard here <= profile[x - 1], here < profile[x + 1] || isPlateauEnd(profile, x) else {
        continue
      }
      let left = profile[max(last, x - 14)..<x].max() ?? 0
      let right = profile[(x + 1)..<min(box.width, x + 15)].max() ?? 0
      guard 100 * here <= limit * min(left, right) else { continue }
      // Of two cuts close together the thinner one stays.
      if let previous = cuts.last, x - (previous - box.x) < 4 {
        if here < profile[previous - box.x] {
          cuts[cuts.count - 1] = box.x + x
          last = x
        }
        continue
      }
      cuts.append(box.x + x)
      last = x
    }
    return cuts
  }

  /// The middle of a flat minimum.
  private static func isPlateauEnd(_ profile: [Int], _ x: Int) -> Bool {
    let value = profile[x]
    var right = x
    while right + 1 < profile.count, profile[right + 1] == value { right += 1 }
    guard right > x, right + 1 < profile.count, profile[right + 1] > value else { return false }
    var left = x
    while left > 0, profile[left - 1] == value { left -= 1 }
    return x == (left + right) / 2
  }
}
