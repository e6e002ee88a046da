import Bytes
import Images
import OnBoard
import Synchronization
import Text

/// A reader of images: the host's or the firmware's.
protocol ImageReader: Sendable {
  /// - Throws: `GrayError` where the image cannot be decoded, or `FirmwareReaderError`.
  mutating func read(_ image: CapturedImage) throws -> Reading
}

extension TextReader: ImageReader {}
extension FirmwareReader: ImageReader {}

/// Readers for several images at once: each has buffers for one image at a time.
final class SharedReader: Sendable {
  private let make: @Sendable () throws -> any ImageReader
  private let idle: Mutex<[any ImageReader]>
  private let places: Semaphore

  /// - Throws: the error of `make`, which is called at once, to see that it works, and again as
  ///   readers are needed.
  init(jobs: Int, make: @escaping @Sendable () throws -> any ImageReader) throws {
    self.make = make
    idle = Mutex([try make()])
    places = Semaphore(jobs)
  }

  /// A reading and its time, without the wait for a place.
  struct Timed: Sendable {
    let reading: Reading
    let milliseconds: Double
    /// Processor time of one core.
    let processorMilliseconds: Double
  }

  /// Reads one image, once there is a place.
  ///
  /// - Throws: as `ImageReader`, for instance for an invalid JPEG.
  func read(_ image: CapturedImage) async throws -> Timed {
    await places.take()
    defer { places.give() }
    return try readNow(image)
  }

  private func readNow(_ image: CapturedImage) throws -> Timed {
    // The reader used last: it knows most widths of lines.
    var reader = try idle.withLock { $0.popLast() } ?? make()
    defer { idle.withLock { $0.append(reader) } }
    let (start, startOnCore) = (WallClock.nanoseconds(), WallClock.nanosecondsOfThread())
    let reading = try reader.read(image)
    return Timed(
      reading: reading, milliseconds: Double(WallClock.nanoseconds() - start) / 1e6,
      processorMilliseconds: Double(WallClock.nanosecondsOfThread() - startOnCore) / 1e6)
  }
}
