import Bytes
import Images
import OnBoard
import Synchronization
import Text

/// What reads images: the host's reader or the firmware's.
protocol ImageReader: Sendable {
  /// - Throws: `GrayError` where the image cannot be decoded, or `FirmwareReaderError`.
  mutating func read(_ image: CapturedImage) throws -> Reading
}

extension TextReader: ImageReader {}
extension FirmwareReader: ImageReader {}

/// Readers for several images at once: the buffers of each serve one at a time.
final class SharedReader: Sendable {
  private let make: @Sendable () throws -> any ImageReader
  private let idle: Mutex<[any ImageReader]>
  private let places: Semaphore

  /// - Throws: as `make`, which is called at once, to see that it works, and as readers are needed.
  init(jobs: Int, make: @escaping @Sendable () throws -> any ImageReader) throws {
    self.make = make
    idle = Mutex([try make()])
    places = Semaphore(jobs)
  }

  /// A reading and what it took, waiting for a place left out.
  struct Timed: Sendable {
    let reading: Reading
    let milliseconds: Double
    /// Of one core.
    let processorMilliseconds: Double
  }

  /// Reads one image, once there is a place.
  ///
  /// - Throws: as `ImageReader`, where a JPEG is none, say.
  func read(_ image: CapturedImage) async throws -> Timed {
    await places.take()
    defer { places.give() }
    return try readNow(image)
  }

  private func readNow(_ image: CapturedImage) throws -> Timed {
    // The last that was used: it knows most widths of lines.
    var reader = try idle.withLock { $0.popLast() } ?? make()
    defer { idle.withLock { $0.append(reader) } }
    let (start, startOnCore) = (WallClock.nanoseconds(), WallClock.nanosecondsOfThread())
    let reading = try reader.read(image)
    return Timed(
      reading: reading, milliseconds: Double(WallClock.nanoseconds() - start) / 1e6,
      processorMilliseconds: Double(WallClock.nanosecondsOfThread() - startOnCore) / 1e6)
  }
}
