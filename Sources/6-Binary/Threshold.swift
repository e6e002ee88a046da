package import Gray

/// A local threshold from the mean `m` and the standard deviation `s` of the window around a pixel.
///
/// Ink lies below `m - k * s`. That is Sauvola's rule `m * (1 + k * (s / r - 1))` with the range
/// `r` taken from the window instead of the whole image, as Wolf takes it from the image instead of
/// a constant: print is judged by its own contrast, however faint beside the rest. Windows without
/// any contrast are paper. Sources: Sauvola and Pietikainen 2000; Wolf and Jolion 2004. One pass
/// with running sums, whatever the window.
package struct LocalThreshold: Sendable {
  /// Side of the window in pixels, odd, at most 127.
  package var window = 31
  /// Larger keeps less ink.
  package var k = 0.8
  /// Windows with a smaller deviation, in gray levels, hold no print.
  package var minimumDeviation = 1.2

  package init() {}

  /// Marks the pixels darker than their surroundings; windows are clipped at the borders.
  package func binarize(_ gray: GrayImage) -> BinaryImage {
    var workspace = Binarizer.Workspace()
    var binary = BinaryImage(width: 0, height: 0, pixels: [])
    binarize(gray, workspace: &workspace, into: &binary)
    return binary
  }

  /// The same, in memory that stays for the next image, and in place of another result.
  package func binarize(
    _ gray: GrayImage, workspace: inout Binarizer.Workspace, into binary: inout BinaryImage
  ) {
    if binary.width != gray.width || binary.height != gray.height {
      binary = BinaryImage(width: gray.width, height: gray.height, pixels: gray.pixels)
    }
    guard gray.width > 0, gray.height > 0 else { return }
    workspace.lend(size: (gray.width, gray.height), strokeRadius: 0) { filters, _ in
      let (plane, ink) = (filters.memory.plane(0), filters.memory.bits(0))
      filters.load(gray, to: plane)
      filters.fill(ink)
      filters.threshold(self, plane, rows: 0..<gray.height, ink: ink)
      filters.expand(ink, to: &binary)
    }
  }
}
