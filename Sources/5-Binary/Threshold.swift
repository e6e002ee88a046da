internal import CKernels
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
  package func binarize(
    _ gray: GrayImage, workspace: inout Binarizer.Workspace, into binary: inout BinaryImage
  ) {
    if binary.width != gray.width || binary.height != gray.height {
      binary = BinaryImage(width: gray.width, height: gray.height, pixels: gray.pixels)
    }
    guard gray.width > 0, gray.height > 0 else { return }
    let plane = ScribePlane(width: gray.width, height: gray.height)
    let sizes = Binarizer.MemorySizes(plane, strokeRadius: 0)
    workspace.lend(sizes) { memory, kernels, _ in
      let filters = PlaneFilters(plane: plane, kernels: kernels, memory: memory)
      filters.load(gray, to: memory.plane(0))
      filters.fill(memory.bits(0))
      filters.threshold(self, memory.plane(0), rows: 0..<gray.height, ink: memory.bits(0))
      filters.expand(memory.bits(0), to: &binary)
    }
  }
}
