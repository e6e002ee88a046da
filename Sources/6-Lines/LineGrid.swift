package import Gray

/// Possible places of a line of text that fills its image. Finders see such a line badly, since
/// there is nothing around it.
package enum LineGrid {
  /// Images with a shorter side than this, in pixels, may be filled by text.
  package static let largestSide = 128
  /// Heights of capitals, as shares of the image's height.
  private static let heights = [0.9, 0.75, 0.6]
  /// Shares of the room above and below the capitals that lie above them.
  private static let shares = [0.5, 0.3, 0.7]

  /// The lines, likeliest first; none for an image that is too large.
  package static func lines(in image: GrayImage) -> [TextLine] {
    guard min(image.width, image.height) < largestSide else { return [] }
    let (width, height) = (Double(image.width), Double(image.height))
    return heights.flatMap { share in
      shares.flatMap { above in
        [Polarity.darkOnLight, .lightOnDark].map { polarity in
          TextLine(
            polarity: polarity, slope: 0, baseline: height * (share + (1 - share) * above),
            height: height * share, start: 0, end: width)
        }
      }
    }
  }
}
