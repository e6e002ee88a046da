/// The place of a broker, as `mqtt://host:1883` or `mqtts://host`.
public struct BrokerAddress: Sendable, Equatable, CustomStringConvertible {
  public var host: String
  public var port: Int
  /// Whether the connection is encrypted.
  public var usesTLS: Bool

  public init(host: String, port: Int? = nil, usesTLS: Bool = false) {
    self.host = host
    self.usesTLS = usesTLS
    self.port = port ?? Self.usualPort(usesTLS)
  }

  /// Reads an address. The user may stand in it, a password not: other users of the machine would
  /// see it in the list of processes.
  ///
  /// - Returns: the address, and the user where one is named.
  /// - Throws: `BrokerError`.
  public static func parse(_ text: String) throws(BrokerError) -> (BrokerAddress, user: String?) {
    let scheme = text.firstRange(of: "://")
    var rest = text[(scheme?.upperBound ?? text.startIndex)...]
    let at = rest.lastIndex(of: "@")
    let user = at.map { String(rest[..<$0]) }
    // First of all, so that no error repeats it.
    if user?.contains(":") == true { throw .passwordInAddress }
    guard let scheme else { throw .address(text, .noScheme) }
    let usesTLS: Bool
    switch text[..<scheme.lowerBound].lowercased() {
    case "mqtt", "tcp": usesTLS = false
    case "mqtts", "ssl": usesTLS = true
    case "ws", "wss": throw .address(text, .webSocket)
    default: throw .address(text, .noScheme)
    }
    if let at { rest = rest[rest.index(after: at)...] }
    if rest.last == "/" { rest.removeLast() }
    guard !rest.contains(where: { "/?#".contains($0) }) else { throw .address(text, .path) }
    let (host, port) = try split(rest, of: text)
    guard !host.isEmpty, user?.isEmpty != true,
      !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
    else {
      throw .address(text, .noHost)
    }
    return (BrokerAddress(host: String(host), port: port, usesTLS: usesTLS), user)
  }

  /// The host, without the brackets of an IPv6 address, and the port.
  private static func split(
    _ rest: Substring, of text: String
  ) throws(BrokerError) -> (Substring, port: Int?) {
    let host: Substring
    var port: Substring
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { throw .address(text, .noHost) }
      host = rest[rest.index(after: rest.startIndex)..<end]
      port = rest[rest.index(after: end)...]
    } else {
      let colon = rest.firstIndex(of: ":") ?? rest.endIndex
      host = rest[..<colon]
      port = rest[colon...]
    }
    guard !port.isEmpty else { return (host, nil) }
    guard port.removeFirst() == ":", let number = UInt16(port), number > 0 else {
      throw .address(text, .port)
    }
    return (host, Int(number))
  }

  private static func usualPort(_ usesTLS: Bool) -> Int { usesTLS ? 8883 : 1883 }

  /// Host and port, for people.
  public var place: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

  public var description: String { "\(usesTLS ? "mqtts" : "mqtt")://\(place)" }

  /// Whether the broker runs on this machine, as far as its name tells.
  var isLocal: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
