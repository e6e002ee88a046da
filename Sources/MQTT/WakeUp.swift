import Glibc

/// A pipe that becomes readable when another thread has something to do for the one that waits.
final class WakeUp: Sendable {
  /// The end to wait at; -1, which is never readable, where the system gives no pipe.
  let descriptor: Int32
  private let bell: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    for end in ends where end >= 0 {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    (descriptor, bell) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(bell)
  }

  func ring() {
    var byte: UInt8 = 1
    // A full pipe rings already.
    _ = write(bell, &byte, 1)
  }

  func clear() {
    var bytes: UInt64 = 0
    while read(descriptor, &bytes, 8) == 8 {}
  }

  /// Waits until somebody rings or the time is over.
  func wait(milliseconds: Int) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    poll(&entry, 1, Int32(clamping: milliseconds))
    clear()
  }
}

/// Nanoseconds of a clock that nobody sets.
func steadyNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
