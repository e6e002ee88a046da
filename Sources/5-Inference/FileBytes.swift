internal import Glibc

/// Reads a whole regular file of at most `limit` bytes.
func fileBytes(_ path: String, limit: Int) throws(ModelError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    throw .unreadable(file: path, reason: String(cString: strerror(errno)))
  }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw .unreadable(file: path, reason: "not a regular file")
  }
  let size = Int(status.st_size)
  guard size <= limit else { throw .tooLarge(file: path, bytes: size, limit: limit) }

  var bytes = [UInt8](repeating: 0, count: size)
  var filled = 0
  while filled < size {
    let got = bytes.withUnsafeMutableBytes { buffer in
      read(descriptor, buffer.baseAddress.map { $0 + filled }, size - filled)
    }
    if got < 0 && errno == EINTR { continue }
    guard got >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
    if got == 0 { break }
    filled += got
  }
  bytes.removeLast(size - filled)
  return bytes
}
