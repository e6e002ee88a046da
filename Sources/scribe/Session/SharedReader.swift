import Bytes
import Images
import Synchronization
import Text

/// Readers for several images at once: each has buffers for one image at a time.
final class SharedReader: Sendable {
  private let make: @Sendable () throws -> any GrayReader
  private let idle: Mutex<[any GrayReader]>
  private let places: Semaphore
  /// The mount of the cameras, as far as the user tells it.
  private let mount: MountKnowledge

  /// - Throws: the error of `make`, which is called at once, to see that it works, and again as
  ///   readers are needed.
  init(
    jobs: Int, mount: MountKnowledge, make: @escaping @Sendable () throws -> any GrayReader
  ) throws {
    self.mount = mount
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
    /// Whether it was read with a mount that was searched and found.
    let hasFoundMount: Bool
    /// Whether mounts were tried.
    let hasSearchedMount: Bool
  }

  /// Reads one image, once there is a place. If the user told no mount, the one that was found
  /// before is taken.
  ///
  /// - Parameters:
  ///   - image: the image.
  ///   - found: the mount of images before it.
  ///   - told: a mount that was told since; taken before all others.
  /// - Returns: the reading and its time.
  /// - Throws: as `GrayReader`, for instance for an invalid JPEG.
  func read(
    _ image: CapturedImage, mount found: MountKnowledge = .unknown, told: Mount? = nil
  ) async throws -> Timed {
    await places.take()
    defer { places.give() }
    return try readNow(
      image, told.map(MountKnowledge.known) ?? (mount == .unknown ? found : mount))
  }

  /// The mount that the user told before the start.
  var toldMount: Mount? { if case .known(let mount) = mount { mount } else { nil } }

  private func readNow(_ image: CapturedImage, _ mount: MountKnowledge) throws -> Timed {
    // The reader used last: it knows most widths of lines.
    var reader = try idle.withLock { $0.popLast() } ?? make()
    defer { idle.withLock { $0.append(reader) } }
    let (start, startOnCore) = (WallClock.nanoseconds(), WallClock.nanosecondsOfThread())
    let result = try reader.read(image, mount: mount)
    return Timed(
      reading: result.reading, milliseconds: Double(WallClock.nanoseconds() - start) / 1e6,
      processorMilliseconds: Double(WallClock.nanosecondsOfThread() - startOnCore) / 1e6,
      hasFoundMount: mount == .unknown && result.reading.mount != .upright,
      hasSearchedMount: result.hasSearched)
  }
}
