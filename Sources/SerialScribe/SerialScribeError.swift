/// Reasons why something can't be read.
public enum SerialScribeError: Error, Hashable, CustomStringConvertible {
  /// A model is missing, damaged, or made for something else.
  case models(reason: String)
  /// An alphabet, pattern, mount or protocol makes no sense.
  case option(name: String, value: String, reason: String)
  /// The pixels aren't as many as the size says.
  case pixels(width: Int, height: Int, bytes: Int)
  /// The image is damaged or of an unknown kind.
  case image(reason: String)
  /// The recording can't be opened or read on.
  case recording(reason: String)

  public var description: String {
    switch self {
    case .models(let reason): reason
    case .option(let name, let value, let reason): "\(name) '\(value)': \(reason)"
    case .pixels(let width, let height, let bytes):
      "\(bytes) gray pixels are no image of \(width)x\(height)"
    case .image(let reason): "the image can't be read: \(reason)"
    case .recording(let reason): reason
    }
  }
}
