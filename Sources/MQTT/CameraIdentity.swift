import Values

/// A camera as brokers and Home Assistant know it.
public struct CameraIdentity: Sendable, Equatable {
  /// Letters, digits, `_` and `-`, at most 64.
  public let name: String
  /// The version of this program, for people.
  public var software: String

  /// - Throws: `BrokerError` where the name can't be a part of a topic.
  public init(name: String, software: String) throws(BrokerError) {
    guard PlainName.isValid(name) else { throw .cameraName(name) }
    self.name = name
    self.software = software
  }

  /// A camera without a name of its own, named by its port or recording.
  public init(source: String, software: String) {
    name = TopicLevel.made(of: source)
    self.software = software
  }
}
