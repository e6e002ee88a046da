import Dispatch
import Gray
import Synchronization

/// The images that a command line names, as files, folders and lists.
///
/// Lists and folders with subfolders are looked through while images are read, on a thread of their
/// own: a list may come as slowly as a program writes it.
final class ImagePaths: Sendable {
  private let queue = DispatchQueue(label: "paths")
  private let walk: Mutex<Walk>
  private let isStopped = StopFlag()
  /// Whether it is known that there is one image, no more.
  let isSingle: Bool

  /// - Parameters:
  ///   - images: files, folders, or `-` for an image on standard input.
  ///   - lists: files with a path a line, or `-` for such a list on standard input.
  ///   - isNullSeparated: as for `PathList`.
  ///   - isRecursive: whether folders are read with their subfolders.
  init(_ images: [String], lists: [String], isNullSeparated: Bool, isRecursive: Bool) {
    var walk = Walk(isNullSeparated: isNullSeparated, isRecursive: isRecursive)
    walk.places = images.flatMap { walk.places(at: $0) }[...] + lists.map { .list($0) }
    self.walk = Mutex(walk)
    isSingle =
      if walk.places.count == 1, case .image = walk.places[0] { true } else { false }
  }

  /// The next image, or the reason why some can't be had; nil behind the last.
  func next() async -> Result<String, ImageFileError>? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async {
          continuation.resume(
            returning: self.walk.withLock { $0.next(isStopped: { self.isStopped.isSet }) })
        }
      }
    } onCancel: {
      isStopped.set()
    }
  }
}

/// The way through all that is named.
private struct Walk {
  enum Place {
    case image(String)
    case failure(ImageFileError)
    case tree(String)
    case list(String)
  }

  let isNullSeparated: Bool
  let isRecursive: Bool
  var places: ArraySlice<Place> = []
  private var tree: FolderTree?
  private var list: PathList?
  /// The images of a folder that a list names.
  private var listed: ArraySlice<Place> = []

  init(isNullSeparated: Bool, isRecursive: Bool) {
    self.isNullSeparated = isNullSeparated
    self.isRecursive = isRecursive
  }

  /// The image, those of a folder, or a folder to walk through.
  func places(at path: String) -> [Place] {
    guard path != "-" else { return [.image(path)] }
    if isRecursive, Folder.exists(path) { return [.tree(path)] }
    do throws(ImageFileError) {
      let files = try Folder.files(in: path, of: ImageFileKind.endings) ?? [path]
      return files.map { .image($0) }
    } catch {
      return [.failure(error)]
    }
  }

  mutating func next(isStopped: () -> Bool) -> Result<String, ImageFileError>? {
    while true {
      if let found = tree?.next() { return found }
      tree = nil
      guard let place = nextPlace(isStopped) else { return nil }
      switch place {
      case .image(let path): return .success(path)
      case .failure(let error): return .failure(error)
      case .tree(let path): tree = FolderTree(path, endings: ImageFileKind.endings)
      case .list(let path):
        do throws(ImageFileError) {
          list = try PathList(path, isNullSeparated: isNullSeparated)
        } catch {
          return .failure(error)
        }
      }
    }
  }

  /// The next place of the list that is being read, or else of the command line.
  private mutating func nextPlace(_ isStopped: () -> Bool) -> Place? {
    if let place = listed.popFirst() { return place }
    do throws(ImageFileError) {
      if let path = try list?.next(isStopped: isStopped) {
        listed = places(at: path)[...]
        return listed.popFirst()
      }
    } catch {
      list = nil
      return .failure(error)
    }
    list = nil
    return places.popFirst()
  }
}
