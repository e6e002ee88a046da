import Bytes
import Images
import Recording

/// Looks at the first bytes of a file or pipe that is read as a port: files of a known kind are no
/// link's bytes, and are refused before any of them counts as pixels.
final class PortContent {
  private let port: String
  private let takesJPEG: Bool
  private var isChecked = false
  private(set) var failure: RecordingError?

  init(_ port: String, _ linkProtocol: LinkProtocol) {
    self.port = port
    takesJPEG = linkProtocol == .jpegStream
  }

  /// The event, or the end in place of bytes that are refused.
  func pass(_ event: ByteEvent?) -> ByteEvent? {
    guard failure == nil else { return nil }
    guard !isChecked, case .bytes(let bytes, _) = event else { return event }
    isChecked = true
    guard let known = KnownFormat(startOf: bytes), known != .jpeg || !takesJPEG else {
      return event
    }
    failure = .notBareBytes(port, known)
    return .ended
  }
}
