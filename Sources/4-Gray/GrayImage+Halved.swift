internal import CKernels

extension GrayImage {
  /// Half the size: means of 2x2 pixels; an odd last row or column is dropped.
  package func halved() -> GrayImage {
    let half = (width: width / 2, height: height / 2)
    let means = [UInt8](unsafeUninitializedCapacity: half.width * half.height) {
      to, initializedCount in
      initializedCount = half.width * half.height
      pixels.withUnsafeBufferPointer { from in
        guard let from = from.baseAddress, let to = to.baseAddress else { return }
        PixelKernels.chosen.functions.halve(from, Int32(width), Int32(height), to)
      }
    }
    return GrayImage(width: half.width, height: half.height, pixels: means)
  }
}
