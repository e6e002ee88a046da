/// The C sources that a model is exported as.
public struct FirmwareSources: Sendable, Equatable {
  public let header: String
  /// Only where the data were asked for apart from the header.
  public let source: String?

  init(header: String, source: String? = nil) {
    self.header = header
    self.source = source
  }
}
