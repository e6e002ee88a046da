/// Reasons why a model can't be used. Nothing of a model is used before all of it has been checked.
public enum ModelError: Error, Equatable, Sendable {
  /// No folder of that name holds a model; `searched` lists the folders that were searched.
  case notFound(name: String, searched: [String])
  /// The file can't be read: `reason` is the system's.
  case unreadable(file: String, reason: String)
  /// The file is larger than any model may be.
  case tooLarge(file: String, bytes: Int, limit: Int)
  /// The manifest isn't JSON.
  case malformedManifest(file: String, reason: String)
  /// The manifest lacks a field.
  case missingField(file: String, field: String)
  /// A field has a value that contradicts the rest or is out of range.
  case invalidField(file: String, field: String, expected: String, found: String)
  /// A field asks for something that this version doesn't know, a new kind of layer for example.
  case unsupported(file: String, field: String, found: String, known: [String])
  /// A binary file is cut or has bytes left over.
  case wrongSize(file: String, expected: Int, found: Int)
  /// A binary file isn't the one that the manifest was written for.
  case wrongHash(file: String, expected: String, found: String)
  /// The model can't take patches of that size.
  case fixedSize(model: String, width: Int, height: Int, reason: String)
  /// The model doesn't compute what its test vectors say.
  case failedSelfTest(file: String, vector: Int, reason: String)
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notFound(let name, let searched):
      return "no model \"\(name)\" found. Looked for:\n"
        + searched.map { "  \($0)" }.joined(separator: "\n")
        + "\nGive a model's folder, or set SERIALSCRIBE_MODELS to the folder that holds it."
    case .unreadable(let file, let reason):
      return "\(file): \(reason)"
    case .tooLarge(let file, let bytes, let limit):
      return "\(file): \(bytes) bytes, a model may have \(limit) at most"
    case .malformedManifest(let file, let reason):
      return "\(file): not a model manifest: \(reason)"
    case .missingField(let file, let field):
      return "\(file): \(field) is missing"
    case .invalidField(let file, let field, let expected, let found):
      return "\(file): \(field) is \(found), expected \(expected)"
    case .unsupported(let file, let field, let found, let known):
      return "\(file): \(field) \"\(found)\" is not known to this version, which knows "
        + known.joined(separator: ", ") + ". A newer version may."
    case .wrongSize(let file, let expected, let found):
      return "\(file): \(found) bytes, expected \(expected). Copy or check out the model again."
    case .wrongHash(let file, let expected, let found):
      return "\(file): SHA-256 \(found) is not the manifest's \(expected). "
        + "Copy or check out the model again."
    case .fixedSize(let model, let width, let height, let reason):
      return "model \(model) can't take patches of \(width)x\(height): \(reason)"
    case .failedSelfTest(let file, let vector, let reason):
      return "\(file): test vector \(vector): \(reason)"
    }
  }
}
