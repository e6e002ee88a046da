import CSerialPort
import Glibc

/// A port of this machine and the known facts about the device behind it.
public struct PortDescription: Sendable, Equatable {
  /// The way the device is attached.
  public enum Transport: String, Sendable {
    case native, usb, bluetooth
  }

  /// As `/dev/ttyUSB0`.
  public var path: String
  /// The device's own name; empty if it tells none.
  public var description: String
  public var transport: Transport
  /// The link under `/dev/serial/by-id`, which stays the same when the number changes.
  public var stablePath: String?
  public var vendorID: Int?
  public var productID: Int?
  public var manufacturer: String?
  public var product: String?
  public var serialNumber: String?
  /// As `00:11:22:33:44:55`.
  public var bluetoothAddress: String?

  public init(path: String, description: String = "", transport: Transport = .native) {
    self.path = path
    self.description = description
    self.transport = transport
  }
}

/// The serial ports of this machine, sorted by name.
///
/// libserialport knows neither bound Bluetooth ports nor the stable names that udev makes, so those
/// are added. Pseudo-terminals are not listed: nothing tells which of them plays a board.
public func listPorts() -> [PortDescription] {
  var ports: [PortDescription] = []
  var list: UnsafeMutablePointer<OpaquePointer?>?
  if sp_list_ports(&list) == SP_OK, let list {
    var entry = list
    while let port = entry.pointee {
      if let description = PortDescription(port) { ports.append(description) }
      entry += 1
    }
    sp_free_port_list(list)
  }
  for name in folderNames("/dev") where name.hasPrefix("rfcomm") {
    let path = "/dev/\(name)"
    if ports.contains(where: { $0.path == path }) { continue }
    var port = PortDescription(
      path: path, description: "Bluetooth serial port", transport: .bluetooth)
    let address = smallFile("/sys/class/tty/\(name)/address")?.split(separator: "\n").first
    port.bluetoothAddress = address.map { String($0) }
    ports.append(port)
  }
  let folder = "/dev/serial/by-id"
  for name in folderNames(folder) {
    guard let target = resolvedPath("\(folder)/\(name)") else { continue }
    if let index = ports.firstIndex(where: { $0.path == target }) {
      ports[index].stablePath = "\(folder)/\(name)"
    } else {
      var port = PortDescription(path: target, description: name, transport: .usb)
      port.stablePath = "\(folder)/\(name)"
      ports.append(port)
    }
  }
  return ports.sorted { naturallyPrecedes($0.path, $1.path) }
}

extension PortDescription {
  /// A port as libserialport knows it, or nil where it does not even know the name.
  init?(_ port: OpaquePointer) {
    func text(_ value: UnsafeMutablePointer<CChar>?) -> String? {
      let text = value.map { String(cString: $0) }
      return text?.isEmpty == true ? nil : text
    }
    guard let path = text(sp_get_port_name(port)) else { return nil }
    let transport: Transport =
      switch sp_get_port_transport(port) {
      case SP_TRANSPORT_USB: .usb
      case SP_TRANSPORT_BLUETOOTH: .bluetooth
      default: .native
      }
    self.init(
      path: path, description: text(sp_get_port_description(port)) ?? "", transport: transport)
    var vendor: CInt = 0
    var product: CInt = 0
    if sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK {
      vendorID = Int(vendor)
      productID = Int(product)
    }
    manufacturer = text(sp_get_port_usb_manufacturer(port))
    self.product = text(sp_get_port_usb_product(port))
    serialNumber = text(sp_get_port_usb_serial(port))
    bluetoothAddress = text(sp_get_port_bluetooth_address(port))
  }
}

/// Whether `a` sorts before `b` with runs of digits compared as numbers: ttyUSB2 before ttyUSB10.
public func naturallyPrecedes(_ a: String, _ b: String) -> Bool {
  var left = Array(a.utf8)[...]
  var right = Array(b.utf8)[...]
  let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
  while let x = left.first, let y = right.first {
    if digits.contains(x), digits.contains(y) {
      let m = left.prefix(while: digits.contains).drop { $0 == digits.lowerBound }
      let n = right.prefix(while: digits.contains).drop { $0 == digits.lowerBound }
      if m.count != n.count { return m.count < n.count }
      if !m.elementsEqual(n) { return m.lexicographicallyPrecedes(n) }
      left = left.drop(while: digits.contains)
      right = right.drop(while: digits.contains)
    } else if x != y {
      return x < y
    } else {
      left.removeFirst()
      right.removeFirst()
    }
  }
  return left.isEmpty && !right.isEmpty
}
