import CSerialPort
import Glibc

/// One open connection: a descriptor to poll, read and write. Closes when released.
///
/// Unchecked because of the port's pointer, which only `init` and `deinit` use.
final class Device: @unchecked Sendable {
  enum Kind: Equatable {
    /// A real port, opened through libserialport.
    case serial
    /// A pseudo-terminal, or a port that libserialport does not know.
    case terminal
    /// A connection, over a network or to a program on this machine.
    case socket
    case pipe, file, standardInput
  }

  let path: String
  /// The path and the device's own name.
  let name: String
  let kind: Kind
  let descriptor: CInt
  let identity: PortIdentity
  /// The way a pseudo-terminal was named; nil for other ports.
  let pseudoTerminal: PseudoTerminalName?
  /// The descriptor that holds the lock: one of its own where `descriptor` belongs to
  /// libserialport, else the same as `descriptor`.
  private let lockDescriptor: CInt
  private let port: OpaquePointer?

  /// Whether bytes can be sent to the other side, too.
  var isWritable: Bool { kind == .serial || kind == .terminal || kind == .socket }
  /// Whether the far side can come back after it hung up.
  var canReconnect: Bool { kind != .file && kind != .standardInput }
  /// Whether the device can come back under its path after it was gone.
  var comesBack: Bool { pseudoTerminal != .number }

  /// Opens `path`, locks it against a second reader and sets the port up: 8 data bits, no parity,
  /// one stop bit, no flow control, nothing translated.
  ///
  /// A readable `wake` ends the wait for a socket's other side.
  init(path: String, configuration: PortConfiguration, wake: CInt = -1) throws(PortError) {
    let baud = configuration.baud
    guard Baud.range.contains(baud) else { throw .unsupportedBaud(baud, offered: nil) }
    self.path = path
    // Looked up before the port is opened: a link made anew in between leads to another one.
    pseudoTerminal = PseudoTerminalName(path: path)
    let opened: Opened
    if let address = try SocketAddress(path) {
      opened = Opened(
        .socket, path,
        try address.connect(milliseconds: configuration.connectMilliseconds, wake: wake))
    } else {
      let kind = try Self.kind(of: path)
      opened =
        kind == .standardInput
        ? Opened(kind, path, STDIN_FILENO, name: "standard input")
        : try Self.open(path, kind, baud: baud)
    }
    kind = opened.kind
    name = opened.name
    descriptor = opened.descriptor
    lockDescriptor = opened.lockDescriptor
    port = opened.port
    identity = opened.identity
  }

  /// The result of opening a path.
  private struct Opened {
    var kind: Kind
    var name: String
    var descriptor: CInt
    var lockDescriptor: CInt
    var port: OpaquePointer?
    var identity: PortIdentity

    init(_ kind: Kind, _ path: String, _ descriptor: CInt, name: String? = nil) {
      self.kind = kind
      self.name = name ?? path
      self.descriptor = descriptor
      lockDescriptor = descriptor
      identity = PortIdentity(path: path)
    }
  }

