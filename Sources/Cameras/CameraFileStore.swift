import Bytes
import FoundationEssentials
public import Gray
import Images
import Text
public import Values

/// Camera files on disk.
public enum CameraFileStore {
  /// Reads a camera file.
  public static func load(_ path: String) throws(CameraFileError) -> CameraFile {
    try CameraFile(parsing: text(of: path), file: path)
  }

  /// Writes a camera's file: a new one, or what changed in one that is there, with the comments
  /// that a person wrote kept. The file is whole at any time: a new one takes its place at once.
  public static func save(_ camera: CameraFile, to path: String) throws(CameraFileError) {
    let isThere = FileManager.default.fileExists(atPath: path)
    let text = isThere ? try camera.edited(into: text(of: path), file: path) : camera.text
    try write(Data(text.utf8), to: path)
  }

  /// The reference picture of a camera file; nil where the file names none.
  public static func reference(
    of camera: CameraFile, at path: String
  ) throws(CameraFileError) -> GrayImage? {
    guard let name = camera.reference else { return nil }
    let bytes: [UInt8]
    do {
      bytes = try OpenFile(beside(path, name)).content(atMost: mostPictureBytes + 1)
    } catch {
      throw CameraFileError(file: path, .reference(name, reason: "\(error)"))
    }
    guard bytes.count <= mostPictureBytes else {
      throw CameraFileError(
        file: path, .reference(name, reason: "has more than \(mostPictureBytes >> 20) MiB"))
    }
    do {
      return try DecodedImage(CapturedImage(file: bytes)).gray
    } catch {
      throw CameraFileError(file: path, .reference(name, reason: "\(error)"))
    }
  }

  /// Keeps a picture as the camera's reference, small and gray, beside its file, and names it in
  /// `camera`.
  ///
  /// - Parameters:
  ///   - picture: upright.
  ///   - camera: gets the picture's name and size.
  ///   - path: of the camera's file.
  /// - Throws: `CameraFileError`.
  public static func keepReference(
    _ picture: GrayImage, for camera: inout CameraFile, at path: String
  ) throws(CameraFileError) {
    let name = camera.reference ?? "\(camera.name).reference.png"
    let bytes: [UInt8]
    do {
      bytes = try picture.reduced(toWidth: referenceWidth).encodedAsPNG()
    } catch {
      throw CameraFileError(file: path, .reference(name, reason: "\(error)"))
    }
    try write(Data(bytes), to: beside(path, name))
    camera.reference = name
    camera.picture = PictureSize(width: picture.width, height: picture.height)
  }

  /// The fields of a camera and what follows it, ready to read with.
  public static func focus(
    of camera: CameraFile, at path: String
  ) throws(CameraFileError) -> FieldFocus {
    var follower: PictureFollower?
    if let reference = try reference(of: camera, at: path) {
      follower = PictureFollower(reference: reference)
      guard follower != nil else {
        throw CameraFileError(
          file: path,
          .reference(camera.reference ?? "", reason: "it shows nothing that could be followed"))
      }
    }
    do {
      return try FieldFocus(camera.fields, size: camera.picture, follower: follower)
    } catch {
      throw CameraFileError(
        file: path, .value(key: "pattern", found: error.source, asks: "\(error)"))
    }
  }

  /// Columns of a reference picture as it is kept.
  static let referenceWidth = 192
  private static let mostPictureBytes = 1 << 22

  private static func beside(_ path: String, _ name: String) -> String {
    path.lastIndex(of: "/").map { path[...$0] + name } ?? name
  }

  private static func text(of path: String) throws(CameraFileError) -> String {
    let bytes: [UInt8]
    do {
      bytes = try OpenFile(path).content(atMost: CameraFile.mostBytes + 1)
    } catch {
      throw CameraFileError(file: path, .unreadable(reason: "\(error)"))
    }
    guard bytes.count <= CameraFile.mostBytes else {
      throw CameraFileError(file: path, .tooLarge(most: CameraFile.mostBytes))
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw CameraFileError(file: path, .notYAML("it isn't UTF-8"))
    }
    return text
  }

  /// Puts a file in the place of another one at once, through one beside it.
  private static func write(_ data: Data, to path: String) throws(CameraFileError) {
    do {
      // A link leads to the file that is meant.
      let target = URL(filePath: path).resolvingSymlinksInPath()
      try data.write(to: target, options: .atomic)
    } catch {
      throw CameraFileError(file: path, .unwritable(reason: reasonText(error)))
    }
  }
}

extension GrayImage {
  /// The picture with at most so many columns, each pixel the mean of those that it covers.
  fileprivate func reduced(toWidth most: Int) -> GrayImage {
    guard width > most else { return self }
    let size = (width: most, height: max(1, (height * most + width / 2) / width))
    var reduced = GrayImage(width: size.width, height: size.height)
    for y in 0..<size.height {
      let rows = y * height / size.height..<max((y + 1) * height / size.height, 1)
      for x in 0..<size.width {
        let columns = x * width / size.width..<max((x + 1) * width / size.width, 1)
        var sum = 0
        for row in rows { for column in columns { sum += Int(pixels[row * width + column]) } }
        reduced.pixels[y * size.width + x] = UInt8(sum / max(rows.count * columns.count, 1))
      }
    }
    return reduced
  }
}
