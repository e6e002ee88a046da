/// Reasons why the page can't be served.
public enum PageError: Error, Equatable, Sendable, CustomStringConvertible {
  case badAddress(String)
  case cannotListen(address: String, port: UInt16, reason: String)
  /// The address can be reached from other machines, and there is no token.
  case needsToken(address: String)
  case token(path: String, reason: String)
  case folder(String, reason: String)
  case noThread(reason: String)

  public var description: String {
    switch self {
    case .badAddress(let address):
      "\(address) is no address: such as 127.0.0.1, ::1, 0.0.0.0 or 192.168.1.20"
    case .cannotListen(let address, let port, let reason):
      "the page can't be served at \(address), port \(port): \(reason)"
    case .needsToken(let address):
      "other machines reach the page at \(address), so it needs --page-token FILE: the token is made "
        + "there"
    case .token(let path, let reason): "can't use the token in \(path): \(reason)"
    case .folder(let path, let reason): "can't write in \(path): \(reason)"
    case .noThread(let reason): "no thread for the page can be started: \(reason)"
    }
  }
}
