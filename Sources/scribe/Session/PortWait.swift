import Bytes
import FoundationEssentials
import Glibc
import Sinks

/// Opens ports, and waits for those that aren't there yet where the user wants that.
struct PortWait {
  let link: PortOptions
  let display: StatusDisplay

  private static let tick = Duration.milliseconds(100)
  /// Ticks between attempts to connect: a look at a path costs nothing, but a connection does.
  private static let ticksOfSocket = 5
  /// Ticks that a new device has to settle: it belongs to root until udev has given it to its
  /// group, and other programs look at it first.
  private static let settlingTicks = 30

  /// Opens a port.
  ///
  /// - Returns: nil where a signal ended the wait for it.
  /// - Throws: `PortError`; for a port that is away, only if it isn't to be waited for.
  func open(_ port: String) async throws -> ByteSource? {
    let absence: String
    do throws(PortError) {
      return try link.open(port)
    } catch {
      guard link.wait, error.isAway else { throw error }
      absence = error.absence
    }
    let stopping = StopFlag()
    let interrupts = Interrupts { stopping.set() }
    defer { interrupts.cancel() }
    display.message("waiting for \(port), which \(absence); Ctrl-C ends", style: .yellow)
    var sightings = 0
    while !stopping.isSet {
      try await Task.sleep(for: Self.tick)
      let isSocket = ["tcp:", "unix:", "bluetooth:"].contains(where: port.hasPrefix)
      guard isSocket || FileManager.default.fileExists(atPath: port) else {
        sightings = 0
        continue
      }
      // A path isn't opened at first sight: a terminal window that has just got that number claims
      // it a moment later, which tells it from a board.
      sightings += 1
      guard isSocket ? sightings % Self.ticksOfSocket == 0 : sightings > 1 else { continue }
      do throws(PortError) {
        let source = try link.open(port)
        if !stopping.isSet { return source }
      } catch {
        guard error.isAway || error.maySettle && sightings < Self.settlingTicks else { throw error }
      }
    }
    display.message("ended before \(port) was there")
    return nil
  }
}

extension PortError {
  /// Whether the port may come by itself: a device that isn't plugged in, a host that doesn't
  /// answer.
  fileprivate var isAway: Bool {
    switch self {
    case .noSuchPort, .noConnection, .unknownHost: true
    case .unreachable(_, let code): [EHOSTDOWN, EHOSTUNREACH, ETIMEDOUT].contains(code)
    default: false
    }
  }

  /// Whether the error may pass in the first moments of a device.
  fileprivate var maySettle: Bool {
    switch self {
    case .permissionDenied, .busy: true
    default: false
    }
  }

  /// The words for what is missing, to stand behind the port's name.
  fileprivate var absence: String {
    switch self {
    case .noSuchPort(_, let target?, _): "points to \(target), which is not there yet"
    case .noSuchPort(_, nil, let similar) where !similar.isEmpty:
      "is not there yet (there is \(similar.joined(separator: ", ")))"
    case .noSuchPort: "is not there yet"
    case .unknownHost(_, let host, _): "has a host that nobody knows yet, \(host)"
    default: "does not answer yet"
    }
  }
}
