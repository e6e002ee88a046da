import Foundation
import Glibc
import Testing

/// Bluetooth as processes see it, with `Fixtures/bluetooth-as-socket.c` in place of the adapter.
@Suite(
  "Bluetooth ports", .startsPrograms,
  .enabled(if: Preload.compiler != nil, "there is no C compiler"))
struct BluetoothPortTests {
  private static let port = "bluetooth:98:D3:31:F5:0A:2C"

  /// A module: a Unix socket that is served `connections` times, with `bytes` each time.
  private func serve(_ path: String, connections: Int, bytes: [UInt8]) throws {
    let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0 && listen(listener, 1) == 0)
    Thread.detachNewThread {
      for _ in 0..<connections {
        let connection = accept(listener, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        _ = bytes.withUnsafeBytes { write(connection, $0.baseAddress, $0.count) }
        close(connection)
      }
      close(listener)
    }
  }

  @Test func aModuleIsConnectedToAndAgainAfterItLeft() async throws {
    let scratch = try Scratch()
    let module = scratch.path("module")
    try serve(module, connections: 2, bytes: [1, 2, 3])
    let scribe = try ScribeProcess(
      ["record", "--port", "\(Self.port)/3", scratch.path("a.pcapng")],
      environment: [
        "LD_PRELOAD": try await Preload.library("bluetooth-as-socket", in: scratch),
        "RFCOMM_LOG": scratch.path("log"), "RFCOMM_PATH": module,
      ])
    #expect(
      await scribe.waits {
        $0.errors.split(separator: "\n").filter { $0.contains("disconnected: the device hung up") }
          .count == 2
      }, "\(scribe.errors)")
    scribe.signal(SIGINT)
    #expect(await scribe.exitCode() == 0)
    #expect(scribe.errors.contains("connected to \(Self.port)/3"))
    #expect(scribe.errors.contains("recorded 6 bytes"))
    let family = withUnsafeBytes(of: sa_family_t(31)) { $0.map { $0 < 16 ? "0\($0)" : "1f" } }
    let expected = family.joined() + "2c0af531d398" + "03" + "00"
    let log = try String(contentsOfFile: scratch.path("log"), encoding: .utf8)
    #expect(log.split(separator: "\n").prefix(2).allSatisfy { $0 == expected }, "\(log)")
  }

  @Test(arguments: [
    (EHOSTDOWN, "does not answer"), (EACCES, "did not take the PIN"),
    (EBADE, "or this machine has forgotten the pairing"), (ECONNREFUSED, "refuses"),
    (EHOSTUNREACH, "cannot be reached"), (EBUSY, "is in use by another program"),
  ])
  func whatGoesWrongIsTold(code: Int32, words: String) async throws {
    let scratch = try Scratch()
    for later in [false, true] {
      var environment = [
        "LD_PRELOAD": try await Preload.library("bluetooth-as-socket", in: scratch),
        "RFCOMM_LOG": scratch.path("log"), "RFCOMM_ERRNO": "\(code)",
      ]
      if later { environment["RFCOMM_LATER"] = "1" }
      let scribe = try ScribeProcess(
        ["record", "--port", Self.port, scratch.path("a.pcapng")], environment: environment)
      #expect(await scribe.exitCode() == 66)
      #expect(scribe.errors.hasPrefix("Error: \(Self.port) \(words)"), "\(scribe.errors)")
      #expect(!FileManager.default.fileExists(atPath: scratch.path("a.pcapng")))
    }
  }

  @Test func noAddressIsAWrongOption() async throws {
    let scribe = try await ScribeProcess.run(["live", "--port", "bluetooth:HC-05"])
    #expect(scribe.status == 64)
    #expect(scribe.errors.contains("give six bytes as bluetooth:98:D3:31:F5:0A:2C"))
  }

  /// `bluetoothctl` names the paired devices; a stand-in prints the same.
  @Test func pairedModulesAreListed() async throws {
    let scratch = try Scratch()
    let stand = scratch.folder.appending(path: "bluetoothctl")
    try Data(
      """
      #!/bin/sh
      [ "$*" = "devices Paired" ] || exit 1
      echo 'Device 98:D3:31:F5:0A:2C HC-05 "meter"'
      echo 'nonsense'
      """.utf8
    ).write(to: stand)
    chmod(stand.path, 0o755)
    let path = "\(scratch.folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
    // The program doesn't wait long for it, and a busy machine may need longer to start it.
    var lines: [Substring] = []
    for _ in 0..<20 where lines.isEmpty {
      let scribe = try ScribeProcess(["ports", "--json"], environment: ["PATH": path])
      #expect(await scribe.exitCode() == 0)
      lines = scribe.output.split(separator: "\n").filter { $0.contains("bluetooth:") }
    }
    #expect(lines.count == 1)
    let port =
      try JSONSerialization.jsonObject(with: Data((lines.first ?? "{}").utf8)) as? [String: Any]
    #expect(port?["port"] as? String == Self.port)
    #expect(port?["description"] as? String == "HC-05 \"meter\", paired")
    #expect(port?["transport"] as? String == "bluetooth")
    #expect(port?["bluetoothAddress"] as? String == "98:D3:31:F5:0A:2C")
  }

  /// As on a machine where its daemon does not run.
  @Test func aBluetoothctlThatHangsIsGivenUp() async throws {
    let scratch = try Scratch()
    let stand = scratch.folder.appending(path: "bluetoothctl")
    try Data("#!/bin/sh\nexec sleep 60\n".utf8).write(to: stand)
    chmod(stand.path, 0o755)
    let path = "\(scratch.folder.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
    let scribe = try ScribeProcess(["ports", "--json"], environment: ["PATH": path])
    #expect(await scribe.exitCode() == 0)
    #expect(!scribe.output.contains("bluetooth:"))
  }
}
