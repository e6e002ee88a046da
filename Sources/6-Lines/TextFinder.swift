import Glibc
package import Gray
package import Inference

/// Finds lines of text with a network that looks at the whole picture and, for large text, at its
/// halves.
///
/// Keeps buffers between pictures, so use one finder a thread.
package struct TextFinder: Sendable {
  private let model: Model
  /// The model for each size used recently; the tables of a large one take megabytes.
  private var sized: [TensorShape: Model] = [:]
  private var workspace = Workspace()
  private var logits: [Int8] = []
  private static let mostSizes = 12
  /// The most times that a picture is halved.
  private static let mostHalvings = 4
  /// The least side of a level, in pixels: a smaller one holds no character.
  private static let leastSide = 12
  /// Width of the mirrored border around a cut-out: text that fills a picture has no paper around
  /// it.
  private static let border = 16

  /// Nil if the model doesn't find text.
  package init?(_ model: Model) {
    guard model.labels == FinderCells.labels, model.input.channels == 1,
      model.positions * FinderCells.side * FinderCells.side
        == model.input.height * model.input.width
    else { return nil }
    self.model = model
  }

  /// The lines of a picture, surest first, in its pixels.
  ///
  /// A picture that is larger than a model may take is looked at only from the first half that
  /// fits: small text in it is left to others.
  package mutating func lines(in gray: GrayImage) -> [FoundLine] {
    guard gray.width > 0, gray.height > 0 else { return [] }
    let isCutOut = min(gray.width, gray.height) < LineGrid.largestSide
    let border = isCutOut ? Self.border : 0
    var picture = isCutOut ? gray.bordered(by: border) : gray
    var found: [FoundLine] = []
    for level in 0...Self.mostHalvings {
      if level > 0 { picture = picture.halvedUp() }
      guard level == 0 || min(picture.width, picture.height) >= Self.leastSide else { break }
      found += (try? lines(in: picture, level: level)) ?? []
    }
    return FoundLine.joined(FoundLine.merged(found)).map {
      let line = $0.placed(fromLeft: Double(border), top: Double(border), scale: 1)
      return isCutOut ? line.reachingBorders(ofWidth: Double(gray.width)) : line
    }
  }

  private mutating func lines(
    in picture: GrayImage, level: Int
  ) throws(ModelError) -> [FoundLine] {
    let cells = picture.toned(toMultiplesOf: max(model.grain.height, model.grain.width))
    let shape = TensorShape(height: cells.height, width: cells.width, channels: 1)
    let fitting: Model
    if let known = sized[shape] {
      fitting = known
    } else {
      fitting = try model.resized(to: cells.width, height: cells.height)
      if sized.count >= Self.mostSizes { sized = [:] }
      sized[shape] = fitting
    }
    fitting.logits(of: cells.pixels, count: 1, workspace: &workspace, into: &logits)
    return FinderCells(
      logits, rows: fitting.rows, columns: fitting.positions / fitting.rows,
      scale: Double(model.output.scale), zeroPoint: model.output.zeroPoint
    ).lines(level: level)
  }
}

extension GrayImage {
  /// Gray values as the network takes them: on this scale the light of a picture is an offset.
  private static let tones = (0...255).map { gray in
    UInt8((255 * log1p(Double(gray) / 24) / log1p(255.0 / 24)).rounded())
  }

  /// The image in tones, with the last row and column repeated up to multiples of `side`.
  fileprivate func toned(toMultiplesOf side: Int) -> GrayImage {
    let wide = (width + side - 1) / side * side
    let tall = (height + side - 1) / side * side
    let pixels = [UInt8](unsafeUninitializedCapacity: wide * tall) { to, count in
      count = wide * tall
      Self.tones.withUnsafeBufferPointer { tones in
        self.pixels.withUnsafeBufferPointer { from in
          for y in 0..<tall {
            let row = Self.mirrored(y, height) &* width
            let out = y &* wide
            for x in 0..<width { to[out &+ x] = tones[Int(from[row &+ x])] }
            for x in width..<wide { to[out &+ x] = to[out &+ Self.mirrored(x, width)] }
          }
        }
      }
    }
    return GrayImage(width: wide, height: tall, pixels: pixels)
  }

  /// Means of 2x2 pixels; an odd last row or column counts twice.
  fileprivate func halvedUp() -> GrayImage {
    guard width % 2 == 0, height % 2 == 0 else {
      return evened().halved()
    }
    return halved()
  }

  private func evened() -> GrayImage {
    let wide = width + width % 2
    let tall = height + height % 2
    var pixels: [UInt8] = []
    pixels.reserveCapacity(wide * tall)
    for y in 0..<tall {
      let row = min(y, height - 1) * width
      pixels += self.pixels[row..<row + width]
      if wide > width { pixels.append(self.pixels[row + width - 1]) }
    }
    return GrayImage(width: wide, height: tall, pixels: pixels)
  }

  /// The place of a mirrored pixel for a place outside 0..<count.
  private static func mirrored(_ i: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let place = ((i % period) + period) % period
    return place < count ? place : period - place
  }

  /// The picture with a mirrored border; its outermost pixels are not repeated.
  fileprivate func bordered(by border: Int) -> GrayImage {
    let columns = (-border..<width + border).map { Self.mirrored($0, width) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(columns.count * (height + 2 * border))
    for y in -border..<height + border {
      let row = Self.mirrored(y, height) * width
      for x in columns { pixels.append(self.pixels[row + x]) }
    }
    return GrayImage(width: columns.count, height: height + 2 * border, pixels: pixels)
  }
}
