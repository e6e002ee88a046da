import Bytes
import Glibc
import PortTestSupport
import Testing

@Suite("Ports that cannot be opened") struct PortErrorTests {
  private func error(_ path: String, baud: Int = 115_200) -> PortError? {
    do {
      _ = try ByteSource(path: path, configuration: PortConfiguration(baud: baud))
      return nil
    } catch {
      return error
    }
  }

  @Test func missingPortNamesItsNeighbours() throws {
    let folder = try TemporaryFolder()
    let near = try folder.write([], to: "board")
    let missing = "\(folder.path)/baord"
    #expect(error(missing) == .noSuchPort(missing, linkTarget: nil, similar: [near]))
    let message = error(missing).map { "\($0)" } ?? ""
    #expect(message.contains("Did you mean \(near)?"))
    #expect(message.contains("scribe ports"))
  }

  @Test func danglingLinkTellsItsTarget() throws {
    let folder = try TemporaryFolder()
    let link = "\(folder.path)/board"
    symlink("/dev/pts/does-not-exist", link)
    guard case .noSuchPort(link, "/dev/pts/does-not-exist", _)? = error(link) else {
      Issue.record("got \(String(describing: error(link)))")
      return
    }
  }

  @Test(arguments: ["", "/no/such/folder/tty", "/dev/null/tty", "ttyXYZ99"])
  func otherMissingPorts(path: String) {
    guard case .noSuchPort(path, nil, _)? = error(path) else {
      Issue.record("got \(String(describing: error(path)))")
      return
    }
  }

  @Test func otherThingsAreNotSerial() {
    #expect(error("/tmp") == .notSerial("/tmp", what: "a folder"))
    #expect(error("/dev/null") == .notSerial("/dev/null", what: "a device but not a serial port"))
  }

  @Test(arguments: [Int.min, -1, 0, 49, 12_000_001, Int.max]) func nonsenseBaud(baud: Int) throws {
    let pty = try TestTerminal()
    #expect(error(pty.path, baud: baud) == .unsupportedBaud(baud, offered: nil))
  }

  @Test(.enabled(if: getuid() != 0, "root may open everything")) func noPermission() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write([1], to: "locked")
    chmod(file, 0)
    guard case .permissionDenied(file, _)? = error(file) else {
      Issue.record("got \(String(describing: error(file)))")
      return
    }
  }

  @Test func aTerminalSomebodyTypesInIsRefused() throws {
    // A child that makes the pseudo-terminal its controlling terminal, as a shell in a window does.
    let pty = try TestTerminal()
    var process = pid_t()
    let script = "exec setsid --ctty sh -c 'echo ready; exec sleep 60' <\(pty.path) >\(pty.path)"
    let words = ["sh", "-c", script]
    let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    // The child must not keep descriptors that other tests have open.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    closeOthers(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    #expect(posix_spawn(&process, "/bin/sh", &actions, nil, arguments, environ) == 0)
    defer {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    #expect(String(decoding: pty.receive(64), as: UTF8.self).contains("ready"))
    let refused = error(pty.path)
    guard case .interactiveTerminal(pty.path, let holder)? = refused else {
      Issue.record("got \(String(describing: refused))")
      return
    }
    #expect(holder.processID == Int(process))
  }

  @Test func messagesSayWhatToDo() {
    let dialout = PortError.permissionDenied("/dev/ttyUSB0", group: "dialout")
    #expect("\(dialout)".contains("sudo usermod -aG dialout $USER"))
    let busy = PortError.busy(
      "/dev/ttyUSB0", holder: PortHolder(name: "picocom", processID: 42))
    #expect(
      "\(busy)"
        == "/dev/ttyUSB0 is in use by picocom (process 42): close picocom first, two readers would "
        + "share the bytes")
  }
}
