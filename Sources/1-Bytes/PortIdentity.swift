/// The identity of a device, so that a reconnect never takes another one.
package struct PortIdentity: Sendable, Equatable {
  /// As the user gave it.
  package var path: String
  package var vendorID: Int?
  package var productID: Int?
  package var serialNumber: String?

  package init(
    path: String, vendorID: Int? = nil, productID: Int? = nil, serialNumber: String? = nil
  ) {
    self.path = path
    self.vendorID = vendorID
    self.productID = productID
    self.serialNumber = serialNumber
  }

  /// The path under which the device is to be found now, or nil while it is away.
  ///
  /// A device with a serial number is found under any name. One without must come back under its
  /// old name with the same vendor and product. A port that is not USB has only its name.
  /// - Parameters:
  ///   - ports: the ports that are plugged in now.
  ///   - resolved: the present target of `path`, nil if there is none.
  /// - Returns: the path to open.
  package func locate(among ports: [PortDescription], resolved: String?) -> String? {
    guard let vendorID, let productID else { return resolved == nil ? nil : path }
    let same = ports.filter {
      $0.vendorID == vendorID && $0.productID == productID && $0.serialNumber == serialNumber
    }
    if same.contains(where: { $0.path == resolved }) { return path }
    return serialNumber == nil ? nil : same.first?.path
  }
}
