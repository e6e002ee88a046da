import Glibc

/// A signal that wakes a waiting thread and tells it to end; may be raised from any thread, more
/// than once.
public final class StopSignal: Sendable {
  private let readEnd: Int32
  private let writeEnd: Int32

  /// - Throws: an error if the system has no more file handles.
  public init() throws(BoardError) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw .pseudoTerminal(call: "pipe", errorNumber: errno)
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  public func raise() {
    // The byte is never read, so the pipe stays readable; a full pipe has the same effect.
    var byte: UInt8 = 1
    _ = write(writeEnd, &byte, 1)
  }

  var isRaised: Bool { wait(nanoseconds: 0) }

  /// Waits for the signal, or for room to write to `handle` if one is given, or for the time to pass.
  ///
  /// - Returns: whether the signal was raised.
  @discardableResult
  func wait(nanoseconds: UInt64, orRoomIn handle: Int32 = -1) -> Bool {
    var states = [
      pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
      // poll() ignores negative handles.
      pollfd(fd: handle, events: Int16(POLLOUT), revents: 0),
    ]
    // Whole milliseconds, rounded up; the callers look at the clock again and catch up.
    let milliseconds = nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 == 0 ? 0 : 1)
    _ = poll(&states, 2, Int32(clamping: milliseconds))
    return states[0].revents & Int16(POLLIN) != 0
  }
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
