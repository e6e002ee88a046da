import FoundationEssentials
import Inference

/// Models by name, of which those in a user's folder come first.
struct ModelSet: Sendable {
  private let folder: String?

  init(_ folder: String?) { self.folder = folder }

  /// Whether the folder has a model of this name.
  func holds(_ name: String) -> Bool { place(name) != nil }

  /// The folder of a model.
  ///
  /// - Throws: `ModelError.notFound`.
  func directory(of name: String) throws(ModelError) -> String {
    guard let place = place(name) else { return try ModelStore.directory(of: name) }
    return place
  }

  func load(_ name: String) throws(ModelError) -> Model {
    try Model(directory: directory(of: name))
  }

  private func place(_ name: String) -> String? {
    guard let folder, !name.contains("/"), !name.isEmpty, name != ".", name != ".." else {
      return nil
    }
    let place = "\(folder)/\(name)"
    return FileManager.default.fileExists(atPath: place + "/model.json") ? place : nil
  }
}
