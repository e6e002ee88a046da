import Glibc

/// The address of a serial port that is served over a network, by radio or on this machine: by
/// ser2net, a Wi-Fi bridge, a Bluetooth module or an emulator.
package struct SocketAddress: Equatable {
  package enum Place: Equatable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)
    case bluetooth(BluetoothAddress)
  }

  /// As the user gave it.
  package let text: String
  package let place: Place

  /// Takes `tcp:HOST:PORT`, where an IPv6 address stands in brackets, `unix:PATH`, and
  /// `bluetooth:ADDRESS` with or without `/CHANNEL`.
  ///
  /// - Throws: `badAddress`. A path that starts like none of the three gives nil.
  package init?(_ text: String) throws(PortError) {
    self.text = text
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      guard !path.isEmpty, path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else {
        throw .badAddress(text)
      }
      place = .unix(path: path)
    } else if text.hasPrefix("tcp:") {
      let rest = text.dropFirst(4)
      guard let colon = rest.lastIndex(of: ":"),
        let port = UInt16(rest[rest.index(after: colon)...]), port > 0
      else { throw .badAddress(text) }
      var host = rest[..<colon]
      if host.hasPrefix("["), host.hasSuffix("]") {
        host = host.dropFirst().dropLast()
      } else if host.contains(":") {
        throw .badAddress(text)
      }
      guard !host.isEmpty, !host.utf8.contains(0) else { throw .badAddress(text) }
      place = .tcp(host: String(host), port: port)
    } else if text.hasPrefix("bluetooth:") {
      guard let address = BluetoothAddress(text.dropFirst(10)) else { throw .badAddress(text) }
      place = .bluetooth(address)
    } else {
      return nil
    }
  }

  /// The longest path that fits `sun_path` with its terminating zero.
  private static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

  /// Connects.
  ///
  /// - Parameters:
  ///   - milliseconds: how long the other side may take to answer.
  ///   - wake: a descriptor that ends the wait once it can be read, -1 for none.
  /// - Returns: a descriptor that does not block, the caller's to close.
  /// - Throws: `unknownHost`, `noConnection` or `unreachable`.
  func connect(milliseconds: Int, wake: CInt) throws(PortError) -> CInt {
    switch place {
    case .unix(let path):
      return try connectUnix(path, milliseconds: milliseconds, wake: wake)
    case .bluetooth(let address):
      // An adapter alone looks for the module for 5 seconds before it says that it is not there,
      // and somebody may be typing its PIN.
      return try connectBluetooth(address, milliseconds: 4 * milliseconds, wake: wake)
    case .tcp(let host, let port):
      var hints = addrinfo()
      hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
      var list: UnsafeMutablePointer<addrinfo>?
      let status = getaddrinfo(host, String(port), &hints, &list)
      guard status == 0 else {
        throw .unknownHost(text, host: host, reason: String(cString: gai_strerror(status)))
      }
      defer { freeaddrinfo(list) }
      // A name can have several addresses, as ::1 and 127.0.0.1; one is enough.
      var code = ECONNREFUSED
      var next = list
      while let candidate = next?.pointee {
        next = candidate.ai_next
        switch Self.open(
          candidate.ai_family, candidate.ai_addr, candidate.ai_addrlen,
          milliseconds: milliseconds, wake: wake)
        {
        case .success(let descriptor):
          Self.keepAlive(descriptor)
          return descriptor
        case .failure(let failure): code = failure.code
        }
      }
      throw .noConnection(text, code: code)
    }
  }

  private func connectUnix(
    _ path: String, milliseconds: Int, wake: CInt
  ) throws(PortError) -> CInt {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Self.open(AF_UNIX, $0, size, milliseconds: milliseconds, wake: wake)
      }
    }
    switch result {
    case .success(let descriptor): return descriptor
    case .failure(let failure): throw .noConnection(text, code: failure.code)
    }
  }

  private func connectBluetooth(
    _ address: BluetoothAddress, milliseconds: Int, wake: CInt
  ) throws(PortError) -> CInt {
    let bytes = address.socketAddress
    let result = bytes.withUnsafeBytes { buffer in
      Self.open(
        BluetoothAddress.family, buffer.baseAddress?.assumingMemoryBound(to: sockaddr.self),
        socklen_t(buffer.count), protocol: BluetoothAddress.rfcomm, milliseconds: milliseconds,
        wake: wake)
    }
    switch result {
    case .success(let descriptor): return descriptor
    case .failure(let failure): throw .unreachable(text, code: failure.code)
    }
  }

  private struct Failure: Error {
    let code: CInt
  }

  private static func open(
    _ family: CInt, _ address: UnsafePointer<sockaddr>?, _ size: socklen_t,
    protocol number: CInt = 0, milliseconds: Int, wake: CInt
  ) -> Result<CInt, Failure> {
    let type = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    let descriptor = socket(family, CInt(type), number)
    guard descriptor >= 0 else { return .failure(Failure(code: errno)) }
    var code: CInt = 0
    if Glibc.connect(descriptor, address, size) != 0 {
      code =
        errno == EINPROGRESS
        ? outcome(of: descriptor, milliseconds: milliseconds, wake: wake) : errno
    }
    guard code != 0 else { return .success(descriptor) }
    close(descriptor)
    return .failure(Failure(code: code))
  }

  /// The errno that a pending connection ends with, 0 if it succeeds.
  private static func outcome(of descriptor: CInt, milliseconds: Int, wake: CInt) -> CInt {
    var entries = [
      pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0),
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
    ]
    let ready = retrying { poll(&entries, 2, CInt(clamping: milliseconds)) }
    guard ready > 0 else { return ready == 0 ? ETIMEDOUT : errno }
    guard entries[0].revents != 0 else { return ECANCELED }
    var code: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
    // Refused without a reason, as Bluetooth does where the far side just disconnects.
    if code == 0, Int32(entries[0].revents) & POLLHUP != 0 { return ECONNRESET }
    return code
  }

  /// A bridge that lost power says nothing; the kernel then asks, and gives up after 25 seconds.
  private static func keepAlive(_ descriptor: CInt) {
    func set(_ level: CInt, _ name: CInt, _ value: CInt) {
      var value = value
      _ = setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
    }
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    set(CInt(IPPROTO_TCP), TCP_KEEPIDLE, 10)
    set(CInt(IPPROTO_TCP), TCP_KEEPINTVL, 5)
    set(CInt(IPPROTO_TCP), TCP_KEEPCNT, 3)
    set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
  }
}
