import Glibc

/// Wakes a waiting thread and tells it to end; may be raised from any thread, more than once.
final class StopSignal: Sendable {
  private let readEnd: Int32
  private let writeEnd: Int32

  init() throws(BoardError) {
    var ends: [Int32] = [-1, -1]
    guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else {
      throw .pseudoTerminal(call: "pipe2", errorNumber: errno)
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func raise() {
    // The byte is never read, so the pipe stays readable; a full pipe says the same.
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
      // poll() passes over negative handles.
      pollfd(fd: handle, events: Int16(POLLOUT), revents: 0),
    ]
    var time = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    _ = ppoll(&states, 2, &time, nil)
    return states[0].revents & Int16(POLLIN) != 0
  }
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
