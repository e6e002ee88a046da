import Bytes
import FoundationEssentials

/// Folders in place of files.
enum Folder {
  /// The files with one of these extensions, by name; nil where `path` is no folder.
  ///
  /// - Throws: an error if the folder can't be read or has no such files.
  static func files(
    in path: String, of endings: Set<String>
  ) throws(ImageFileError) -> [String]? {
    guard exists(path) else { return nil }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw .unreadable(path: path, reason: reasonText(error))
    }
    let found = names.filter { ends($0, in: endings) }
    guard !found.isEmpty else {
      throw .unreadable(path: path, reason: noFile("in this folder", endings))
    }
    return found.sorted().map { self.path(path, $0) }
  }

  /// Whether `path` is a folder, or a link to one.
  static func exists(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  /// Whether a file of this name is one with one of these extensions.
  static func ends(_ name: String, in endings: Set<String>) -> Bool {
    endings.contains { ending in
      name.count > ending.count + 1 && name.lowercased().hasSuffix(".\(ending)")
    }
  }

  static func path(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// The reason why a folder is of no use.
  static func noFile(_ place: String, _ endings: Set<String>) -> String {
    "no file \(place) ends in \(endings.sorted().joined(separator: ", "))"
  }
}
