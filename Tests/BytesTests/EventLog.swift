import Bytes
import Glibc
import PortTestSupport
import Synchronization

/// Collects the events of a source in the background, for tests that wait for one of them.
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

  /// Waits until `condition` holds; false after minutes, far beyond any machine's delay.
  func waits(for condition: (EventLog) -> Bool) async -> Bool {
    await PortTestSupport.waits { condition(self) }
  }
}

/// A folder that is deleted with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/serialscribe-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw TestFailure.call("mkdtemp") }
    path = String(
      decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw TestFailure.call("open") }
    defer { close(descriptor) }
    let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard written == bytes.count else { throw TestFailure.call("write") }
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
