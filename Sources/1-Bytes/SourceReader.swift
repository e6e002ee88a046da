import Glibc

/// The reading thread: reads until the hang-up, waits for the device, and starts again.
struct SourceReader: Sendable {
  let state: SourceState
  let configuration: PortConfiguration
  let output: AsyncStream<ByteEvent>.Continuation
  /// Gets every event first.
  let observer: (@Sendable (ByteEvent) -> Void)?
  /// Whether a consumer that is far behind misses bytes; otherwise the thread waits for it.
  let skips: Bool

  /// Enough for all that a pseudo-terminal returns at once; serial reads are far smaller.
  private static let readSize = 1 << 16
  /// Milliseconds between looks for a device that is away; opening one that refuses waits longer.
  private static let firstDelay: CInt = 100
  private static let longestDelay: CInt = 1_000

  /// Multiples of the watchdog's time that a silence may last; doubled each time the port was
  /// opened anew in vain.
  private static let firstPatience = 3
  private static let longestPatience = 96

  private enum Outcome {
    case closed, ended
    case disconnected(DisconnectReason)
  }

  func run() {
    let identity = state.device?.identity
    var patience = Self.firstPatience
    while let identity {
      // Not kept in a variable, so that the port is closed before it is opened anew.
      guard let outcome = state.device.map({ receive(from: $0, &patience) }),
        case .disconnected(let reason) = outcome
      else { break }
      let isGone = if case .silence = reason { false } else { true }
      let canReconnect =
        state.device?.canReconnect == true && configuration.reconnects
        && (!isGone || state.device?.comesBack == true)
      let name = isGone ? state.device?.pseudoTerminal : nil
      // The device is released first, so that its number is free when it comes back. A FIFO is only
      // exchanged: a writer that came meanwhile must not lose its bytes.
      state.setDevice(canReconnect ? state.device?.reopenedPipe() : nil)
      emit(.disconnected(reason))
      guard canReconnect, state.device != nil || waitForDevice(identity, gone: name)
      else { break }
    }
    state.setDevice(nil)
    emit(.ended)
    output.finish()
  }

  /// Hands an event to the observer and to the consumer, unless the consumer is skipped.
  private func emit(_ event: ByteEvent) {
    observer?(event)
    if case .bytes(let bytes, _) = event {
      if skips, !state.admits(bytes.count) { return }
      state.sent(bytes.count)
    }
    let skipped = state.takeSkipped()
    if skipped > 0 { output.yield(.skipped(bytes: skipped)) }
    output.yield(event)
  }

  /// Sends the device's bytes until reading ends in one of three ways.
  ///
  /// `patience` is the multiple of the watchdog's time that a silence may last.
  private func receive(from device: Device, _ patience: inout Int) -> Outcome {
    var buffer = [UInt8](repeating: 0, count: Self.readSize)
    // A FIFO can be opened before anybody writes: its first bytes tell that somebody does.
    var isAnnounced = device.kind != .pipe
    if isAnnounced { emit(.connected(name: device.name)) }
    var silence = Silence(
      idle: configuration.idleMilliseconds,
      watchdog: device.isWritable ? configuration.watchdogMilliseconds : nil,
      patience: configuration.reconnects ? patience : nil)
    while true {
      let isPaused = state.isPaused && !skips
      var entries = [
        pollfd(fd: state.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isPaused ? -1 : device.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      let ready = retrying { poll(&entries, 2, isPaused ? -1 : silence.timeout) }
      if state.isClosed { return .closed }
      guard ready >= 0 else { return .disconnected(.readFailed(code: errno)) }
      // A pause in reading is no silence.
      if isPaused { silence.restart() }
      if ready == 0 {
        switch silence.due() {
        case .idle: emit(.idle)
        case .silent(let seconds): emit(.silent(seconds: seconds))
        case .stuck(let seconds):
          patience = min(2 * patience, Self.longestPatience)
          return .disconnected(.silence(seconds: seconds))
        case nil: break
        }
        continue
      }
      if entries[0].revents != 0 { state.drainWake() }
      let flags = Int32(entries[1].revents)
      if flags & POLLIN != 0 {
        let count = retrying { read(device.descriptor, &buffer, buffer.count) }
        let code = errno
        if count > 0 {
          if !isAnnounced { emit(.connected(name: device.name)) }
          isAnnounced = true
          patience = Self.firstPatience
          silence.end(patience: configuration.reconnects ? patience : nil)
          emit(.bytes(Array(buffer[..<count]), at: WallClock.nanoseconds()))
          continue
        }
        if let outcome = outcome(of: device, count: count, code: code) { return outcome }
      }
      // Only when nothing is left to read: bytes from before the hang-up count.
      if flags & (POLLHUP | POLLERR | POLLNVAL) != 0 {
        switch device.kind {
        case .serial, .terminal, .socket: return .disconnected(.hangUp)
        case .pipe: return .disconnected(.writerClosed)
        case .file, .standardInput: return .ended
        }
      }
    }
  }

  /// The meaning of a read without bytes, or nil to try again.
  private func outcome(of device: Device, count: Int, code: CInt) -> Outcome? {
    switch device.kind {
    case .file, .standardInput:
      if count == 0 { return .ended }
    case .pipe:
      if count == 0 { return .disconnected(.writerClosed) }
    case .serial, .terminal, .socket:
      if count == 0 || hangUpCodes.contains(code) { return .disconnected(.hangUp) }
    }
    return code == EAGAIN ? nil : .disconnected(.readFailed(code: code))
  }

  /// Waits quietly until the same device can be opened; false once the source is closed.
  ///
  /// A pseudo-terminal named as `gone` is left alone.
  private func waitForDevice(_ identity: PortIdentity, gone: PseudoTerminalName?) -> Bool {
    // Asking every port for its identity takes longer than looking for a name.
    let shortest = identity.vendorID == nil ? Self.firstDelay : 3 * Self.firstDelay
    var delay = shortest
    var sightings = 0
    let isSocket = (try? SocketAddress(identity.path)) != nil
    while true {
      var entry = pollfd(fd: state.wakeDescriptor, events: Int16(POLLIN), revents: 0)
      let ready = retrying { poll(&entry, 1, delay) }
      if state.isClosed { return false }
      if ready > 0 { state.drainWake() }
      // Only connecting tells whether a socket is served again.
      let resolved = isSocket ? identity.path : resolvedPath(identity.path)
      let ports = identity.vendorID == nil ? [] : listPorts()
      guard let path = identity.locate(among: ports, resolved: resolved),
        gone == nil || gone != PseudoTerminalName(path: path)
      else {
        sightings = 0
        delay = shortest
        continue
      }
      // A new terminal window can take the number of a pseudo-terminal that closed; the second look
      // gives its shell the time to claim it, and then it is refused.
      sightings += 1
      guard sightings > 1 else { continue }
      let device = try? Device(
        path: path, configuration: configuration, wake: state.wakeDescriptor)
      if state.isClosed { return false }
      if let device {
        state.setDevice(device)
        return true
      }
      delay = min(2 * delay, Self.longestDelay)
    }
  }
}
