import Bytes
import Glibc
import Synchronization

/// Those who watch, and the bell that tells the page's thread that there is something new for them.
public final class Viewers: Sendable {
  /// Viewers at once.
  package static let most = 64

  /// A pipe: a byte in it is a ring.
  private let ends: (read: CInt, write: CInt)
  private let watching = Atomic(0)
  private let hasRung = Atomic(false)

  public init() {
    var ends: [CInt] = [-1, -1]
    if pipe(&ends) == 0 { for end in ends { _ = prepared(end) } }
    self.ends = (ends[0], ends[1])
  }

  deinit {
    close(ends.read)
    close(ends.write)
  }

  package var count: Int { watching.load(ordering: .relaxed) }

  /// The descriptor that can be read after a ring.
  var bell: CInt { ends.read }

  /// Whether there is room for another viewer, who then has it.
  func join() -> Bool {
    guard watching.add(1, ordering: .relaxed).newValue <= Self.most else {
      leave()
      return false
    }
    return true
  }

  func leave() { watching.subtract(1, ordering: .relaxed) }

  /// Tells the thread, where somebody watches. Waits for nobody.
  func ring() {
    if count > 0 { ringAlways() }
  }

  func ringAlways() {
    guard !hasRung.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var byte: UInt8 = 0
    _ = write(ends.write, &byte, 1)
  }

  /// Takes note of the rings so far; to be called before what is new is looked at.
  func hear() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while read(ends.read, &bytes, 16) > 0 {}
    hasRung.store(false, ordering: .releasing)
  }
}

/// Keeps a descriptor from programs that are started, and lets no call wait for it.
func prepared(_ descriptor: CInt) -> Bool {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 && fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0
}

/// The words of the last error of the system.
func systemReason() -> String { systemMessage(errno) }
