import Foundation
public import Glibc
import Synchronization

/// A program that a test runs, with three of the test's descriptors and no other: a child that
/// inherited the end of another test's wire, or a pipe that tells of another program's end, would
/// keep it open.
///
/// Foundation's `Process` closes the descriptors it counted before it starts the program, but not
/// those that another thread opens meanwhile.
public final class ChildProcess: Sendable {
  public let processID: pid_t
  /// The status as waitpid() gives it.
  private let status = Mutex<CInt?>(nil)

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: the program.
  ///   - arguments: its arguments, without its name.
  ///   - environment: variables beside those of this process.
  ///   - folder: the working folder; nil is this process's.
  ///   - input: a descriptor; nil is /dev/null.
  ///   - output: a descriptor; nil is this process's.
  ///   - errors: a descriptor; nil is this process's.
  /// - Throws: `TestFailure`.
  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:],
    folder: String? = nil, input: CInt? = nil, output: CInt? = nil, errors: CInt? = nil
  ) throws {
    ignoreBrokenPipes()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    } else {
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    }
    if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
    if let errors { posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO) }
    closeOthers(&actions)

    // Signals as from a shell, whatever the program that started the tests ignores or blocks.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { sigaddset(&signals, number) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // env becomes the program: one process.
    let program = folder == nil ? path : "/usr/bin/env"
    let start = folder.map { [program, "-C", $0, path] } ?? [path]
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let words = (start + arguments).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + settings { free(word) } }
    var process = pid_t()
    let code = posix_spawn(&process, program, &actions, &attributes, words, settings)
    guard code == 0 else { throw TestFailure.call("posix_spawn \(path)", code) }
    processID = process
  }

  deinit {
    guard isRunning else { return }
    kill(processID, SIGKILL)
    while waitpid(processID, nil, 0) < 0, errno == EINTR {}
  }

  public var isRunning: Bool { ending == nil }

  /// The exit code, or minus the signal that ended it; nil while it runs.
  public var ending: CInt? {
    status.withLock { status in
      var now: CInt = 0
      if status == nil, waitpid(processID, &now, WNOHANG) == processID { status = now }
      return status.map { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : -($0 & 0x7F) }
    }
  }

  /// Sends a signal, unless the program has ended: its number may then be another's.
  public func signal(_ number: CInt) {
    if isRunning { kill(processID, number) }
  }
}

/// Makes a child close all descriptors of a test: numbers are given lowest first, so none is
/// higher.
public func closeOthers(_ actions: inout posix_spawn_file_actions_t) {
  for descriptor in CInt(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
}

/// Programs that a machine may lack.
public enum Program {
  public static func isInstalled(_ name: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      access("\($0)/\(name)", X_OK) == 0
    }
  }
}
