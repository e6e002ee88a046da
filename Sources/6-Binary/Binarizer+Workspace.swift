internal import CKernels

extension Binarizer {
  /// Memory that binarization needs, kept from image to image; one for each thread that binarizes.
  ///
  /// It grows to the largest image.
  public struct Workspace: Sendable {
    /// The instructions that run.
    package let kernels: PixelKernels
    /// Planes, bits and scratch, each at an address that is a multiple of 64.
    private var memory: [UInt64] = []
    var runs = RunFinder()

    /// Memory for the best kernels that run here.
    public init() {
      self.init(kernels: .chosen)
    }

    /// - Precondition: `kernels` are among `PixelKernels.available`.
    package init(kernels: PixelKernels) {
      precondition(PixelKernels.available.contains(kernels), "\(kernels) don't run here")
      self.kernels = kernels
    }

    /// Lends filters of planes of a size, and memory for them; what it holds is what it held.
    mutating func lend(
      size: (width: Int, height: Int), strokeRadius: Int,
      _ body: (_ filters: PlaneFilters, _ runs: inout RunFinder) -> Void
    ) {
      let plane = ScribePlane(width: size.width, height: size.height)
      let sizes = MemorySizes(plane, strokeRadius: strokeRadius)
      let bytes = sizes.total + 64
      if memory.count * 8 < bytes { memory = [UInt64](repeating: 0, count: (bytes + 7) / 8) }
      let kernels = kernels.functions
      memory.withUnsafeMutableBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        let memory = Memory(start: start.alignedUp(toMultipleOf: 64), sizes: sizes)
        body(PlaneFilters(plane: plane, kernels: kernels, memory: memory), &runs)
      }
    }
  }

  /// How memory is shared out for a plane of some size.
  struct MemorySizes {
    static let planeCount = 4
    let plane: Int
    let bits: Int
    let rows: Int
    let scratch: Int

    init(_ plane: ScribePlane, strokeRadius: Int) {
      func rounded(_ size: Int) -> Int { (size + 63) / 64 * 64 }
      self.plane = rounded(Int(plane.stride) * Int(plane.height))
      bits = rounded(self.plane / 8)
      rows = rounded(Int(plane.height) * MemoryLayout<Int>.stride)
      scratch = rounded(
        max(
          scribe_smooth_scratch(plane), scribe_extremum_scratch(plane, Int32(strokeRadius)),
          scribe_threshold_scratch(plane)))
    }

    var total: Int { MemorySizes.planeCount * plane + 3 * bits + rows + scratch }
  }

  /// Memory as it is shared out.
  struct Memory {
    let start: UnsafeMutableRawPointer
    let sizes: MemorySizes

    func plane(_ index: Int) -> UnsafeMutablePointer<UInt8> {
      (start + index * sizes.plane).assumingMemoryBound(to: UInt8.self)
    }

    func bits(_ index: Int) -> UnsafeMutablePointer<UInt64> {
      (start + MemorySizes.planeCount * sizes.plane + index * sizes.bits)
        .assumingMemoryBound(to: UInt64.self)
    }

    /// A number a row.
    var rows: UnsafeMutablePointer<Int> {
      (start + MemorySizes.planeCount * sizes.plane + 3 * sizes.bits)
        .assumingMemoryBound(to: Int.self)
    }

    var scratch: UnsafeMutableRawPointer {
      start + MemorySizes.planeCount * sizes.plane + 3 * sizes.bits + sizes.rows
    }
  }
}

extension ScribePlane {
  init(width: Int, height: Int) {
    self.init(
      width: Int32(width), height: Int32(height), stride: Int32((width + 63) / 64 * 64))
  }
}
