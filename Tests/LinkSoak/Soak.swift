import Board
import Bytes
import Foundation
import Glibc
import Images
import Packets
import PortTestSupport
import Synchronization

/// Hours of link faults in minutes: the simulated board and its encoder, a wire that loses, changes
/// and adds bytes, stalls, hang-ups after which the device comes back under another number; and at
/// the other end the host's own source, recording and decoders. Every byte and every image must be
/// accounted for at the end, and the memory must not have grown.
public enum Soak {
  /// Runs `plan`.
  ///
  /// - Parameters:
  ///   - plan: the duration and the faults.
  ///   - progress: gets the completed share from time to time, in another thread.
  /// - Returns: the account, with its errors.
  /// - Throws: an error if the soak itself can't be run.
  public static func run(
    _ plan: SoakPlan, progress: @escaping @Sendable (Double) -> Void = { _ in }
  ) async throws -> SoakReport {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "soak-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let link = "\(folder)/board"
    let terminal = try TestTerminal()
    symlink(terminal.path, link)

    let recorder = SoakRecorder(folder: folder)
    let sender = SoakSender(plan: plan, link: link, recorder: recorder)
    let memory = Mutex<[Int]>([])
    let source = try ByteSource(
      opening: link, configuration: PortConfiguration(idleMilliseconds: 25))
    try source.start { event in
      recorder.record(event)
      switch event {
      case .bytes(let bytes, _): sender.received.add(bytes.count, ordering: .relaxed)
      case .connected: sender.connections.add(1, ordering: .relaxed)
      default: break
      }
    }
    let start = WallClock.nanoseconds()
    let failure = Mutex<String?>(nil)
    Thread.detachNewThread {
      do {
        try sender.run(terminal) { share in
          memory.withLock { $0.append(residentBytes()) }
          progress(share)
        }
      } catch {
        failure.withLock { $0 = "the board failed: \(error)" }
      }
      source.close()
    }
    var decoders = SoakDecoders()
    for await event in source.events {
      decoders.take(event, plan: plan)
      switch event {
      case .bytes(let bytes, _): sender.decoded.add(bytes.count, ordering: .relaxed)
      case .skipped(let bytes): sender.decoded.add(bytes, ordering: .relaxed)
      // The bytes before the hang-up have been decoded only now.
      case .disconnected: sender.disconnections.add(1, ordering: .relaxed)
      default: break
      }
    }
    var report = SoakReport(
      plan: plan, sender: sender.state.withLock { $0 }, recorder: recorder.state,
      decoders: decoders, memory: memory.withLock { $0 })
    report.seconds = Double(WallClock.nanoseconds() - start) / 1e9
    if let failure = failure.withLock({ $0 }) { report.failures.append(failure) }
    return report
  }

  /// This process's memory.
  private static func residentBytes() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
      .split(separator: " ")
    guard let fields, fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * Int(sysconf(CInt(_SC_PAGESIZE)))
  }
}
