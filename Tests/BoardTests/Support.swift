import Board
import Foundation
import Glibc
import Gray
import Images
import Synchronization

/// A sheet with this text, in the usual font.
func sheet(
  _ text: String, size: ImageSize = .qvga, textHeight: Double? = nil
) throws -> TypeSheet {
  try Typesetter(font: try OutlineFont(), imageSize: size).set(text, textHeight: textHeight)
}

/// An image with all gray levels, edges and some disorder.
func patternImage(width: Int, height: Int, seed: UInt64 = 1) -> GrayImage {
  var random = SplitMix64(seed: seed)
  var image = GrayImage(width: width, height: height)
  for y in 0..<height {
    for x in 0..<width {
      let ramp = (x * 255 / max(1, width - 1) + y) % 256
      image.pixels[y * width + x] =
        (x / 8 + y / 8) % 5 == 0 ? UInt8(truncatingIfNeeded: random.next()) : UInt8(ramp)
    }
  }
  return image
}

/// The box of all pixels darker than mid-gray, or nil if there is none.
func inkBox(_ image: GrayImage) -> PixelBox? {
  var box: PixelBox?
  for y in 0..<image.height {
    for x in 0..<image.width where image.pixels[y * image.width + x] < 128 {
      let pixel = PixelBox(x: x, y: y, width: 1, height: 1)
      box = box?.union(pixel) ?? pixel
    }
  }
  return box
}

/// A folder of its own for each test, deleted afterwards.
final class Scratch: Sendable {
  let folder: URL

  init() throws {
    folder = URL(filePath: NSTemporaryDirectory()).appending(path: "board-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: folder.appending(path: name))
    return path(name)
  }
}

/// Runs blocking work in a thread of its own.
func inThread<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
  }
}

/// Blocking work in a thread of its own, from now on. An `async let` would begin it once the pool has
/// a thread to spare, which may be minutes later.
final class Started<T: Sendable>: Sendable {
  private let result = Mutex<Result<T, any Error>?>(nil)

  init(_ work: @escaping @Sendable () throws -> T) {
    Thread.detachNewThread {
      let ended = Result(catching: work)
      self.result.withLock { $0 = ended }
    }
  }

  func value() async throws -> T {
    while true {
      if let result = result.withLock({ $0 }) { return try result.get() }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

/// Opens a device as a program opens a serial port; waits until it is there.
func openDevice(_ path: String) throws -> Int32 {
  for _ in 0..<36_000 {
    let handle = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    if handle >= 0 { return handle }
    usleep(5000)
  }
  throw DeviceNeverCame(path: path)
}

struct DeviceNeverCame: Error { let path: String }

/// Reads until the other end hangs up, or there are `count` bytes. Blocking.
func readDevice(_ handle: Int32, upTo count: Int = .max) -> [UInt8] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 16384)
  while bytes.count < count {
    var state = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
    // Minutes of silence are a failure of the test, not of a machine that is busy with others.
    // Other tests' children end while this one waits, and their signals interrupt it.
    let ready = poll(&state, 1, 300_000)
    if ready < 0, errno == EINTR { continue }
    guard ready > 0 else { break }
    let read = buffer.withUnsafeMutableBytes {
      Glibc.read(handle, $0.baseAddress, min($0.count, count - bytes.count))
    }
    if read < 0, errno == EINTR || errno == EAGAIN { continue }
    guard read > 0 else { break }
    bytes += buffer.prefix(read)
  }
  return bytes
}
