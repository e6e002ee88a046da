import Bytes
import Foundation
import Sinks

/// Opens ports, and waits for those that aren't there yet where the user wants that.
struct PortWait {
  let link: PortOptions
  let display: StatusDisplay

  private static let tick = Duration.milliseconds(100)
  /// A look at a path costs nothing; to connect to somebody does.
  private static let ticksOfSocket = 5
  /// A new device belongs to root until udev has given it to its group, and other programs look at
  /// it first.
  private static let settlingTicks = 30

  /// Opens a port.
  ///
  /// - Returns: nil where a signal ended the wait for it.
  /// - Throws: `PortError`, for one that is away only where it isn't to be waited for.
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
      // Not at the first sight of a path: a terminal window that has just got that number claims it
      // a moment later, and is told from a board by that.
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
  /// Whether it may come by itself: a device that isn't plugged in, somebody who doesn't answer.
  fileprivate var isAway: Bool {
    switch self {
    case .noSuchPort, .noConnection, .unknownHost: true
    case .unreachable(_, let code): [EHOSTDOWN, EHOSTUNREACH, ETIMEDOUT].contains(code)
    default: false
    }
  }

  /// Whether it may pass in the first moments of a device.
  fileprivate var maySettle: Bool {
    switch self {
    case .permissionDenied, .busy: true
    default: false
    }
  }

  /// What is missing, behind the port's name.
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
