package import FoundationEssentials
package import Inference
import Lines

/// A folder of networks that were taught together, which take the place of those of the same names.
package struct TaughtSet: Sendable {
  /// Written last: who sees another one finds all networks of it.
  package static let record = "taught.json"

  private var members: [Member]
  /// SHA-256 of what was learned from.
  private let dataHash: String

  private struct Member {
    let model: ModelFolder
    var readme: String?
  }

  /// A set of networks that stay as an earlier one has them.
  package init(keeping kept: [ModelFolder] = [], dataHash: String) {
    members = kept.map { Member(model: $0) }
    self.dataHash = dataHash
  }

  /// Takes up a network that learned, in the place of the one that it was.
  ///
  /// - Throws: `ModelError` if it isn't a model.
  package mutating func take(_ network: TaughtNetwork) throws(ModelError) {
    members.removeAll { $0.model.model.name == network.name }
    members.append(
      Member(model: try network.finished(dataHash: dataHash), readme: network.readme))
  }

  /// SHA-256 over lines as networks see them, and what they say.
  package static func dataHash(_ lines: [TaughtLine], _ replay: ReplaySet) -> String {
    var bytes: [UInt8] = []
    for line in lines {
      bytes += Array(line.text.utf8) + [0]
      for view in line.views { bytes += view.coverage }
    }
    for line in replay.replayed + replay.checked {
      bytes += Array(line.text.utf8) + line.image.coverage
    }
    return SHA256.hexDigest(of: bytes)
  }

  /// Whether a folder may be written: there is none, it is empty, or it is a set.
  package static func mayReplace(_ folder: URL) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.isEmpty || names.contains(record)
  }

  /// Writes the set; other networks of an earlier one are removed.
  ///
  /// - Throws: an error of the file system, or `ModelError`.
  package func write(to folder: URL) throws {
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    let names = Set(members.map(\.model.model.name))
    for member in members { try write(member, to: folder) }
    for name in try files.contentsOfDirectory(atPath: folder.path)
    where !names.contains(name)
      && files.fileExists(atPath: folder.appending(path: "\(name)/model.json").path)
    {
      try files.removeItem(at: folder.appending(path: name))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let record = Record(dataHash: dataHash, networks: names.sorted())
    try (encoder.encode(record) + Data("\n".utf8))
      .write(to: folder.appending(path: Self.record), options: .atomic)
  }

  private struct Record: Encodable {
    let dataHash: String
    let networks: [String]

    enum CodingKeys: String, CodingKey {
      case networks
      case dataHash = "data_sha256"
    }
  }

  /// Writes a model beside the one that it replaces, then puts it in its place.
  private func write(_ member: Member, to folder: URL) throws {
    let files = FileManager.default
    let name = member.model.model.name
    let (place, fresh) = (folder.appending(path: name), folder.appending(path: ".\(name).new"))
    try? files.removeItem(at: fresh)
    try files.createDirectory(at: fresh, withIntermediateDirectories: false)
    if let readme = member.readme {
      try Data(readme.utf8).write(to: fresh.appending(path: "README.md"))
    }
    for (name, bytes) in try member.model.files() {
      try Data(bytes).write(to: fresh.appending(path: name))
    }
    if files.fileExists(atPath: place.path) { try files.removeItem(at: place) }
    try files.moveItem(at: fresh, to: place)
  }
}

extension TaughtNetwork {
  /// The account of a network, beside its files.
  fileprivate var readme: String {
    func row(_ name: String, _ change: Change) -> String {
      func percent(_ mistakes: Mistakes) -> String {
        let hundredths = Int((10_000 * mistakes.rate).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
      }
      return "| \(name) | \(change.before.characters) | \(percent(change.before)) | "
        + "\(percent(change.after)) |\n"
    }
    return """
      # \(name), taught

      Made by `scribe teach` of \(verdict.samples) \(isOfCharacters ? "characters" : "lines") in \
      \(verdict.pictures) corrected pictures: the last \(depth) layers learned, the others are the \
      network's as it was. Test vectors are worked out by the reference of `models/FORMAT.md`.

      | Characters | Number | Wrong before | Wrong after |
      |---|---|---|---|
      \(row("of pictures left out", verdict.leftOut))\
      \(row("of all corrections", verdict.taught))\
      \(row("of known print, not replayed", verdict.replayed))
      Pictures left out were read by a network that had learned from others only. How far to go to \
      the weights that were learned was chosen by what was forgotten. \(verdict.steps) steps, \
      \(Int((100 * verdict.share).rounded())) % of the way.

      """
  }
}
