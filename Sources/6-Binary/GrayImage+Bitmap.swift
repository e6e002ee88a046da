package import Gray

extension GrayImage {
  /// Whether there is nothing but black and white.
  package var isBitmap: Bool {
    pixels.withUnsafeBufferPointer { pixels in
      // A bitmap takes the longest, so it is looked at in pieces that are vectors.
      for start in stride(from: 0, to: pixels.count, by: 1024) {
        var grays: UInt8 = 0
        for i in start..<min(start &+ 1024, pixels.count) {
          // 255 and 0 are the only bytes whose successor's remainder by 256 is below 2.
          grays |= (pixels[i] &+ 1) & 254
        }
        if grays != 0 { return false }
      }
      return true
    }
  }

  /// Gray for a bitmap, as far as it can be told: each pixel with a little of those around it.
  ///
  /// Boards dither edges (scribe_ink.h), so that a few pixels together still tell how much ink was
  /// there, and the networks read grays. (3 10 3)/16 in both directions: just enough for that.
  package func withoutDither() -> GrayImage {
    var workspace = Binarizer.Workspace()
    return withoutDither(workspace: &workspace)
  }

  /// The same, in memory that stays for the next image.
  package func withoutDither(workspace: inout Binarizer.Workspace) -> GrayImage {
    guard width > 0, height > 0 else { return self }
    var result = self
    workspace.lend(size: (width, height), strokeRadius: 0) { filters, _ in
      filters.load(self, to: filters.memory.plane(0))
      filters.soften(filters.memory.plane(0), to: filters.memory.plane(1))
      filters.store(filters.memory.plane(1), to: &result)
    }
    return result
  }
}
