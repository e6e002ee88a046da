import Binary
import Glyphs
import Gray
import Testing

/// A seeded scatter of ink.
private func scatter(width: Int, height: Int, density: UInt32, seed: UInt32) -> BinaryImage {
  var state = seed
  let pixels = (0..<(width * height)).map { _ -> UInt8 in
    state = state &* 1_664_525 &+ 1_013_904_223
    return state >> 16 & 255 < density ? 1 : 0
  }
  return BinaryImage(width: width, height: height, pixels: pixels)
}

/// Components by flood fill: slow and plain.
private func floodFill(_ image: BinaryImage) -> [Set<Int>] {
  var seen = Set<Int>()
  var found: [Set<Int>] = []
  for start in image.pixels.indices where image.pixels[start] == 1 && !seen.contains(start) {
    var component: Set<Int> = [start]
    var open = [start]
    while let i = open.popLast() {
      let x = i % image.width
      let y = i / image.width
      for v in max(0, y - 1)...min(image.height - 1, y + 1) {
        for u in max(0, x - 1)...min(image.width - 1, x + 1) {
          let j = v * image.width + u
          if image.pixels[j] == 1, component.insert(j).inserted { open.append(j) }
        }
      }
    }
    seen.formUnion(component)
    found.append(component)
  }
  return found
}

@Suite struct ComponentsTests {
  @Test(arguments: [(1, 1), (7, 5), (8, 8), (17, 9), (64, 48)], [10 as UInt32, 60, 110, 180, 256])
  func equalFloodFill(size: (Int, Int), density: UInt32) {
    for seed in 1...4 as ClosedRange<UInt32> {
      let image = scatter(width: size.0, height: size.1, density: density, seed: seed)
      let components = Components(image)
      let sets = components.all.map { component -> Set<Int> in
        Set(
          components.runs[component.runs].flatMap { run in
            (Int(run.start)..<Int(run.end)).map { Int(run.y) * image.width + $0 }
          })
      }
      #expect(sets == floodFill(image))
      for (component, set) in zip(components.all, sets) {
        #expect(component.area == set.count)
        #expect(component.box.x == set.map { $0 % image.width }.min())
        #expect(component.box.maxX - 1 == set.map { $0 % image.width }.max())
        #expect(component.box.y == set.map { $0 / image.width }.min())
        #expect(component.box.maxY - 1 == set.map { $0 / image.width }.max())
      }
    }
  }

  @Test func cornersConnect() {
    let image = BinaryImage(width: 3, height: 3, pixels: [1, 0, 1, 0, 1, 0, 1, 0, 1])
    #expect(Components(image).all.count == 1)
  }

  @Test func emptyImageHasNone() {
    #expect(Components(BinaryImage(width: 0, height: 0, pixels: [])).all.isEmpty)
    #expect(Components(scatter(width: 40, height: 30, density: 0, seed: 1)).all.isEmpty)
  }
}
