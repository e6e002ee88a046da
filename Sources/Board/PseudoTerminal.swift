import Glibc

/// The board's end of a pseudo-terminal in raw mode. The other end is a device file that a program
/// opens as it opens a serial port.
///
/// No descriptor of the reader's side is kept open here: so the board sees readers come and go
/// (POLLHUP on its own end while there is none).
struct PseudoTerminal: ~Copyable {
  /// Non-blocking; -1 after `hangUp`.
  private var handle: Int32
  /// The device file, `/dev/pts/N`.
  let path: String

  init() throws(BoardError) {
    // Closed on exec from the start, unlike openpty's: a child that inherited the reader's end
    // would be taken for a reader.
    let board = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard board >= 0 else {
      throw .pseudoTerminal(call: "open /dev/ptmx", errorNumber: errno)
    }
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard ioctl(board, Self.setLock, &locked) == 0, ioctl(board, Self.getNumber, &number) == 0
    else {
      let code = errno
      close(board)
      throw .pseudoTerminal(call: "ioctl", errorNumber: code)
    }
    let name = "/dev/pts/\(number)"
    let reader = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard reader >= 0 else {
      let code = errno
      close(board)
      throw .pseudoTerminal(call: "open \(name)", errorNumber: code)
    }
    defer { close(reader) }
    makeRaw(reader)
    _ = fcntl(board, F_SETFL, fcntl(board, F_GETFL) | O_NONBLOCK)
    handle = board
    path = name
  }

  /// TIOCSPTLCK and TIOCGPTN of Linux, whose definitions Swift can't import.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  deinit {
    if handle >= 0 { close(handle) }
  }

  /// Closes the board's end: the reader sees a hang-up, and the device file is gone.
  mutating func hangUp() {
    if handle >= 0 { close(handle) }
    handle = -1
  }

  /// Whether some program has the device open.
  var hasReader: Bool {
    var state = pollfd(fd: handle, events: 0, revents: 0)
    return handle >= 0 && poll(&state, 1, 0) >= 0 && state.revents & Int16(POLLHUP) == 0
  }

  enum Write {
    case wrote(Int)
    case full
    case failed(Int32)
  }

  func write(_ bytes: ArraySlice<UInt8>) -> Write {
    let count = bytes.withUnsafeBytes { Glibc.write(handle, $0.baseAddress, $0.count) }
    if count >= 0 { return .wrote(count) }
    return errno == EAGAIN || errno == EINTR ? .full : .failed(errno)
  }

  /// Waits until the device takes more, the time has passed, or `stop` is raised.
  func waitForRoom(nanoseconds: UInt64, unless stop: StopSignal) {
    stop.wait(nanoseconds: nanoseconds, orRoomIn: handle)
  }

  /// The bytes that the host has sent; nothing is left in the queue, since a full one would stop
  /// the host.
  func readInput() -> [UInt8] {
    var input: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1024)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(handle, $0.baseAddress, $0.count) }
      guard count > 0 else { return input }
      input += buffer[..<count]
    }
  }

  enum Unread {
    case bytes(Int)
    /// The reader has locked the device (TIOCEXCL).
    case unknown
  }

  /// The bytes that the reader has not read yet, as far as the kernel tells: 0 also for an instant
  /// while more are on their way from one of its buffers to the next.
  func unread() -> Unread {
    let reader = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard reader >= 0 else { return .unknown }
    defer { close(reader) }
    // Polling for input makes the kernel pass on bytes that a thread of its own has not passed on
    // yet: the count alone omits these for as long as other programs keep that thread from running.
    var state = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
    _ = poll(&state, 1, 0)
    var count: Int32 = 0
    return ioctl(reader, UInt(FIONREAD), &count) == 0 ? .bytes(Int(count)) : .unknown
  }

  /// Prepares the device for the next reader after one has left: nothing unread, no lock, raw mode.
  ///
  /// - Returns: false if the last reader's lock is still on it; only a new device helps then.
  func resetForNextReader() -> Bool {
    let reader = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard reader >= 0 else { return false }
    defer { close(reader) }
    _ = ioctl(reader, UInt(TIOCNXCL))
    tcflush(reader, TCIFLUSH)
    makeRaw(reader)
    return true
  }
}

private func makeRaw(_ terminal: Int32) {
  var settings = termios()
  guard tcgetattr(terminal, &settings) == 0 else { return }
  cfmakeraw(&settings)
  tcsetattr(terminal, TCSANOW, &settings)
}
