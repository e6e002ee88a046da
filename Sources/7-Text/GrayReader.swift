public import Gray
public import Images

/// A reader of gray pictures: the host's or the firmware's.
public protocol GrayReader: Sendable {
  /// Reads a picture whose print stands upright, with boxes in its pixels.
  mutating func reading(of gray: GrayImage) throws -> Reading

  /// Reads the print that is easily found; nil where that is no less work than `reading`.
  mutating func glance(at gray: GrayImage) throws -> Reading?
}

/// The mount of a picture's camera, as far as it is known.
public enum MountKnowledge: Sendable, Equatable {
  case known(Mount)
  /// The camera is taken for upright; if little or nothing is read so, its mount is searched for.
  case unknown
}

/// A reading and how it came about.
public struct MountedReading: Sendable {
  /// The reading, with boxes in the picture as it was sent.
  public let reading: Reading
  /// Whether other mounts were tried.
  public let hasSearched: Bool
}

extension GrayReader {
  /// Reads the text of an image from a camera that may be turned.
  ///
  /// - Throws: `GrayError` where the image can't be decoded, or an error of the reader.
  public mutating func read(
    _ image: CapturedImage, mount: MountKnowledge
  ) throws -> MountedReading {
    let decoded = try DecodedImage(image)
    var (reading, hasSearched): (Reading, Bool)
    switch mount {
    case .known(let mount):
      reading = try self.reading(of: decoded.gray.uprighted(from: mount))
      reading.place(in: decoded, mount)
      hasSearched = false
    case .unknown:
      reading = try self.reading(of: decoded.gray)
      hasSearched = !reading.isClear
      let turned = hasSearched ? try readTurned(decoded.gray, upright: reading) : nil
      reading = turned?.reading ?? reading
      reading.place(in: decoded, turned?.mount ?? .upright)
    }
    if let missing = decoded.missing { reading = reading.discounted(missing) }
    return MountedReading(reading: reading, hasSearched: hasSearched)
  }

  /// The mount with which a picture reads clearly better than upright; nil where there is none.
  private mutating func readTurned(
    _ gray: GrayImage, upright: Reading
  ) throws -> (reading: Reading, mount: Mount)? {
    var small = gray
    while small.pixels.count > Self.mostGlancedPixels { small = small.halved() }
    var best: (quality: Double, mount: Mount)?
    // Print is found upside down too, though not read: where no line is found, the picture is not
    // tried upside down.
    for mounts in upright.lines.isEmpty ? [Mount.sideways] : [Mount.level, Mount.sideways] {
      for mount in mounts {
        guard let glance = try glance(at: small.uprighted(from: mount)) else { return nil }
        if mount.isSideways, glance.lines.isEmpty { break }
        guard glance.isClearlyBetter(than: upright) else { continue }
        if best.map({ glance.quality > $0.quality }) ?? true { best = (glance.quality, mount) }
      }
    }
    guard let mount = best?.mount else { return nil }
    let reading = try reading(of: gray.uprighted(from: mount))
    return reading.isClearlyBetter(than: upright) ? (reading, mount) : nil
  }

  /// The most pixels of a glance; print that is found only in more is not searched for.
  private static var mostGlancedPixels: Int { 1 << 21 }
}

extension Mount {
  /// The mounts that are tried and leave lines level. A camera that is both mirrored and turned by
  /// a quarter isn't searched for: the user has to tell it.
  fileprivate static let level: [Mount] = [
    Mount(.upsideDown), Mount(.upright, isMirrored: true), Mount(.upsideDown, isMirrored: true),
  ]
  fileprivate static let sideways: [Mount] = [Mount(.right), Mount(.left)]
}

// Numbers whose worth `scripts/python measure.tune.mounts` measures: no upright image is turned, of
// the others five of six are, nearly all of them the right way, and no image without text is.
extension Reading {
  /// The number of characters in words, weighted by how likely they are right. Shorter texts are
  /// found in any texture.
  fileprivate var quality: Double {
    words.reduce(0) { $0 + Double($1.characters.count) * $1.confidence * $1.confidence }
  }

  private var words: [ReadLine] { lines.filter { $0.characters.count >= 3 } }

  /// Whether it leaves no doubt that the picture stands upright. Upside down, lines are seldom so
  /// sure, and single characters that are so sure don't fill the picture.
  var isClear: Bool {
    if words.contains(where: { $0.confidence >= 0.97 }) { return true }
    let tallest = lines.map(\.box.height).max() ?? 0
    return !lines.isEmpty && lines.allSatisfy { $0.confidence >= 0.9 }
      && 4 * tallest >= min(width, height)
  }

  fileprivate func isClearlyBetter(than upright: Reading) -> Bool {
    words.contains { $0.confidence >= 0.9 } && quality >= 1.5 * upright.quality
  }

  /// Moves boxes from the upright picture that was read to the picture as it was sent.
  mutating func place(in image: DecodedImage, _ mount: Mount) {
    if image.halvings > 0 {
      let size =
        mount.isSideways
        ? (width: image.height, height: image.width) : (width: image.width, height: image.height)
      self = enlarged(by: 1 << image.halvings)
      mapBoxes { $0.clamped(toWidth: size.width, height: size.height) }
    }
    mapBoxes { mount.sent($0, width: image.width, height: image.height) }
    (width, height) = (image.width, image.height)
    self.mount = mount
  }
}

extension PixelBox {
  fileprivate func clamped(toWidth imageWidth: Int, height imageHeight: Int) -> PixelBox {
    var box = self
    box.x = min(max(x, 0), imageWidth - 1)
    box.y = min(max(y, 0), imageHeight - 1)
    box.width = max(1, min(maxX, imageWidth) - box.x)
    box.height = max(1, min(maxY, imageHeight) - box.y)
    return box
  }
}
