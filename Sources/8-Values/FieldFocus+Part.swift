public import Gray
public import Images

/// Fields in a part of the picture, so that a board can send that part alone.
extension FieldFocus {
  /// The fields as they lie in another picture of the camera, which is followed from then on.
  ///
  /// - Parameters:
  ///   - motion: the way from the reference picture to that picture.
  ///   - picture: upright and whole.
  /// - Returns: the fields in that picture.
  public func moved(by motion: PictureMotion, to picture: GrayImage) -> FieldFocus {
    let size = PictureSize(width: picture.width, height: picture.height)
    let place = FieldPlace(motion, from: reference ?? size, to: size)
    return FieldFocus(
      readers: readers.map { $0.at(place.box(of: $0.field.box)) }, reference: size,
      follower: follower == nil ? nil : PictureFollower(reference: picture))
  }

  /// The smallest part of the picture that holds the fields wherever the camera may move by as much
  /// as is followed, with what stands around them; nil where that is most of the picture, or nothing
  /// in it can be followed.
  ///
  /// - Parameter size: of the whole picture, upright.
  /// - Returns: the part, or nil.
  public func part(of size: PictureSize) -> PixelBox? {
    let place = FieldPlace(.none, from: reference ?? size, to: size)
    let boxes = readers.map { place.box(of: $0.field.box) }
    guard let first = boxes.first else { return nil }
    let all = boxes.reduce(first) { $0.union($1) }
    // Half a line above and below, and room for the movement: a share of the part's own width.
    let around = (boxes.map(\.height).max() ?? 0) / 2 + 1
    let width = Double(all.width + 2 * around) / (1 - 2 * PictureMotion.farthest)
    let room = Int((width * PictureMotion.farthest).rounded(.up)) + around
    // Cameras cut at even places, and coders like blocks.
    func outward(_ low: Int, _ high: Int, _ limit: Int) -> (Int, Int) {
      let first = max(0, low - room) / 8 * 8
      return (first, min(limit, (high + room + 7) / 8 * 8))
    }
    let (left, right) = outward(all.x, all.maxX, size.width)
    let (top, bottom) = outward(all.y, all.maxY, size.height)
    let part = PixelBox(x: left, y: top, width: right - left, height: bottom - top)
    guard 4 * part.width * part.height < 3 * size.width * size.height else { return nil }
    guard follower == nil || cut(to: part, of: size).follower != nil else { return nil }
    return part
  }

  /// The fields in a part of the picture.
  ///
  /// - Parameters:
  ///   - part: in the whole picture, upright.
  ///   - size: of the whole picture.
  /// - Returns: the fields, with what follows them there.
  public func cut(to part: PixelBox, of size: PictureSize) -> FieldFocus {
    let whole = reference ?? size
    let box = part.scaled(from: size, to: whole)
    let cutReaders = readers.map { reader in
      var field = reader.field.box
      field.x -= box.x
      field.y -= box.y
      return reader.at(field)
    }
    let follower = follower.flatMap { follower -> PictureFollower? in
      let picture = follower.reference
      let shown = PictureSize(width: picture.width, height: picture.height)
      return PictureFollower(reference: picture.part(part.scaled(from: size, to: shown)))
    }
    return FieldFocus(
      readers: cutReaders, reference: PictureSize(width: box.width, height: box.height),
      follower: follower)
  }
}

extension PixelBox {
  /// The box in a picture of another size, at least a pixel.
  fileprivate func scaled(from old: PictureSize, to new: PictureSize) -> PixelBox {
    guard old != new, old.width > 0, old.height > 0 else { return self }
    let left = min(x * new.width / old.width, new.width - 1)
    let top = min(y * new.height / old.height, new.height - 1)
    let right = min(max(maxX * new.width / old.width, left + 1), new.width)
    let bottom = min(max(maxY * new.height / old.height, top + 1), new.height)
    return PixelBox(x: left, y: top, width: right - left, height: bottom - top)
  }
}
