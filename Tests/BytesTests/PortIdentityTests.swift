import Bytes
import Testing

@Suite("Finding the same device again") struct PortIdentityTests {
  private func usb(_ path: String, _ vendor: Int, _ product: Int, _ serial: String?)
    -> PortDescription
  {
    var port = PortDescription(path: path, transport: .usb)
    port.vendorID = vendor
    port.productID = product
    port.serialNumber = serial
    return port
  }

  @Test func aSerialNumberIsFoundUnderAnyName() {
    let board = PortIdentity(
      path: "/dev/ttyUSB0", vendorID: 0x10c4, productID: 0xea60, serialNumber: "A1")
    let stranger = usb("/dev/ttyUSB0", 0x10c4, 0xea60, "B2")
    let moved = usb("/dev/ttyUSB1", 0x10c4, 0xea60, "A1")
    #expect(
      board.locate(among: [stranger, moved], resolved: "/dev/ttyUSB0") == "/dev/ttyUSB1")
    #expect(board.locate(among: [stranger], resolved: "/dev/ttyUSB0") == nil)
    #expect(board.locate(among: [], resolved: nil) == nil)
  }

  @Test func theOldNameIsPreferred() {
    let board = PortIdentity(path: "/dev/board", vendorID: 1, productID: 2, serialNumber: "A1")
    let ports = [usb("/dev/ttyACM3", 1, 2, "A1")]
    #expect(board.locate(among: ports, resolved: "/dev/ttyACM3") == "/dev/board")
    #expect(board.locate(among: ports, resolved: nil) == "/dev/ttyACM3")
  }

  @Test func withoutASerialNumberTheNameMustMatchToo() {
    let board = PortIdentity(path: "/dev/ttyUSB0", vendorID: 0x1a86, productID: 0x7523)
    let twin = usb("/dev/ttyUSB1", 0x1a86, 0x7523, nil)
    #expect(board.locate(among: [twin], resolved: nil) == nil)
    let same = usb("/dev/ttyUSB0", 0x1a86, 0x7523, nil)
    #expect(board.locate(among: [twin, same], resolved: "/dev/ttyUSB0") == "/dev/ttyUSB0")
    let other = usb("/dev/ttyUSB0", 0x0403, 0x6001, nil)
    #expect(board.locate(among: [other], resolved: "/dev/ttyUSB0") == nil)
  }

  @Test func portsThatAreNotUSBHaveOnlyTheirName() {
    let board = PortIdentity(path: "/dev/rfcomm0")
    #expect(board.locate(among: [], resolved: "/dev/rfcomm0") == "/dev/rfcomm0")
    #expect(board.locate(among: [], resolved: nil) == nil)
  }
}
