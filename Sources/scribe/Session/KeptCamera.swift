import Cameras
import Gray
import Images
import Page
import Synchronization
import Text
import Values

/// What a page keeps of a camera: in the camera's file, or where it has none until the program ends.
///
/// The page's boxes are those of the newest picture, upright; the file's those of its reference
/// picture, which may have another size.
final class KeptCamera: CameraKeeper {
  private let path: String?
  private let file: Mutex<CameraFile>
  private let values: SharedValues
  private let mount: SessionMount
  private let newest: @Sendable () -> CapturedImage?

  /// - Parameters:
  ///   - loaded: the camera's file; nil for none.
  ///   - values: takes the fields for the next image.
  ///   - mount: tells how the newest picture is turned.
  ///   - newest: gives the newest picture; nil where none came.
  init(
    _ loaded: LoadedCamera?, values: SharedValues, mount: SessionMount,
    newest: @escaping @Sendable () -> CapturedImage?
  ) {
    path = loaded?.path
    file = Mutex(loaded?.file ?? CameraFile(name: "camera"))
    (self.values, self.mount, self.newest) = (values, mount, newest)
  }

  var isLasting: Bool { path != nil }

  var fields: [Field] {
    let file = file.withLock { $0 }
    if let (place, whole) = newest()?.uprightPart(usualMount) {
      return file.fields.map { field in
        var field = field.scaled(from: file.picture ?? whole, to: whole)
        field.box.x -= place.x
        field.box.y -= place.y
        return field
      }
    }
    guard let reference = file.picture, let picture = picture else { return file.fields }
    return file.fields.map { $0.scaled(from: reference, to: picture.size) }
  }

  func store(_ fields: [Field]) throws(WishError) {
    var changed = file.withLock { $0 }
    guard newest()?.region == nil else {
      throw .unavailable("fields are drawn in the whole picture, and the board sends a part of it")
    }
    guard let picture else { throw .unavailable("there is no picture yet") }
    let reference = changed.picture ?? picture.size
    changed.fields = fields.map { $0.scaled(from: picture.size, to: reference) }
    let focus: FieldFocus
    do {
      if let path {
        if changed.reference == nil || changed.picture == nil {
          try CameraFileStore.keepReference(picture, for: &changed, at: path)
        }
        focus = try CameraFileStore.focus(of: changed, at: path)
        try CameraFileStore.save(changed, to: path)
      } else {
        changed.picture = reference
        focus = try FieldFocus(
          changed.fields, size: reference, follower: PictureFollower(reference: picture))
      }
    } catch {
      throw .failed("\(error)")
    }
    file.withLock { [changed] in $0 = changed }
    values.replace(focus)
  }

  func store(_ mount: Mount) throws(WishError) {
    var changed = file.withLock { $0 }
    changed.mount = mount
    if let path {
      do {
        try CameraFileStore.save(changed, to: path)
      } catch {
        throw .failed("\(error)")
      }
    }
    file.withLock { [changed] in $0 = changed }
  }

  /// The newest picture, upright; nil where none can be shown.
  private var picture: GrayImage? {
    guard let image = newest(), let decoded = try? DecodedImage(image) else { return nil }
    return decoded.gray.uprighted(from: usualMount)
  }

  private var usualMount: Mount { mount.told ?? mount.found ?? .upright }
}

extension GrayImage {
  fileprivate var size: PictureSize { PictureSize(width: width, height: height) }
}

extension Field {
  /// The field in a picture of another size.
  fileprivate func scaled(from old: PictureSize, to new: PictureSize) -> Field {
    guard old != new else { return self }
    func scaled(_ value: Int, _ old: Int, _ new: Int) -> Int { (value * new + old / 2) / old }
    var field = self
    field.box = PixelBox(
      x: scaled(box.x, old.width, new.width), y: scaled(box.y, old.height, new.height),
      width: max(1, scaled(box.width, old.width, new.width)),
      height: max(1, scaled(box.height, old.height, new.height)))
    return field
  }
}
