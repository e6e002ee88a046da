import Glibc

/// The symbolic link under which a simulated board is found, as udev gives names to real ones.
///
/// Only links that a simulator made are ever replaced or removed. Two simulators can't use one
/// path: each holds a Unix socket of the abstract namespace named after it, which vanishes with its
/// process.
struct DeviceLink: ~Copyable {
  /// Nil for a board without a link: then none is ever made.
  let path: String?
  private let claim: Int32
  private var target: String?

  /// Claims the path; makes nothing yet.
  ///
  /// - Throws: `.linkPathTaken` if the path is anything but a link to a pseudo-terminal, `.linkInUse`
  ///   if another simulator has it, `.linkNotMade` if the folder is missing.
  init(path: String?) throws(BoardError) {
    guard let path else {
      self.path = nil
      claim = -1
      return
    }
    let slash = path.lastIndex(of: "/")
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let folder = slash.map { String(path[...$0]) } ?? "."
    guard !name.isEmpty else { throw .linkPathTaken(path: path) }
    guard let real = realpath(folder, nil) else {
      throw .linkNotMade(path: path, errorNumber: errno)
    }
    defer { free(real) }
    try Self.requireFree(path)
    let claim = try Self.claim("\(String(cString: real))/\(name)", path: path)
    self.path = path
    self.claim = claim
  }

  deinit {
    remove()
    if claim >= 0 { close(claim) }
  }

  /// Makes the link, or points it to another device.
  mutating func point(to device: String) throws(BoardError) {
    guard let path else { return }
    remove()
    try Self.requireFree(path)
    guard unlink(path) == 0 || errno == ENOENT, symlink(device, path) == 0 else {
      throw .linkNotMade(path: path, errorNumber: errno)
    }
    target = device
  }

  /// Removes the link if it still is this simulator's.
  mutating func takeAway() {
    remove()
    target = nil
  }

  private borrowing func remove() {
    if let path, let target, Self.target(of: path) == target { unlink(path) }
  }

  /// Requires that the path is free, or a link to a pseudo-terminal that a killed simulator left
  /// behind.
  private static func requireFree(_ path: String) throws(BoardError) {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw .linkNotMade(path: path, errorNumber: errno)
    }
    guard target(of: path)?.hasPrefix("/dev/pts/") == true else {
      throw .linkPathTaken(path: path)
    }
  }

  private static func target(of path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { readlink(path, $0.assumingMemoryBound(to: CChar.self), bytes.count) }
        ?? -1
    }
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
  }

  private static func claim(_ resolved: String, path: String) throws(BoardError) -> Int32 {
    let handle = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard handle >= 0 else { throw .linkNotMade(path: path, errorNumber: errno) }
    // FNV-1a: a path may be longer than the name of a socket.
    let hash = resolved.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    let name = "\0scribe-simulate-" + String(hash, radix: 16)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
    let length = MemoryLayout<sa_family_t>.size + name.utf8.count
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, socklen_t(length))
      }
    }
    guard status == 0 else {
      let number = errno
      close(handle)
      throw number == EADDRINUSE
        ? .linkInUse(path: path) : .linkNotMade(path: path, errorNumber: number)
    }
    return handle
  }
}
