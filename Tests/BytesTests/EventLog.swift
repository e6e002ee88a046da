import Bytes
import Glibc
import Synchronization

/// Collects the events of a source on the side, for tests that wait for one of them.
final class EventLog: Sendable {
  private let content = Mutex<[ByteEvent]>([])

  init(_ source: ByteSource) {
    let events = source.events
    Task {
      for await event in events { content.withLock { $0.append(event) } }
    }
  }

  var events: [ByteEvent] { content.withLock { $0 } }

  /// All bytes so far.
  var bytes: [UInt8] {
    events.flatMap { event -> [UInt8] in
      if case .bytes(let bytes, _) = event { bytes } else { [] }
    }
  }

  /// The events without the bytes and the silences.
  var changes: [ByteEvent] {
    events.filter { event in
      switch event {
      case .bytes, .idle: false
      default: true
      }
    }
  }

  /// Waits until `condition` holds; false after ten seconds, far beyond any machine's delay.
  func waits(for condition: (EventLog) -> Bool) async -> Bool {
    for _ in 0..<2_000 {
      if condition(self) { return true }
      try? await Task.sleep(for: .milliseconds(5))
    }
    return condition(self)
  }
}

/// A pseudo-terminal whose master plays the board.
final class Pty: @unchecked Sendable {  // Used from one test at a time.
  let path: String
  private(set) var master: CInt

  init() throws {
    var master: CInt = -1
    var slave: CInt = -1
    var name = [CChar](repeating: 0, count: 64)
    guard openpty(&master, &slave, &name, nil, nil) == 0 else { throw Failure.call("openpty") }
    path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // Raw from the start, and no slave kept: the source alone holds that side.
    var settings = termios()
    tcgetattr(slave, &settings)
    cfmakeraw(&settings)
    tcsetattr(slave, TCSANOW, &settings)
    close(slave)
    self.master = master
    _ = fcntl(master, F_SETFD, FD_CLOEXEC)
  }

  func send(_ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      sent += count
    }
  }

  func receive(_ count: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    // Reading fails while nobody has the other side open.
    for _ in 0..<2_000 {
      var entry = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      if poll(&entry, 1, 5) == 1, Int32(entry.revents) & POLLIN != 0 {
        return Array(buffer[..<max(0, read(master, &buffer, count))])
      }
      usleep(5_000)
    }
    return []
  }

  func hangUp() {
    if master >= 0 { close(master) }
    master = -1
  }

  deinit { hangUp() }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/serialscribe-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure.call("mkdtemp") }
    path = String(
      decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw Failure.call("open") }
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else { throw Failure.call("write") }
    return file
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) {
          _ = unlink("\(path)/\(String(cString: $0))")
        }
      }
    }
    closedir(folder)
    rmdir(path)
  }
}

enum Failure: Error {
  case call(String)
}
