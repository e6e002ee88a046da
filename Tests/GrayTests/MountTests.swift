import Gray
import Images
import Testing

/// Pictures of turned cameras, and files that say how they were held.
@Suite struct MountTests {
  /// Uneven, so that no two turns of it are equal.
  private let upright = GrayImage(
    width: 5, height: 3, pixels: (0..<15).map { UInt8($0 * $0) })

  @Test(arguments: Mount.all) func turningIsTakenBack(mount: Mount) {
    let sent = upright.mounted(mount)
    #expect(sent.width == (mount.isSideways ? 3 : 5))
    #expect(sent.uprighted(from: mount) == upright)
    #expect(Mount(mount.description) == mount)
    // All eight differ.
    #expect(Mount.all.filter { upright.mounted($0) == sent } == [mount])
  }

  /// The meaning of the words: the place of print's first row in the picture that comes.
  @Test func turnsAreAsDocumented() {
    let print = GrayImage(width: 3, height: 3, pixels: [1, 2, 3, 9, 9, 9, 9, 9, 9])
    func row(_ mount: Mount, _ indices: [Int]) -> [UInt8] {
      indices.map { print.mounted(mount).pixels[$0] }
    }
    #expect(row(Mount(.upsideDown), [8, 7, 6]) == [1, 2, 3])
    // The top of print points left: print goes up the left edge.
    #expect(row(Mount(.right), [6, 3, 0]) == [1, 2, 3])
    #expect(row(Mount(.left), [2, 5, 8]) == [1, 2, 3])
    #expect(row(Mount(.upright, isMirrored: true), [2, 1, 0]) == [1, 2, 3])
    #expect(row(Mount(.left, isMirrored: true), [0, 3, 6]) == [1, 2, 3])
  }

  @Test(arguments: Mount.all) func boxesFollow(mount: Mount) {
    let box = PixelBox(x: 3, y: 2, width: 4, height: 2)
    var image = GrayImage(width: 11, height: 7)
    for y in box.y..<box.maxY { for x in box.x..<box.maxX { image.pixels[11 * y + x] = 255 } }
    let sent = image.mounted(mount)
    let place = mount.sent(box, width: sent.width, height: sent.height)
    for y in 0..<sent.height {
      for x in 0..<sent.width {
        let isInside = x >= place.x && x < place.maxX && y >= place.y && y < place.maxY
        #expect((sent.pixels[sent.width * y + x] == 255) == isInside)
      }
    }
    #expect(mount.inverse.sent(place, width: 11, height: 7) == box)
  }

  @Test func wordsThatAreNone() {
    for text in ["", "Upright", "left,", "left,mirror", "mirrored", "left,mirrored,mirrored"] {
      #expect(Mount(text) == nil)
    }
  }

  // MARK: EXIF

  /// A picture as it is stored in a file whose EXIF data tell `orientation`, which by the standard
  /// is where its first row and first column are to be shown.
  private func stored(_ orientation: Int) throws -> GrayImage {
    upright.mounted(try #require(Mount(exif: orientation)))
  }

  /// By the standard: the first stored pixel is at this corner, and the first row along this side.
  @Test func exifNumbersAreTheStandards() throws {
    let (w, h) = (5, 3)
    let corners = [
      1: (0, 0), 2: (w - 1, 0), 3: (w - 1, h - 1), 4: (0, h - 1), 5: (0, 0), 6: (w - 1, 0),
      7: (w - 1, h - 1), 8: (0, h - 1),
    ]
    for (orientation, (x, y)) in corners {
      let image = try stored(orientation)
      #expect(image.pixels[0] == upright.pixels[w * y + x], "\(orientation)")
      #expect((image.width == 3) == (orientation >= 5))
    }
    #expect(Mount(exif: 0) == nil)
    #expect(Mount(exif: 9) == nil)
  }

  @Test(arguments: 1...8, [false, true]) func pngObeysEXIF(orientation: Int, isBig: Bool) throws {
    let image = try stored(orientation)
    let exif = MadeFile.exif(orientation: orientation, isBigEndian: isBig)
    let file = MadeFile.png(
      width: image.width, height: image.height, depth: 8, colorType: 0, chunks: [("eXIf", exif)]
    ) { x, y in [image.pixels[image.width * y + x]] }
    let decoded = try DecodedImage(CapturedImage(file: file))
    #expect(decoded.gray == upright)
    #expect((decoded.width, decoded.height) == (5, 3))
  }

  @Test(arguments: 1...8) func tiffObeysItsOrientation(orientation: Int) throws {
    let image = try stored(orientation)
    for isTiled in [false, true] {
      let file = MadeFile.tiff(
        width: image.width, height: image.height, isTiled: isTiled, orientation: orientation
      ) { x, y in image.pixels[image.width * y + x] }
      #expect(try GrayImage(CapturedImage(file: file)) == upright)
    }
  }

  @Test(arguments: 1...8) func jpegAndWebPObeyEXIF(orientation: Int) throws {
    let exif = MadeFile.exif(orientation: orientation)
    let plain = try MadeFile.kept("plain.jpg")
    let body = Array("Exif\0\0".utf8) + exif
    let segment = [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body
    let turned = try GrayImage(CapturedImage(file: plain[..<2] + segment + plain[2...]))
    let mount = try #require(Mount(exif: orientation))
    #expect(turned == (try GrayImage(CapturedImage(file: plain)).uprighted(from: mount)))

    // A file of chunks: what is in it, the picture, EXIF data.
    let bare = try MadeFile.kept("lossless.webp")
    let (width, height) = (29, 17)
    let header =
      Array("VP8X".utf8) + MadeFile.little(10, 4) + [8, 0, 0, 0] + MadeFile.little(width - 1, 3)
      + MadeFile.little(height - 1, 3)
    let chunk = Array("EXIF".utf8) + MadeFile.little(exif.count, 4) + exif
    let chunks = Array("WEBP".utf8) + header + bare[12...] + chunk
    let file = Array("RIFF".utf8) + MadeFile.little(chunks.count, 4) + chunks
    #expect(
      try GrayImage(CapturedImage(file: file))
        == GrayImage(CapturedImage(file: bare)).uprighted(from: mount))
  }

  /// Damaged EXIF data count as none.
  @Test func damagedEXIFIsPassedOver() throws {
    let whole = MadeFile.exif(orientation: 3)
    var loops = whole
    loops[8...9] = [0xFF, 0xFF]
    loops[10...11] = [0, 0]
    var far = whole
    far[4...7] = [0xFF, 0xFF, 0xFF, 0xFF]
    for exif in [loops, far, MadeFile.exif(orientation: 77)] + (0..<20).map({ Array(whole[..<$0]) })
    {
      let file = MadeFile.png(
        width: 5, height: 3, depth: 8, colorType: 0, chunks: [("eXIf", exif)]
      ) { x, y in [upright.pixels[5 * y + x]] }
      #expect(try GrayImage(CapturedImage(file: file)) == upright)
    }
  }
}
