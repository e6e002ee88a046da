import Glibc

/// Errors of a port, with the facts that its user needs to fix them.
public enum PortError: Error, Equatable {
  /// `linkTarget` is where a dangling symbolic link points; `similar` are names that do exist.
  case noSuchPort(String, linkTarget: String?, similar: [String])
  /// Another reader has the port; `holder` if the system tells which.
  case busy(String, holder: PortHolder?)
  /// `group` owns the device and may use it.
  case permissionDenied(String, group: String?)
  /// The path is no serial port but `what`, such as "a directory".
  case notSerial(String, what: String)
  /// A pseudo-terminal that somebody types in: reading it would steal their keystrokes.
  case interactiveTerminal(String, holder: PortHolder)
  /// The rate makes no sense, or the device answered with another one (`offered`).
  case unsupportedBaud(Int, offered: Int?)
  /// A Bluetooth module that can't be connected to, with the errno.
  case unreachable(String, code: CInt)
  /// An address that starts like `tcp:HOST:PORT`, `unix:PATH` or `bluetooth:ADDRESS` but isn't one.
  case badAddress(String)
  /// A network host whose name can't be resolved, with the resolver's reason.
  case unknownHost(String, host: String, reason: String)
  /// Nobody answers at a socket's other side; with the errno.
  case noConnection(String, code: CInt)
  /// Files, FIFOs and standard input can only be read.
  case notWritable(String)
  /// No device is connected to write to.
  case disconnected(String)
  /// The device took only `written` bytes in the time given.
  case writeTimedOut(String, written: Int)
  /// Any other failure of the system call `operation`, with its errno.
  case system(String, operation: String, code: CInt)
}

/// The process that holds a port.
public struct PortHolder: Sendable, Equatable, CustomStringConvertible {
  public var name: String
  public var processID: Int

  public init(name: String, processID: Int) {
    self.name = name
    self.processID = processID
  }

  public var description: String { "\(name) (process \(processID))" }
}

extension PortError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noSuchPort(let path, let target?, _):
      return "\(path) points to \(target), which does not exist: "
        + "is the board plugged in, or the simulator running?"
    case .noSuchPort(let path, nil, let similar):
      let hint =
        similar.isEmpty ? "" : " Did you mean \(similar.joined(separator: " or "))?"
      return "there is no port \(path).\(hint) 'scribe ports' lists the ports of this machine"
    case .busy(let path, let holder):
      let who = holder.map { "\($0)" } ?? "another program"
      let whom = holder.map { "\($0.name)" } ?? "it"
      return "\(path) is in use by \(who): close \(whom) first, two readers would share the bytes"
    case .permissionDenied(let path, let group?):
      return "no permission to open \(path): add yourself to its group with "
        + "'sudo usermod -aG \(group) $USER', then log out and in again"
    case .permissionDenied(let path, nil):
      return "no permission to open \(path): 'ls -l \(path)' shows who may"
    case .notSerial(let path, let what):
      return "\(path) is \(what): give a serial port, a pseudo-terminal, a FIFO, a file, "
        + "tcp:HOST:PORT, unix:PATH, bluetooth:ADDRESS, or - for standard input"
    case .interactiveTerminal(let path, let holder):
      return "\(path) is the terminal of \(holder): give the port of a board"
    case .unsupportedBaud(let baud, let offered?):
      return "the port cannot run at \(baud) baud, its nearest is \(offered)"
    case .unsupportedBaud(let baud, nil):
      return "\(baud) baud is not possible: give a rate from \(Baud.range.lowerBound) to "
        + "\(Baud.range.upperBound), such as 115200"
    case .unreachable(let path, let code):
      return bluetoothAdvice(path, code)
    case .badAddress(let path) where path.hasPrefix("bluetooth:"):
      return "\(path) is no address: give six bytes as bluetooth:98:D3:31:F5:0A:2C, and /CHANNEL "
        + "from 1 to 30 behind it if it is not 1"
    case .badAddress(let path):
      return "\(path) is no address: give tcp:HOST:PORT, with an IPv6 address in brackets, "
        + "unix:PATH or bluetooth:ADDRESS"
    case .unknownHost(let path, let host, let reason):
      return "\(path) has an unknown host, \(host): \(reason)"
    case .noConnection(let path, ECONNREFUSED):
      return "nobody listens at \(path): is the bridge running, and is that its port?"
    case .noConnection(let path, ETIMEDOUT):
      return "\(path) does not answer: check that it has power and is in this network"
    case .noConnection(let path, let code):
      return "there is no connection to \(path): \(systemMessage(code))"
    case .notWritable(let path):
      return "\(path) can only be read: what is to be said needs a port that hears"
    case .disconnected(let path):
      return "\(path) is disconnected"
    case .writeTimedOut(let path, let written):
      return "\(path) stopped taking bytes after \(written)"
    case .system(let path, let operation, let code):
      return "\(operation) of \(path) failed: \(systemMessage(code))"
    }
  }
}
