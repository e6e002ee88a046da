import Glibc

/// A serial port of a Bluetooth device: its address and the RFCOMM channel that serves the port.
package struct BluetoothAddress: Sendable, Equatable {
  /// The bytes in written order: 0x98 of `98:D3:31:...` comes first.
  package let bytes: [UInt8]
  /// 1...30. Modules such as the HC-05 serve their only port on 1.
  package let channel: UInt8

  /// Parses `98:D3:31:F5:0A:2C` or `98:D3:31:F5:0A:2C/2`, in letters of either case; nil for
  /// anything else.
  package init?(_ text: some StringProtocol) {
    let halves = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: ":", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part in
      part.utf8.count == 2 && part.allSatisfy(\.isHexDigit) ? UInt8(part, radix: 16) : nil
    }
    guard parts.count == 6, bytes.count == 6, bytes.contains(where: { $0 != 0 }) else { return nil }
    self.bytes = bytes
    guard halves.count == 2 else {
      channel = 1
      return
    }
    guard halves[1].allSatisfy(\.isNumber), let channel = UInt8(halves[1]),
      (1...30).contains(channel)
    else { return nil }
    self.channel = channel
  }

  /// The address as `98:D3:31:F5:0A:2C`.
  package var text: String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
      .joined(separator: ":")
  }

  /// AF_BLUETOOTH and BTPROTO_RFCOMM, which the C library has no name for.
  static let family: CInt = 31
  static let rfcomm: CInt = 3

  /// `struct sockaddr_rc` of BlueZ's rfcomm.h: the family as the machine orders it, the address
  /// backwards, the channel, and a byte of padding.
  package var socketAddress: [UInt8] {
    withUnsafeBytes(of: sa_family_t(Self.family)) { Array($0) } + bytes.reversed() + [channel, 0]
  }
}

/// Advice to the user on a Bluetooth connection that failed with the errno `code`.
///
/// The codes are those of `bt_to_errno` in Linux's net/bluetooth/lib.c for errors of the adapter,
/// of `l2cap_chan_connect` (EHOSTUNREACH without an adapter that is on) and of `__rfcomm_dlc_open`
/// (EBUSY).
func bluetoothAdvice(_ port: String, _ code: CInt) -> String {
  let address = port.hasPrefix("bluetooth:") ? BluetoothAddress(port.dropFirst(10)) : nil
  let device = address?.text ?? "ADDRESS"
  let pairing =
    "'bluetoothctl remove \(device)', then 'bluetoothctl pair \(device)'; the PIN of an HC-05 is "
    + "1234, or 0000, until changed"
  switch code {
  case EHOSTDOWN, ETIMEDOUT:
    return "\(port) does not answer: check the address, and that the module has power, is in range "
      + "and nobody else is connected to it. A module of Bluetooth Low Energy, as the HC-08, has "
      + "no such port"
  case EHOSTUNREACH, ENETDOWN, ENODEV:
    let adapters = bluetoothAdapters()
    return adapters.isEmpty
      ? "\(port) cannot be reached: this machine has no Bluetooth adapter"
      : "\(port) cannot be reached: the Bluetooth adapter \(adapters.joined(separator: ", ")) is "
        + "off. 'bluetoothctl power on' turns it on; 'rfkill list' shows whether it is blocked"
  case EACCES, EPERM:
    return "\(port) did not take the PIN, or is not paired: \(pairing)"
  case EBADE:
    return "\(port) or this machine has forgotten the pairing: \(pairing)"
  case ECONNREFUSED:
    let channel = address.map { "channel \($0.channel)" } ?? "that channel"
    return "\(port) refuses: it is not paired, somebody else is connected to it, or it has no "
      + "serial port on \(channel), where an HC-05 has it on 1. To pair: \(pairing)"
  case EBUSY, EALREADY, EISCONN:
    return "\(port) is in use by another program of this machine, or still being closed: 'rfcomm' "
      + "shows bound ports, 'bluetoothctl disconnect \(device)' ends the connection"
  case EMLINK:
    return "\(port) cannot be reached: the Bluetooth adapter has as many connections as it can"
  case ECONNRESET, ECONNABORTED, ENOTCONN:
    return "\(port) broke the connection off (\(systemMessage(code))): it may want to be paired "
      + "first: \(pairing)"
  case EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT:
    return "\(port) cannot be reached: this system has no Bluetooth sockets "
      + "(\(systemMessage(code))). 'sudo modprobe rfcomm' adds them, unless the kernel was built "
      + "without Bluetooth or this is a container or virtual machine"
  default:
    return "there is no connection to \(port): \(systemMessage(code))"
  }
}
