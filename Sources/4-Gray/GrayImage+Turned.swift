public import Images

extension GrayImage {
  /// The image as an upright camera would send it, for an image from a camera mounted as `mount`.
  public func uprighted(from mount: Mount) -> GrayImage {
    guard mount != .upright else { return self }
    // The place of the first pixel, and the steps from it to the pixels right of it and below it.
    var (start, right, down) =
      switch mount.turn {
      case .upright: (0, 1, width)
      case .right: ((height - 1) * width, -width, 1)
      case .upsideDown: (width * height - 1, -1, -width)
      case .left: (width - 1, width, -1)
      }
    if mount.isMirrored {
      // Rows are reversed: a pixel's column counts from the other side.
      start += width - 1 - 2 * (start % max(width, 1))
      if mount.isSideways { down = -down } else { right = -right }
    }
    let size =
      mount.isSideways ? (width: height, height: width) : (width: width, height: height)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { to, count in
      count = pixels.count
      var at = 0
      for y in 0..<size.height {
        var from = start + y * down
        for _ in 0..<size.width {
          to[at] = pixels[from]
          at += 1
          from += right
        }
      }
    }
    return GrayImage(width: size.width, height: size.height, pixels: turned)
  }

  /// The image as a camera mounted as `mount` would send it, for an image from an upright camera.
  public func mounted(_ mount: Mount) -> GrayImage { uprighted(from: mount.inverse) }
}
