/// Tells once each what looks wrong about how raw pixels were told.
struct RawAdviser {
  /// Images that are still looked at: measuring takes longer than decoding.
  private var imagesLeft = 4
  private var hasToldBytes = false
  /// Images in a row behind which as many bytes stood.
  private var behind = (bytes: 0, images: 0)

  /// So many images in a row are a rule, and no lost or added bytes.
  private static let enoughImages = 3

  mutating func advice(for frame: ArraySlice<UInt8>, of layout: RawLayout) -> LinkAdvice? {
    guard imagesLeft > 0 else { return nil }
    imagesLeft -= 1
    guard let advice = RawFit(frame, layout).advice else { return nil }
    imagesLeft = 0
    return advice
  }

  mutating func advice(forBytesBehind count: Int) -> LinkAdvice? {
    behind = count == behind.bytes ? (count, behind.images + 1) : (count, 1)
    guard count > 0, behind.images == Self.enoughImages, !hasToldBytes else { return nil }
    hasToldBytes = true
    return .bytesBehindImages(count)
  }
}
