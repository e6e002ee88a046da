import Foundation
public import Glibc

/// A pseudo-terminal whose master plays the board.
///
/// Both ends are closed on exec from the start, unlike openpty's: a program that another test
/// starts meanwhile would inherit them and keep the terminal from hanging up.
public final class TestTerminal: @unchecked Sendable {  // Used from one test at a time.
  /// The device file that stands for the port.
  public let path: String
  /// -1 after `hangUp`.
  public private(set) var master: CInt

  /// - Parameter isRaw: whether bytes pass unchanged, as readers of ports set it anyway.
  /// - Throws: `TestFailure`.
  public init(isRaw: Bool = true) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN, whose definitions Swift can't import.
    var locked: CInt = 0
    var number: CUnsignedInt = 0
    guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0,
      ioctl(master, 0x8004_5430, &number) == 0
    else { throw TestFailure.call("pseudo-terminal", errno) }
    path = "/dev/pts/\(number)"
    // The terminal is raw from the start, and no end of the reader's is kept: only the source holds
    // that side.
    let reader = try openReader()
    defer { close(reader) }
    guard isRaw else { return }
    var settings = termios()
    tcgetattr(reader, &settings)
    cfmakeraw(&settings)
    tcsetattr(reader, TCSANOW, &settings)
  }

  /// The port's side, the caller's to close.
  public func openReader() throws -> CInt {
    let reader = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard reader >= 0 else { throw TestFailure.call("open \(path)", errno) }
    return reader
  }

  /// Writes all of `bytes`, however long the reader takes; ends early where it has gone.
  public func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      sent += count
    }
  }

  /// The bytes that the other side wrote, at most `count`; empty after minutes without any.
  public func receive(_ count: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    // Reading fails while nobody has the other side open.
    for _ in 0..<36_000 {
      var entry = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      if poll(&entry, 1, 5) == 1, Int32(entry.revents) & POLLIN != 0 {
        return Array(buffer[..<max(0, read(master, &buffer, count))])
      }
      usleep(5_000)
    }
    return []
  }

  /// The rate that the reader set.
  public var speed: speed_t {
    var settings = termios()
    tcgetattr(master, &settings)
    return cfgetospeed(&settings)
  }

  public func hangUp() {
    if master >= 0 { close(master) }
    master = -1
  }

  deinit { hangUp() }
}

/// A failed system call that a test needs.
public enum TestFailure: Error {
  case call(String, CInt = 0)
}

/// Runs blocking work in a thread of its own, so that it doesn't hold up other tests.
///
/// - Throws: the error of the work.
public func inThread<T: Sendable>(
  _ work: @escaping @Sendable () throws -> T
) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(with: Result { try work() })
    }
  }
}
