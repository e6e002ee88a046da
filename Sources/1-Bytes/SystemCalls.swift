import Glibc

/// The system's words for an errno.
package func systemMessage(_ code: CInt) -> String {
  guard let text = strerror(code) else { return "error \(code)" }
  return String(cString: text)
}

/// Error codes of reads and writes when the other side is gone: EIO from a terminal whose other
/// side closed, ENXIO and ENODEV from a USB device that was pulled, ECONNRESET and EPIPE from
/// sockets.
let hangUpCodes: [CInt] = [EIO, ENXIO, ENODEV, ECONNRESET, EPIPE]

/// Repeats a call that a signal interrupted.
func retrying<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result != -1 || errno != EINTR { return result }
  }
}

/// Nanoseconds since 1970 that never go back: the wall clock at first use plus steady time.
public enum WallClock {
  private static let origin: (wall: UInt64, steady: UInt64) = (
    read(CLOCK_REALTIME), read(CLOCK_MONOTONIC)
  )

  public static func nanoseconds() -> UInt64 {
    let origin = Self.origin
    return origin.wall &+ (read(CLOCK_MONOTONIC) &- origin.steady)
  }

  /// Processor time of the calling thread.
  public static func nanosecondsOfThread() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

/// The target of `path` with every symbolic link followed, or nil where it does not exist.
func resolvedPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// The target of the symbolic link `path`, or nil if it is none.
func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
  let count = readlink(path, &buffer, buffer.count)
  return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
}

/// Names in a folder without `.` and `..`, sorted; empty where it cannot be read.
func folderNames(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let capacity = MemoryLayout.size(ofValue: entry.pointee.d_name)
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// A small text file, as those of /proc; nil where it cannot be read.
func smallFile(_ path: String) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var content: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while content.count < 1 << 20 {
    let count = retrying { read(descriptor, &buffer, buffer.count) }
    guard count > 0 else { break }
    content += buffer[..<count]
  }
  return String(decoding: content, as: UTF8.self)
}

/// Runs `body` on a thread of its own.
///
/// - Throws: the errno of `pthread_create`.
package func startThread(_ body: @escaping @Sendable () -> Void) throws(ThreadFailure) {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  let box = Unmanaged.passRetained(Body(body))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, nil,
    { argument in
      if let argument {
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
      }
      return nil
    }, box.toOpaque())
  guard code == 0 else {
    box.release()
    throw ThreadFailure(code: code)
  }
  pthread_detach(thread)
}

package struct ThreadFailure: Error {
  package let code: CInt
}
