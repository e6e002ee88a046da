import Glibc

/// A broker as the user chose it: where it is, how to log in, and what it gets.
public struct BrokerChoice: Sendable, Equatable {
  public enum Version: String, Sendable, CaseIterable {
    case v3 = "3.1.1"
    case v5 = "5"
  }

  /// How surely a message is delivered, the broker and this program being connected.
  public enum Quality: Int, Sendable, CaseIterable {
    case atMostOnce, atLeastOnce, exactlyOnce
  }

  /// What a broker's and this program's certificates are checked by.
  public struct Certificates: Sendable, Equatable {
    /// Authorities that are trusted, as PEM; nil for those of the system.
    public var authorities: String?
    /// This program's own certificate and its key, as PEM.
    public var certificate: String?
    public var key: String?
    /// Whether any broker's certificate is taken.
    public var trustsAnybody = false

    public init() {}

    var isUsual: Bool { self == Certificates() }
  }

  public var address: BrokerAddress
  public var version = Version.v3
  public var certificates = Certificates()
  public var user: String?
  public var password: Password?
  /// The name by which the broker knows this program; nil for one made of host and camera.
  public var clientID: String?
  /// Seconds after which a silent connection is tried.
  public var keepAlive = 60
  public var quality = Quality.atLeastOnce
  /// What all topics start with.
  public var prefix = "serialscribe"
  /// What topics of Home Assistant's discovery start with; nil for no discovery.
  public var discovery: String? = "homeassistant"
  /// Seconds between messages that tell nothing new; a change goes out at once. 0 tells each image.
  public var refresh = 10
  /// Seconds without a message after which Home Assistant takes a value for unknown; nil for never.
  public var expiry: Int?

  public init(address: BrokerAddress) { self.address = address }

  /// Checks what can be checked without the broker.
  ///
  /// - Throws: `BrokerError`.
  public func check() throws(BrokerError) {
    if password != nil, user == nil { throw .passwordWithoutUser }
    guard address.usesTLS || certificates.isUsual else { throw .tlsWithoutTLS }
    guard (certificates.certificate == nil) == (certificates.key == nil) else {
      throw .keyWithoutCertificate
    }
    for path in [certificates.authorities, certificates.certificate, certificates.key] {
      guard let path else { continue }
      guard access(path, R_OK) == 0 else { throw .unreadable(path: path, code: errno) }
    }
    for text in [prefix, discovery].compactMap({ $0 }) where !TopicLevel.isPrefix(text) {
      throw .prefix(text)
    }
    try Self.check(keepAlive, .keepAlive)
    try Self.check(refresh, .refresh)
    if let expiry { try Self.check(expiry, .expiry) }
  }

  private static func check(
    _ value: Int, _ setting: BrokerError.Setting
  ) throws(BrokerError) {
    guard setting.range.contains(value) else { throw .outOfRange(setting, value) }
  }

  /// Whether a password would cross a network as it is.
  public var exposesPassword: Bool {
    password != nil && !address.usesTLS && !address.isLocal
  }

  /// Seconds between messages that tell nothing new, such that no value expires while images come.
  var pace: Int { min(refresh, expiry.map { max(1, $0 / 3) } ?? refresh) }
}
