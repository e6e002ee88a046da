import Binary

/// A line of text, straightened, brought to one size and freed of light and polarity.
///
/// `LineStrip.height` rows; the tops of the tallest characters lie on `topRow`, the baseline on
/// `baseRow`. Values are ink coverage: 0 paper, 255 ink, whatever the print's polarity. The grays of
/// the camera are kept: what a blurred edge says about its place is lost once it is black or white.
package struct LineStrip: Sendable {
  package static let height = 48
  package static let topRow = 10.0
  package static let baseRow = 34.0
  /// Blank columns before and after the ink.
  package static let margin = 20
  /// Longer lines are cut off.
  package static let maximumWidth = 4096

  package let placement: LinePlacement
  package let coverage: [UInt8]
  package var width: Int { placement.width }

  /// Samples the line out of the working image.
  init(
    _ placement: LinePlacement, polarity: Polarity, pyramid: GrayPyramid,
    scratch: inout LineScratch
  ) {
    self.placement = placement
    let width = placement.width
    let sampler = LineSampler(
      placement: placement, pitch: 1, width: width, height: Self.height)
    sampler.draw(pyramid, into: &scratch)
    let light = LineLight(
      width: width, height: Self.height, pitch: 1, isLightOnDark: polarity == .lightOnDark)
    var coverage = [UInt8](repeating: 0, count: width * Self.height)
    coverage.withUnsafeMutableBufferPointer { p in
      _ = light.normalize(&scratch, into: p.baseAddress.unsafelyUnwrapped, stride: width)
    }
    self.coverage = coverage
  }
}
