import Bytes
import Glibc
import Testing

@Suite("Bluetooth addresses and what goes wrong with them") struct BluetoothTests {
  @Test func anAddressIsPackedBackwards() throws {
    let address = try #require(BluetoothAddress("98:d3:31:F5:0A:2c/7"))
    #expect(address.text == "98:D3:31:F5:0A:2C")
    #expect(address.channel == 7)
    let family = withUnsafeBytes(of: sa_family_t(31)) { Array($0) }
    #expect(
      address.socketAddress == family + [0x2C, 0x0A, 0xF5, 0x31, 0xD3, 0x98, 7, 0])
    #expect(BluetoothAddress("98:D3:31:F5:0A:2C")?.channel == 1)
  }

  @Test(arguments: [
    "", "98:D3:31:F5:0A", "98:D3:31:F5:0A:2C:11", "98:D3:31:F5:0A:2", "98:D3:31:F5:0A:2G",
    "98-D3-31-F5-0A-2C", "+8:D3:31:F5:0A:2C", "00:00:00:00:00:00", "98:D3:31:F5:0A:2C/",
    "98:D3:31:F5:0A:2C/0", "98:D3:31:F5:0A:2C/31", "98:D3:31:F5:0A:2C/+1",
    "98:D3:31:F5:0A:2C/1/1", "98:D3:31:F5:0A:2C/256", " 98:D3:31:F5:0A:2C", "98:D3::F5:0A:2C",
    "９8:D3:31:F5:0A:2C",
  ])
  func whatIsNoAddressIsRefused(text: String) {
    #expect(BluetoothAddress(text) == nil)
    let port = "bluetooth:\(text)"
    #expect(throws: PortError.badAddress(port)) { try ByteSource(path: port) }
    #expect("\(PortError.badAddress(port))".contains("bluetooth:98:D3:31:F5:0A:2C"))
  }

  @Test(arguments: [
    (EHOSTDOWN, "has power, is in range"), (ETIMEDOUT, "has power, is in range"),
    (EACCES, "did not take the PIN"), (EBADE, "forgotten the pairing"),
    (ECONNREFUSED, "no serial port on channel 3"), (EBUSY, "another program of this machine"),
    (EMLINK, "as many connections as it can"), (ECONNRESET, "may want to be paired"),
    (EAFNOSUPPORT, "no Bluetooth sockets"), (EPROTONOSUPPORT, "no Bluetooth sockets"),
    (ENOMEM, "Cannot allocate memory"),
  ])
  func everyFailureSaysWhatToDo(code: CInt, words: String) {
    let port = "bluetooth:98:d3:31:f5:0a:2c/3"
    let text = "\(PortError.unreachable(port, code: code))"
    #expect(text.contains(words), "\(text)")
    #expect(text.contains(port))
    if [EACCES, EBADE, ECONNREFUSED].contains(code) {
      #expect(text.contains("'bluetoothctl pair 98:D3:31:F5:0A:2C'"), "\(text)")
      #expect(text.contains("1234"), "\(text)")
    }
  }

  /// A bound port has no address to name.
  @Test func boundPortsSayTheSame() {
    let text = "\(PortError.unreachable("/dev/rfcomm0", code: EHOSTDOWN))"
    #expect(text.hasPrefix("/dev/rfcomm0 does not answer"))
  }

  @Test func anAdapterThatIsOffIsToldFromNone() {
    let text = "\(PortError.unreachable("bluetooth:98:D3:31:F5:0A:2C", code: EHOSTUNREACH))"
    if access("/sys/class/bluetooth/hci0", F_OK) == 0 {
      #expect(text.contains("'bluetoothctl power on'"))
    } else {
      #expect(text.contains("no Bluetooth adapter"))
    }
  }

  /// The error of this machine itself, where it has no Bluetooth.
  @Test(.enabled(if: access("/sys/class/bluetooth/hci0", F_OK) != 0, "there is an adapter"))
  func aSystemWithoutBluetoothSaysSo() throws {
    let probe = socket(31, CInt(SOCK_STREAM.rawValue), 3)
    let code = errno
    if probe >= 0 { close(probe) }
    do {
      _ = try ByteSource(path: "bluetooth:98:D3:31:F5:0A:2C")
      Issue.record("connected to a module that is not there")
    } catch {
      let expected: CInt = probe < 0 ? code : EHOSTUNREACH
      #expect(error == .unreachable("bluetooth:98:D3:31:F5:0A:2C", code: expected))
    }
  }
}
