import Glibc
import Synchronization

/// Options for opening a port.
public struct PortConfiguration: Sendable, Equatable {
  /// Bits a second, see `Baud.range`. Pseudo-terminals, FIFOs, files and sockets have no rate.
  public var baud: Int
  /// Whether to wait for the device after it hung up. A pseudo-terminal named by its number is
  /// never waited for: the number may go to another program next.
  public var reconnects: Bool
  /// Silence after which `ByteEvent.idle` is sent, in milliseconds.
  public var idleMilliseconds: Int
  /// Milliseconds that a socket's other side may take to answer; a Bluetooth module may take four
  /// times as long.
  public var connectMilliseconds: Int
  /// Silence after which `ByteEvent.silent` is sent, in milliseconds; nil = never. After three
  /// times as long the port is closed and opened anew, if it `reconnects`; as long as no byte
  /// comes, each further attempt waits longer. FIFOs, files and standard input may be silent.
  public var watchdogMilliseconds: Int?

  public init(
    baud: Int = 115_200, reconnects: Bool = true, idleMilliseconds: Int = 500,
    connectMilliseconds: Int = 5_000, watchdogMilliseconds: Int? = nil
  ) {
    self.baud = baud
    self.reconnects = reconnects
    self.idleMilliseconds = idleMilliseconds
    self.connectMilliseconds = connectMilliseconds
    self.watchdogMilliseconds = watchdogMilliseconds
  }
}

/// Bytes from a board: a serial port, pseudo-terminal, socket, FIFO, file, or standard input.
///
/// A thread of its own reads and sends `events`, which one consumer takes. While the consumer is
/// more than 4 MiB behind, nothing is read: memory stays bounded and the kernel holds the rest, as
/// far as it can. With an observer, which gets every event first, a board is still read, and bytes
/// that the consumer is too slow for are counted as `skipped`. `close()` ends the thread, as does
/// the release of the source and its events.
public final class ByteSource: Sendable {
  /// The path as it was given.
  public let path: String
  /// The path and the device's own name.
  public let name: String
  /// Whether the far side waits for a slow reader, as files, FIFOs and pipes do, and boards do not.
  public let waits: Bool
  /// Events of the connection, to be iterated once.
  public var events: ByteEvents { ByteEvents(source: self) }

  let state: SourceState
  fileprivate let stream: AsyncStream<ByteEvent>

  private let configuration: PortConfiguration
  private let continuation: AsyncStream<ByteEvent>.Continuation
  private let hasStarted = Atomic(false)

  /// Opens the port and starts to read.
  ///
  /// - Parameters:
  ///   - path: a path, `tcp:HOST:PORT`, `unix:PATH`, `bluetooth:ADDRESS`, or `-` for standard input.
  ///   - configuration: options for opening it.
  /// - Throws: the reason why it can't be opened now. A port that goes away later is an event.
  public convenience init(path: String, configuration: PortConfiguration = PortConfiguration())
    throws(PortError)
  {
    try self.init(opening: path, configuration: configuration)
    try start()
  }

  /// Opens the port, and leaves it unread until `start`.
  ///
  /// Parameters and errors are those of the other initializer.
  public init(opening path: String, configuration: PortConfiguration = PortConfiguration())
    throws(PortError)
  {
    let device = try Device(path: path, configuration: configuration)
    let state = try SourceState(path: path)
    (stream, continuation) = AsyncStream.makeStream(
      of: ByteEvent.self, bufferingPolicy: .unbounded)
    self.path = path
    self.configuration = configuration
    name = device.name
    waits = !device.isWritable
    self.state = state
    continuation.onTermination = { _ in state.close() }
    state.setDevice(device)
  }

  /// Starts to read; to be called once.
  ///
  /// - Parameter observer: gets every event in the reading thread, before the consumer. While it
  ///   works nothing is read.
  /// - Throws: `system` where there is no thread to be had.
  public func start(observer: (@Sendable (ByteEvent) -> Void)? = nil) throws(PortError) {
    guard !hasStarted.exchange(true, ordering: .relaxed) else { return }
    let reader = SourceReader(
      state: state, configuration: configuration, output: continuation, observer: observer,
      // A far side that waits loses nothing, so no bytes need be skipped.
      skips: observer != nil && !waits)
    do {
      try startThread { reader.run() }
    } catch {
      throw .system(path, operation: "starting a thread for", code: error.code)
    }
  }

  deinit { state.close() }

  /// Stops reading; the events end with `ended`.
  public func close() { state.close() }

  /// Sends bytes to the device.
  ///
  /// Blocks until the kernel has taken them all; call it from a thread that may wait.
  /// - Parameters:
  ///   - bytes: the bytes to send.
  ///   - milliseconds: how long the device may take no byte at all.
  /// - Throws: `disconnected`, `notWritable` or `writeTimedOut`.
  public func write(_ bytes: [UInt8], milliseconds: Int = 1_000) throws(PortError) {
    guard let device = state.device else { throw .disconnected(path) }
    guard device.isWritable else { throw .notWritable(path) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        retrying {
          guard let start = buffer.baseAddress else { return 0 }
          return device.write(start + written, buffer.count - written)
        }
      }
      if count > 0 {
        written += count
        continue
      }
      guard errno == EAGAIN else {
        if hangUpCodes.contains(errno) { throw .disconnected(path) }
        throw .system(path, operation: "writing", code: errno)
      }
      var entry = pollfd(fd: device.descriptor, events: Int16(POLLOUT), revents: 0)
      let ready = retrying { poll(&entry, 1, CInt(clamping: milliseconds)) }
      if ready == 0 { throw .writeTimedOut(path, written: written) }
      if Int32(entry.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 { throw .disconnected(path) }
    }
  }
}

/// The events of one source, in order.
public struct ByteEvents: AsyncSequence, Sendable {
  public typealias Element = ByteEvent
  public typealias Failure = Never
  /// Retained, so that a loop over the events keeps the source alive.
  let source: ByteSource

  public func makeAsyncIterator() -> Iterator {
    Iterator(source: source, base: source.stream.makeAsyncIterator())
  }

  public struct Iterator: AsyncIteratorProtocol {
    let source: ByteSource
    var base: AsyncStream<ByteEvent>.Iterator

    public mutating func next() async -> ByteEvent? {
      await next(isolation: nil)
    }

    public mutating func next(isolation actor: isolated (any Actor)?) async -> ByteEvent? {
      let event = await base.next(isolation: actor)
      if case .bytes(let bytes, _) = event { source.state.consumed(bytes.count) }
      return event
    }
  }
}
