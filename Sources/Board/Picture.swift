import Glibc
public import Gray
public import Images

/// The picture before the board's camera: a still that never changes, or a scene that is
/// photographed anew for every image.
public struct Picture: Sendable {
  public let size: ImageSize
  let content: Content

  enum Content: Sendable {
    case still(GrayImage)
    /// A JPEG file is sent unchanged when the board sends JPEG, without a second loss.
    case jpegFile([UInt8], GrayImage)
    case scene(Scene, CameraModel, Mount)
  }

  private init(size: ImageSize, content: Content) {
    self.size = size
    self.content = content
  }

  /// A still: every image has exactly these pixels.
  public init(_ gray: GrayImage) {
    self.init(size: ImageSize(width: gray.width, height: gray.height), content: .still(gray))
  }

  /// A scene, with new noise in every image.
  public init(_ scene: Scene, camera: CameraModel = CameraModel(), mount: Mount = .upright) {
    self.init(
      size: scene.sheet.imageSize.upright(mount), content: .scene(scene, camera, mount))
  }

  /// An image file, in its own size or scaled to `size`, as a camera mounted as `mount` sees it.
  ///
  /// - Throws: an error if the file is missing, or no image.
  public init(
    file path: String, scaledTo size: ImageSize? = nil, mount: Mount = .upright
  ) throws(BoardError) {
    let bytes = try readFile(path)
    do throws(GrayError) {
      let file = try CapturedImage(file: bytes)
      let decoded = try DecodedImage(file)
      let gray = decoded.gray
      let size = size?.upright(mount)
      // A file that tells of being turned isn't sent as it is: the host would turn it once more.
      let isAsSent = decoded.exif == .upright && decoded.halvings == 0 && mount == .upright
      if let size, size.width != gray.width || size.height != gray.height {
        self.init(gray.fitted(into: size).mounted(mount))
      } else if file.format == .jpeg, isAsSent {
        self.init(
          size: ImageSize(width: gray.width, height: gray.height), content: .jpegFile(bytes, gray))
      } else {
        self.init(gray.mounted(mount))
      }
    } catch {
      throw .imageUnreadable(path: path, error)
    }
  }

  /// The pictures of files and folders, in the order given; a folder stands for its image files
  /// sorted by name.
  ///
  /// - Throws: an error for the first path that is missing, holds no image, or can't be read.
  public static func load(
    _ paths: [String], scaledTo size: ImageSize? = nil, mount: Mount = .upright
  ) throws(BoardError) -> [Picture] {
    var pictures: [Picture] = []
    for path in paths {
      for file in try imageFiles(at: path) {
        pictures.append(try Picture(file: file, scaledTo: size, mount: mount))
      }
    }
    return pictures
  }
}

/// The file itself, or the sorted images of a folder.
private func imageFiles(at path: String) throws(BoardError) -> [String] {
  var status = stat()
  guard stat(path, &status) == 0 else { throw .fileMissing(path: path, errorNumber: errno) }
  guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
  guard let folder = opendir(path) else {
    throw .fileUnreadable(path: path, errorNumber: errno)
  }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
      field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    let ending = name.lowercased().split(separator: ".").last.map(String.init) ?? ""
    if !name.hasPrefix("."), name.contains("."), ImageFileKind.endings.contains(ending) {
      names.append(name)
    }
  }
  guard !names.isEmpty else { throw .folderEmpty(path: path) }
  let base = path.hasSuffix("/") ? path : path + "/"
  return names.sorted().map { base + $0 }
}

/// The bytes of a regular file.
private func readFile(_ path: String) throws(BoardError) -> [UInt8] {
  // Without O_NONBLOCK opening a FIFO would wait for its writer.
  let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard file >= 0 else {
    let number = errno
    throw number == ENOENT
      ? .fileMissing(path: path, errorNumber: number)
      : .fileUnreadable(path: path, errorNumber: number)
  }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw .fileUnreadable(path: path, errorNumber: EINVAL)
  }
  guard status.st_size <= 1 << 28 else { throw .fileUnreadable(path: path, errorNumber: EFBIG) }
  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  var filled = 0
  while filled < bytes.count {
    let count = bytes.withUnsafeMutableBytes { buffer in
      buffer.baseAddress.map { read(file, $0 + filled, buffer.count - filled) } ?? 0
    }
    if count < 0, errno == EINTR { continue }
    guard count >= 0 else { throw .fileUnreadable(path: path, errorNumber: errno) }
    if count == 0 { break }
    filled += count
  }
  bytes.removeLast(bytes.count - filled)
  return bytes
}
