import Bytes
import Images
import Synchronization
import Text
import Values

/// Readers for several images at once: each has buffers for one image at a time.
final class SharedReader: Sendable {
  typealias Make = @Sendable () throws -> any GrayReader

  private struct Readers {
    var make: Make
    var idle: [KeptReader]
    /// Counts replacements: a reader that was at work at one is not used again.
    var edition = 0
  }

  private let readers: Mutex<Readers>
  private let places: Semaphore
  /// The mount of the cameras, as far as the user tells it.
  private let mount: MountKnowledge

  /// - Throws: the error of `make`, which is called at once, to see that it works, and again as
  ///   readers are needed.
  init(
    jobs: Int, mount: MountKnowledge, make: @escaping Make
  ) throws {
    self.mount = mount
    readers = Mutex(Readers(make: make, idle: [KeptReader(try make())]))
    places = Semaphore(jobs)
  }

  /// Reads the images that come from now on with other readers.
  ///
  /// - Throws: the error of `make`; the readers before then stay.
  func replace(make: @escaping Make) throws {
    let first = KeptReader(try make())
    readers.withLock { readers in
      readers = Readers(make: make, idle: [first], edition: readers.edition + 1)
    }
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
    /// The movement of a camera with fields; nil where it was moved too far.
    let motion: PictureMotion?
  }

  /// Reads one image, once there is a place.
  ///
  /// - Parameters:
  ///   - image: the image.
  ///   - found: the mount of its camera, told by its file or found before; where it is unknown, the
  ///     user's.
  ///   - focus: the fields of its camera.
  /// - Returns: the reading, with its times.
  ///
  /// - Throws: as `GrayReader`, for instance for an invalid JPEG.
  func read(
    _ image: CapturedImage, mount found: MountKnowledge = .unknown, for focus: FieldFocus? = nil
  ) async throws -> Timed {
    await places.take()
    defer { places.give() }
    return try readNow(image, found == .unknown ? mount : found, focus)
  }

  /// The mount that the user told before the start.
  var toldMount: Mount? { if case .known(let mount) = mount { mount } else { nil } }

  private func readNow(
    _ image: CapturedImage, _ mount: MountKnowledge, _ focus: FieldFocus?
  ) throws -> Timed {
    // The reader used last: it knows most widths of lines.
    let (idle, make, edition) = readers.withLock { ($0.idle.popLast(), $0.make, $0.edition) }
    var reader = try idle ?? KeptReader(make())
    defer {
      readers.withLock { if $0.edition == edition { $0.idle.append(reader) } }
    }
    let (start, startOnCore) = (WallClock.nanoseconds(), WallClock.nanosecondsOfThread())
    let result: MountedReading
    var motion: PictureMotion? = PictureMotion.none
    if let focus {
      var focused = FocusedReader(reader, for: focus)
      result = try focused.read(image, mount: mount)
      motion = focused.motion
    } else {
      result = try reader.read(image, mount: mount)
    }
    return Timed(
      reading: result.reading, milliseconds: Double(WallClock.nanoseconds() - start) / 1e6,
      processorMilliseconds: Double(WallClock.nanosecondsOfThread() - startOnCore) / 1e6,
      hasFoundMount: mount == .unknown && result.reading.mount != .upright,
      hasSearchedMount: result.hasSearched, motion: motion)
  }
}
