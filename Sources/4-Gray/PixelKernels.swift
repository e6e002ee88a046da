internal import CKernels
internal import Glibc

/// The instructions that filters of images run on. All give equal results.
package enum PixelKernels: String, Sendable, CaseIterable {
  /// Plain C, on any processor.
  case portable
  case avx2

  /// The kernels that this processor runs, the fastest last.
  package static let available = allCases.filter { $0 != .avx2 || scribe_pixels_avx2() != 0 }

  /// The fastest kernels that this processor runs, unless `$SCRIBE_KERNELS` asks for portable ones.
  package static let chosen: PixelKernels = {
    let best = available.last ?? .portable
    guard let value = getenv("SCRIBE_KERNELS") else { return best }
    return String(cString: value) == portable.rawValue ? .portable : best
  }()

  var functions: ScribePixels {
    #if arch(x86_64)
      if self == .avx2 { return scribe_pixels_of_avx2 }
    #endif
    return scribe_pixels_of_portable
  }

  /// Replaces each of `count` values by the greater of itself and the value `apart` places ahead;
  /// so `apart` more values are read than are written.
  package func takeGreater(
    _ values: UnsafeMutablePointer<UInt8>, fromAhead apart: Int, count: Int
  ) {
    functions.ahead(values, apart, count)
  }

  /// Interpolates between neighbours of `values`, which are 256 times grays, at `count` places from
  /// `place` on, `step` apart. Places have 32 bits behind the point, of which the upper eight count,
  /// and a value at either side.
  package func stretch(
    _ values: UnsafePointer<UInt16>, from place: Int, by step: Int, count: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    functions.stretch(values, Int64(place), Int64(step), count, out)
  }
}
