/// The C sources that a model is exported as.
public struct FirmwareSources: Sendable, Equatable {
  public let header: String
  /// The file of the data; nil unless they were asked for apart from the header.
  public let source: String?

  init(header: String, source: String? = nil) {
    self.header = header
    self.source = source
  }
}
