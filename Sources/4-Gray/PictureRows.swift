/// The pixels of a file as they come, row by row: a picture of more than `GrayImage.maximumPixels` is
/// halved while it is read, so that no file takes more memory than one of that size.
struct PictureRows {
  let width: Int
  let height: Int
  /// The number of times it is halved.
  let halvings: Int
  private let hasAlpha: Bool
  private let size: (width: Int, height: Int)
  /// Gray, times alpha where there is any; a halved picture has sums instead.
  private var grays: [UInt8] = []
  private var alphas: [UInt8] = []
  private var graySums: [UInt16] = []
  private var alphaSums: [UInt16] = []

  /// - Throws: `.fileSize`, before memory is allocated.
  init(width: Int, height: Int, hasAlpha: Bool) throws(GrayError) {
    halvings = try GrayImage.halvings(width: width, height: height)
    self.width = width
    self.height = height
    self.hasAlpha = hasAlpha
    size = (width >> halvings, height >> halvings)
    let count = size.width * size.height
    if halvings == 0 {
      grays = [UInt8](repeating: 0, count: count)
      if hasAlpha { alphas = grays }
    } else {
      graySums = [UInt16](repeating: 0, count: count)
      if hasAlpha { alphaSums = graySums }
    }
  }

  /// Takes some pixels of row `y`, each once: a byte of gray each, or with alpha two bytes, gray
  /// times alpha, and alpha. They stand in columns `first`, `first + step` and so on.
  mutating func add(
    _ pixels: UnsafeBufferPointer<UInt8>, row y: Int, first: Int = 0, step: Int = 1
  ) {
    let channels = hasAlpha ? 2 : 1
    let row = y >> halvings
    guard y >= 0, row < size.height else { return }
    let count = min(pixels.count / channels, (width - first + step - 1) / step)
    if halvings == 0, !hasAlpha, step == 1 {
      grays.withUnsafeMutableBufferPointer { grays in
        for i in 0..<count { grays[row &* size.width &+ first &+ i] = pixels[i] }
      }
      return
    }
    for i in 0..<count {
      let x = (first + i * step) >> halvings
      guard x < size.width else { break }
      let at = row * size.width + x
      if halvings == 0 {
        grays[at] = pixels[channels * i]
        if hasAlpha { alphas[at] = pixels[2 * i + 1] }
      } else {
        graySums[at] &+= UInt16(pixels[channels * i])
        if hasAlpha { alphaSums[at] &+= UInt16(pixels[2 * i + 1]) }
      }
    }
  }

  /// The picture, once all of its pixels have come.
  consuming func finish() -> GrayImage {
    if halvings > 0 {
      let half = UInt16(1) << (2 * halvings - 1)
      func mean(_ sum: UInt16) -> UInt8 { UInt8(min(255, (sum &+ half) >> (2 * halvings))) }
      grays = graySums.map(mean)
      graySums = []
      alphas = alphaSums.map(mean)
      alphaSums = []
    }
    if hasAlpha { putOnGround() }
    return GrayImage(width: size.width, height: size.height, pixels: grays)
  }

  /// Shows white paper where the picture is transparent, or black paper where white would hide it:
  /// if the visible part is light and covers less than half of the picture, it is the print itself
  /// and not its paper.
  private mutating func putOnGround() {
    var (light, cover) = (0, 0)
    for i in alphas.indices {
      light += Int(grays[i])
      cover += Int(alphas[i])
    }
    let isLightPrint = 2 * light > cover && 2 * cover < 255 * alphas.count
    guard !isLightPrint else { return }
    for i in alphas.indices { grays[i] &+= min(255 &- alphas[i], 255 &- grays[i]) }
  }
}

extension GrayImage {
  /// Pictures of files above this many pixels are refused before anything is allocated.
  public static let maximumFilePixels = 1 << 28
  /// Bytes that a library may need for a picture that it holds whole: a progressive JPEG, a lossless
  /// WebP, a strip of a TIFF.
  static let maximumWorkspace = 1 << 27
  private static let longestSide = 1 << 16

  /// The number of times a file's picture is halved so that it has no more than `maximumPixels`.
  static func halvings(width: Int, height: Int) throws(GrayError) -> Int {
    guard width > 0, height > 0 else { throw .fileSize(width: width, height: height) }
    if width <= maximumPixels, height <= maximumPixels / width { return 0 }
    guard width <= longestSide, height <= longestSide, height <= maximumFilePixels / width else {
      throw .fileSize(width: width, height: height)
    }
    return height <= 4 * maximumPixels / width ? 1 : 2
  }
}

/// Gray by ITU-R BT.601's weights, as for cameras' colours.
@inline(__always)
func luma(red: UInt8, green: UInt8, blue: UInt8) -> UInt8 {
  let sum = 77 &* UInt32(red) &+ 150 &* UInt32(green) &+ 29 &* UInt32(blue)
  return UInt8(truncatingIfNeeded: (sum &+ 128) >> 8)
}
