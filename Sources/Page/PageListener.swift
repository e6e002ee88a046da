import Glibc

/// The socket at which viewers come.
struct PageListener: Sendable {
  let descriptor: CInt
  let port: UInt16

  /// - Parameters:
  ///   - address: an IPv4 or IPv6 address of this machine.
  ///   - port: 0 for any that is free.
  /// - Throws: `PageError`.
  init(address: String, port: UInt16) throws(PageError) {
    descriptor = try Self.listen(address, port)
    self.port = Self.port(of: descriptor)
  }

  func close() { Glibc.close(descriptor) }

  /// A connection that waits to be taken; nil where there is none.
  func accept() -> CInt? {
    let client = Glibc.accept(descriptor, nil, nil)
    guard client >= 0 else { return nil }
    guard prepared(client) else {
      Glibc.close(client)
      return nil
    }
    return client
  }

  private static func listen(_ address: String, _ port: UInt16) throws(PageError) -> CInt {
    var hints = addrinfo()
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, "\(port)", &hints, &found) == 0, let found else {
      throw .badAddress(address)
    }
    defer { freeaddrinfo(found) }
    func failure() -> PageError {
      .cannotListen(address: address, port: port, reason: systemReason())
    }
    let descriptor = socket(found.pointee.ai_family, CInt(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw failure() }
    var one: CInt = 1
    setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
    guard prepared(descriptor),
      bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0,
      Glibc.listen(descriptor, 64) == 0
    else {
      let failure = failure()
      Glibc.close(descriptor)
      throw failure
    }
    return descriptor
  }

  private static func port(of descriptor: CInt) -> UInt16 {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(descriptor, $0, &size)
      }
      // The port stands at the same place in addresses of both kinds.
      return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        UInt16(bigEndian: $0.pointee.sin_port)
      }
    }
  }
}
