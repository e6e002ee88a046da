internal import Glibc

/// Finds models on disk.
public enum ModelStore {
  /// The environment variable that names a folder of models.
  public static let variable = "SERIALSCRIBE_MODELS"
  /// Folders of installed models. The first goes with the program, wherever it was installed.
  static let besideProgram = "../share/serialscribe/models"
  static let installed = ["/usr/local/share/serialscribe/models", "/usr/share/serialscribe/models"]

  /// Loads a model by name, or from a folder if `name` contains a slash.
  ///
  /// A name is looked for in `$SERIALSCRIBE_MODELS`, in `../share/serialscribe/models` from the
  /// program, in the `models` folders beside and above the program and the working directory, and in
  /// `/usr/local/share/serialscribe/models` and `/usr/share/serialscribe/models`.
  public static func load(_ name: String) throws(ModelError) -> Model {
    try Model(directory: directory(of: name))
  }

  /// The folder that `load` would use.
  public static func directory(of name: String) throws(ModelError) -> String {
    if name.contains("/") {
      guard holdsModel(name) else { throw .notFound(name: name, searched: [name]) }
      return name
    }
    let candidates = folders().map { "\($0)/\(name)" }
    guard !name.isEmpty, name != ".", name != "..", let found = candidates.first(where: holdsModel)
    else { throw .notFound(name: name, searched: candidates) }
    return found
  }

  /// A file or folder that lies beside models, in the first of the folders that has it; nil for none.
  package static func path(of name: String) -> String? {
    folders().map { "\($0)/\(name)" }.first { access($0, F_OK) == 0 }
  }

  /// The folders of all models that `load` finds by a name, by name.
  public static func all() -> [String] {
    var places: [String: String] = [:]
    for folder in folders() {
      for name in names(in: folder)
      where places[name] == nil && holdsModel("\(folder)/\(name)") {
        places[name] = "\(folder)/\(name)"
      }
    }
    return places.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Names in a folder; none where it can't be read.
  private static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// Folders of models in the order of the search, without repetitions.
  static func folders() -> [String] {
    var folders: [String] = []
    if let value = getenv(variable) {
      folders.append(String(cString: value))
    }
    if let program = program() { folders.append("\(program)/\(besideProgram)") }
    for start in [program(), workingDirectory()] {
      guard var path = start else { continue }
      while true {
        folders.append(path == "/" ? "/models" : "\(path)/models")
        guard path != "/", let slash = path.lastIndex(of: "/") else { break }
        path = slash == path.startIndex ? "/" : String(path[..<slash])
      }
    }
    folders += installed
    var seen: Set<String> = []
    return folders.filter { seen.insert($0).inserted }
  }

  private static func holdsModel(_ directory: String) -> Bool {
    access("\(directory)/model.json", F_OK) == 0
  }

  /// The folder of the running program.
  private static func program() -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes -> Int in
      guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return readlink("/proc/self/exe", start, bytes.count)
    }
    guard count > 0, count < buffer.count else { return nil }
    let path = String(decoding: buffer[..<count], as: UTF8.self)
    guard let slash = path.lastIndex(of: "/") else { return nil }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func workingDirectory() -> String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}
