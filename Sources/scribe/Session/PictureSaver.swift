import Dispatch
import Images
import Sinks
import Synchronization

/// Saves pictures on a queue of its own, so that neither a slow disk nor the compression of a PNG
/// delays the reading of a port, of images, or the output of text.
final class PictureSaver: Sendable {
  private struct Counts {
    var saved = 0
    /// Pictures skipped because the disk was too slow.
    var skipped = 0
    /// Pictures that could not be written.
    var failed = 0
    var isFull = false
  }

  /// Bytes of images that may wait for the disk; a board's pictures beyond them are skipped.
  private static let limit = 8 << 20
  /// Pictures of files that may wait.
  private let places = Semaphore(8)

  private let folder: PictureFolder
  private let most: Int
  private let display: StatusDisplay
  private let queue = DispatchQueue(label: "pictures")
  private let waiting = Atomic(0)
  private let counts = Mutex(Counts())

  /// - Parameters:
  ///   - path: the folder, made where it is missing.
  ///   - most: the number of pictures to save at most.
  ///   - display: shows, once each, that there are enough and that one can't be written.
  init(path: String, most: Int, display: StatusDisplay) {
    folder = PictureFolder(path: path)
    self.most = most
    self.display = display
  }

  /// Saves a board's picture, unless too many wait already.
  func offer(_ picture: SavedPicture) {
    let bytes = picture.image.payload.count
    let before = waiting.add(bytes, ordering: .relaxed).oldValue
    guard before <= Self.limit else {
      waiting.subtract(bytes, ordering: .relaxed)
      counts.withLock { $0.skipped += 1 }
      return
    }
    queue.async { [self] in
      save(picture)
      waiting.subtract(bytes, ordering: .relaxed)
    }
  }

  /// Saves a picture once there is room: files wait.
  func add(_ picture: SavedPicture) async {
    await places.take()
    queue.async { [self] in
      save(picture)
      places.give()
    }
  }

  /// Waits until all are saved, and tells how many.
  func finish() async {
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    let counts = counts.withLock { $0 }
    var text = "saved \(counted(counts.saved, "picture")) in \(folder.path)"
    if counts.skipped > 0 { text += "; the disk was too slow for \(counts.skipped)" }
    if counts.failed > 0 { text += "; \(counts.failed) could not be saved" }
    display.message(text)
  }

  private func save(_ picture: SavedPicture) {
    let (saved, isFull) = counts.withLock { ($0.saved, $0.isFull) }
    guard saved < most else {
      if !isFull {
        counts.withLock { $0.isFull = true }
        display.message(
          "\(counted(most, "picture")) saved in \(folder.path): no more are, see --save-most",
          style: .yellow)
      }
      return
    }
    do {
      let file = try picture.file()
      _ = try folder.save(file.bytes, name: picture.name, ending: file.ending)
      counts.withLock { $0.saved += 1 }
    } catch {
      let isFirst = counts.withLock { counts in
        counts.failed += 1
        return counts.failed == 1
      }
      if isFirst { display.message("\(error); reading goes on", style: .yellow) }
    }
  }
}
