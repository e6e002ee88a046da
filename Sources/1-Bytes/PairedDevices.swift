import Glibc

/// The Bluetooth adapters of this machine, as `hci0`.
public func bluetoothAdapters() -> [String] {
  // Connections have names with a colon in them.
  folderNames("/sys/class/bluetooth").filter { !$0.contains(":") }
}

/// The Bluetooth devices that this machine is paired with, as ports to open.
///
/// BlueZ keeps its pairings from all but root, so its own `bluetoothctl` is asked. Not every paired
/// device has a serial port; only connecting tells.
public func pairedPorts() -> [PortDescription] {
  (output(of: ["bluetoothctl", "devices", "Paired"], milliseconds: 2_000) ?? "")
    .split(separator: "\n").compactMap { line in
      // "Device 98:D3:31:F5:0A:2C HC-05"
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count >= 2, words[0] == "Device", let address = BluetoothAddress(words[1]) else {
        return nil
      }
      let name = words.count == 3 ? String(words[2]) : "Bluetooth device"
      var port = PortDescription(
        path: "bluetooth:\(address.text)", description: "\(name), paired", transport: .bluetooth)
      port.bluetoothAddress = address.text
      return port
    }
}

/// The output of a program; nil if there is no such program or it takes too long.
private func output(of words: [String], milliseconds: Int) -> String? {
  var ends: [CInt] = [-1, -1]
  guard pipe(&ends) == 0 else { return nil }
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  defer { close(ends[0]) }
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  // No keyboard input to wait for, and no error messages.
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
  let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var process = pid_t()
  let failure = posix_spawnp(&process, words[0], &actions, nil, arguments, environ)
  close(ends[1])
  guard failure == 0 else { return nil }

  var content: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4_096)
  let deadline = WallClock.nanoseconds() + UInt64(milliseconds) * 1_000_000
  var hasEnded = false
  while !hasEnded, content.count < 1 << 20 {
    let now = WallClock.nanoseconds()
    guard now < deadline else { break }
    var entry = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
    guard retrying({ poll(&entry, 1, CInt(clamping: (deadline - now) / 1_000_000 + 1)) }) > 0
    else { break }
    let count = retrying { read(ends[0], &buffer, buffer.count) }
    hasEnded = count <= 0
    content += buffer[..<max(0, count)]
  }
  if !hasEnded { kill(process, SIGKILL) }
  _ = retrying { waitpid(process, nil, 0) }
  return hasEnded ? String(decoding: content, as: UTF8.self) : nil
}
