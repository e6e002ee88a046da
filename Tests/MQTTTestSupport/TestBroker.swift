public import Foundation
import Glibc
import PortTestSupport
import Synchronization

/// A mosquitto broker of a test's own, on a port of its own.
public final class TestBroker: @unchecked Sendable {  // Used from one test at a time.
  /// Whether the programs are installed that tests with a broker need.
  public static let isInstalled = path != nil && Program.isInstalled("openssl")

  private static let path = ["/usr/sbin", "/usr/local/sbin", "/usr/bin"].map { "\($0)/mosquitto" }
    .first { (path: String) in access(path, X_OK) == 0 }

  public let port: Int
  public let folder: URL
  private let settings: String
  private var process: ChildProcess?

  /// - Parameters:
  ///   - settings: lines of its configuration beside the port.
  ///   - folder: its folder, which settings name as `FOLDER`; nil for a new one.
  /// - Throws: `TestFailure`.
  public init(_ settings: String = "allow_anonymous true", in folder: URL? = nil) async throws {
    self.folder =
      folder ?? URL(filePath: NSTemporaryDirectory()).appending(path: "mqtt-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    self.settings = settings.replacingOccurrences(of: "FOLDER", with: self.folder.path)
    port = try Self.freePort()
    try await start()
  }

  deinit {
    process = nil
    try? FileManager.default.removeItem(at: folder)
  }

  public var address: String { "mqtt://127.0.0.1:\(port)" }

  public var log: String {
    (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? ""
  }

  /// Starts the broker, which forgets what it had, and waits until it listens.
  public func start() async throws {
    guard let path = Self.path else { throw TestFailure.call("mosquitto") }
    // As root it would become another user, who can't read the test's files.
    let user = getuid() == 0 ? "user root\n" : ""
    let configuration = folder.appending(path: "mosquitto.conf")
    try "\(user)listener \(port) 127.0.0.1\n\(settings)\n"
      .write(to: configuration, atomically: true, encoding: .utf8)
    let log = folder.appending(path: "log").path
    let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(output) }
    process = try ChildProcess(
      path, ["-c", configuration.path, "-v"], output: output, errors: output)
    let port = port
    let isThere = await waits { Self.listens(at: port) || self.process?.isRunning == false }
    guard isThere, process?.isRunning == true else {
      throw TestFailure.call("mosquitto: \(self.log)")
    }
  }

  /// Ends the broker at once, as a power cut does; what it retained is gone.
  public func stop() async {
    process?.signal(SIGKILL)
    _ = await waits { process?.isRunning != true }
    process = nil
  }

  private static func listens(at port: Int) -> Bool {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    return withPlace(port) { connect(descriptor, $0, $1) == 0 }
  }

  /// A port that nobody has, and that no other test was given. Another program may take it before the
  /// broker does, which then fails.
  public static func freePort() throws -> Int {
    while true {
      let port = try TestListener().port
      if given.withLock({ $0.insert(port).inserted }) { return port }
    }
  }

  private static let given = Mutex<Set<Int>>([])
}

/// A port at which somebody listens and never says anything.
public final class TestListener: Sendable {
  public let port: Int
  private let descriptor: CInt

  public init() throws {
    ignoreBrokenPipes()
    let listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    descriptor = listener
    guard withPlace(0, { bind(listener, $0, $1) == 0 }), listen(listener, 16) == 0 else {
      throw TestFailure.call("listen", errno)
    }
    var place = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = getsockname(listener, $0, &size)
      }
    }
    port = Int(UInt16(bigEndian: place.sin_port))
  }

  deinit { close(descriptor) }

  /// Takes one connection, answers it with `bytes` and closes it. Blocks until there is one.
  public func answer(_ bytes: [UInt8]) {
    let connection = accept(descriptor, nil, nil)
    guard connection >= 0 else { return }
    var heard = [UInt8](repeating: 0, count: 1_024)
    _ = read(connection, &heard, heard.count)
    _ = bytes.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
    close(connection)
  }
}

private func withPlace<T>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
  var place = sockaddr_in()
  place.sin_family = sa_family_t(AF_INET)
  place.sin_port = in_port_t(UInt16(port)).bigEndian
  place.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  return withUnsafePointer(to: &place) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}