  /// Opens a file, a FIFO or a terminal.
  private static func open(_ path: String, _ kind: Kind, baud: Int) throws(PortError) -> Opened {
    let access = kind == .terminal ? O_RDWR | O_NOCTTY : O_RDONLY
    let descriptor = retrying { Glibc.open(path, access | O_NONBLOCK | O_CLOEXEC) }
    guard descriptor >= 0 else { throw openError(path, errno) }
    do throws(PortError) {
      if kind != .file { try lock(descriptor, path) }
      guard kind == .terminal else { return Opened(kind, path, descriptor) }
      return try setUp(descriptor, path, baud: baud)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Makes a port of a terminal that was opened, and keeps others from opening it.
  private static func setUp(
    _ descriptor: CInt, _ path: String, baud: Int
  ) throws(PortError) -> Opened {
    var status = stat()
    guard isatty(descriptor) == 1, fstat(descriptor, &status) == 0 else {
      throw .notSerial(path, what: "a device but not a serial port")
    }
    if let holder = PortHolder.session(on: status) {
      throw .interactiveTerminal(path, holder: holder)
    }
    var opened = Opened(.terminal, path, descriptor)
    if let serial = try openSerial(path, baud: baud) {
      opened.kind = .serial
      opened.port = serial.port
      opened.descriptor = serial.descriptor
      let known = serial.known
      let about = known?.description ?? ""
      opened.name = about.isEmpty || path.hasSuffix(about) ? path : "\(path) (\(about))"
      opened.identity = PortIdentity(
        path: path, vendorID: known?.vendorID, productID: known?.productID,
        serialNumber: known?.serialNumber)
    } else {
      try makeRaw(descriptor, path)
    }
    // After this the kernel refuses further opens by anybody but root.
    _ = ioctl(opened.descriptor, UInt(TIOCEXCL))
    return opened
  }

  /// The same FIFO opened anew, which forgets the hang-up; nil if this is no FIFO or it is gone.
  func reopenedPipe() -> Device? {
    guard kind == .pipe else { return nil }
    return Device(reopening: self)
  }

  private init?(reopening old: Device) {
    let opened = retrying { Glibc.open(old.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
    guard opened >= 0 else { return nil }
    var before = stat()
    var after = stat()
    guard fstat(old.descriptor, &before) == 0, fstat(opened, &after) == 0,
      before.st_ino == after.st_ino, before.st_dev == after.st_dev,
      flock(old.descriptor, LOCK_UN) == 0, flock(opened, LOCK_EX | LOCK_NB) == 0
    else {
      close(opened)
      return nil
    }
    path = old.path
    pseudoTerminal = old.pseudoTerminal
    name = old.name
    kind = old.kind
    descriptor = opened
    lockDescriptor = opened
    port = nil
    identity = old.identity
  }

  deinit {
    if kind == .serial || kind == .terminal { _ = ioctl(descriptor, UInt(TIOCNXCL)) }
    if let port {
      sp_close(port)
      sp_free_port(port)
    }
    if kind != .standardInput { close(lockDescriptor) }
  }
}

extension Device {
  /// The system call `write`, but without SIGPIPE.
  func write(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    kind == .socket
      ? send(descriptor, bytes, count, CInt(MSG_NOSIGNAL))
      : Glibc.write(descriptor, bytes, count)
  }

  private static func kind(of path: String) throws(PortError) -> Kind {
    if path == "-" {
      guard isatty(STDIN_FILENO) == 0 else {
        throw .notSerial("standard input", what: "the keyboard")
      }
      return .standardInput
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else { throw openError(path, errno) }
      throw .noSuchPort(path, linkTarget: linkTarget(path), similar: similarPorts(to: path))
    }
    switch status.st_mode & S_IFMT {
    case S_IFCHR: return .terminal
    case S_IFIFO: return .pipe
    case S_IFREG: return .file
    case S_IFDIR: throw .notSerial(path, what: "a folder")
    case S_IFBLK: throw .notSerial(path, what: "a disk")
    default: throw .notSerial(path, what: "a socket, to be given as unix:\(path)")
    }
  }

  private static func openError(_ path: String, _ code: CInt) -> PortError {
    switch code {
    case ENOENT, ENOTDIR:
      return .noSuchPort(path, linkTarget: linkTarget(path), similar: similarPorts(to: path))
    case EBUSY:
      return .busy(path, holder: .opening(path))
    case EACCES, EPERM:
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IRGRP != 0,
        let group = getgrgid(status.st_gid), status.st_gid != 0
      else { return .permissionDenied(path, group: nil) }
      return .permissionDenied(path, group: String(cString: group.pointee.gr_name))
    // Opening a bound Bluetooth port connects to its module.
    case EHOSTDOWN, EHOSTUNREACH, ECONNREFUSED, ETIMEDOUT, ENOTCONN, EBADE, EMLINK, ECONNRESET:
      return .unreachable(path, code: code)
    default:
      return .system(path, operation: "opening", code: code)
    }
  }

  private static func lock(_ descriptor: CInt, _ path: String) throws(PortError) {
    guard retrying({ flock(descriptor, LOCK_EX | LOCK_NB) }) != 0 else { return }
    guard errno == EWOULDBLOCK else {
      throw .system(path, operation: "locking", code: errno)
    }
    var status = stat()
    let holder = fstat(descriptor, &status) == 0 ? PortHolder.locking(status) : nil
    throw .busy(path, holder: holder ?? .opening(path))
  }

  private static func makeRaw(_ descriptor: CInt, _ path: String) throws(PortError) {
    var settings = termios()
    guard tcgetattr(descriptor, &settings) == 0 else {
      throw .system(path, operation: "reading the settings", code: errno)
    }
    cfmakeraw(&settings)
    settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
    guard retrying({ tcsetattr(descriptor, TCSANOW, &settings) }) == 0 else {
      throw .system(path, operation: "changing the settings", code: errno)
    }
  }

  private struct SerialPort {
    var port: OpaquePointer
    var descriptor: CInt
    var known: PortDescription?
  }

  /// Opens through libserialport, which knows every driver's way to an odd baud rate; nil for a
  /// device that it does not know, such as a pseudo-terminal.
  private static func openSerial(_ path: String, baud: Int) throws(PortError) -> SerialPort? {
    var candidate: OpaquePointer?
    // libserialport takes only names directly under /dev, so links are followed here.
    guard let resolved = resolvedPath(path),
      sp_get_port_by_name(resolved, &candidate) == SP_OK, let port = candidate
    else { return nil }
    var isDone = false
    defer {
      if !isDone {
        sp_close(port)
        sp_free_port(port)
      }
    }
    guard sp_open(port, SP_MODE_READ_WRITE) == SP_OK else {
      throw openError(path, sp_last_error_code())
    }
    var descriptor: CInt = -1
    guard sp_get_port_handle(port, &descriptor) == SP_OK, descriptor >= 0 else {
      throw .system(path, operation: "opening", code: sp_last_error_code())
    }
    guard sp_set_baudrate(port, CInt(baud)) == SP_OK else {
      throw .unsupportedBaud(baud, offered: nil)
    }
    guard sp_set_bits(port, 8) == SP_OK, sp_set_parity(port, SP_PARITY_NONE) == SP_OK,
      sp_set_stopbits(port, 1) == SP_OK, sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK
    else { throw .system(path, operation: "changing the settings", code: sp_last_error_code()) }
    try checkBaud(port, baud)
    isDone = true
    return SerialPort(port: port, descriptor: descriptor, known: PortDescription(port))
  }

  /// A driver may quietly choose another rate; beyond 3 % a UART reads garbage.
  private static func checkBaud(_ port: OpaquePointer, _ baud: Int) throws(PortError) {
    var configuration: OpaquePointer?
    guard sp_new_config(&configuration) == SP_OK, let configuration else { return }
    defer { sp_free_config(configuration) }
    var actual: CInt = 0
    guard sp_get_config(port, configuration) == SP_OK,
      sp_get_config_baudrate(configuration, &actual) == SP_OK, actual > 0
    else { return }
    let difference = abs(Int(actual) - baud)
    if difference * 100 > baud * 3 { throw .unsupportedBaud(baud, offered: Int(actual)) }
  }
}
