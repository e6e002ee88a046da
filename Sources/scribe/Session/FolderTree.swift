import Bytes
import FoundationEssentials
import Glibc

/// The image files in a folder and all below it: those of a folder first, then those of its
/// subfolders, each by name with numbers by their value.
///
/// What is hidden is left out. Links to files are followed, those to folders are not, so that no
/// file comes twice and no walk is endless.
struct FolderTree {
  private let root: String
  private let endings: Set<String>
  private var files: ArraySlice<String> = []
  /// Folders that are still to be looked into, the next one last.
  private var folders: [String]
  private var isEmpty = true

  init(_ root: String, endings: Set<String>) {
    (self.root, self.endings) = (root, endings)
    folders = [root]
  }

  /// The next file, or an error where a folder can't be read; nil behind the last.
  mutating func next() -> Result<String, ImageFileError>? {
    while true {
      if let file = files.popFirst() {
        isEmpty = false
        return .success(file)
      }
      guard let folder = folders.popLast() else { break }
      do throws(ImageFileError) {
        try look(into: folder)
      } catch {
        isEmpty = false
        return .failure(error)
      }
    }
    guard isEmpty else { return nil }
    isEmpty = false
    return .failure(
      .unreadable(path: root, reason: Folder.noFile("in this folder and those in it", endings)))
  }

  private mutating func look(into folder: String) throws(ImageFileError) {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw .unreadable(path: folder, reason: reasonText(error))
    }
    var (files, subfolders) = ([String](), [String]())
    for name in names.filter({ !$0.hasPrefix(".") }).sorted(by: Self.precedes) {
      let path = Folder.path(folder, name)
      switch Self.kind(of: path) {
      case .folder: subfolders.append(path)
      case .file where Folder.ends(name, in: endings): files.append(path)
      case .file, .other: break
      }
    }
    self.files = files[...]
    folders += subfolders.reversed()
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    // `01` and `1` are the same number.
    naturallyPrecedes(a, b) || (!naturallyPrecedes(b, a) && a < b)
  }

  private enum Kind { case file, folder, other }

  private static func kind(of path: String) -> Kind {
    var status = stat()
    guard lstat(path, &status) == 0 else { return .other }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    case S_IFLNK:
      // A link that leads nowhere is told of when it is read.
      guard stat(path, &status) == 0 else { return .file }
      return status.st_mode & S_IFMT == S_IFREG ? .file : .other
    default: return .other
    }
  }
}
