import Foundation
import Inference
import Testing

/// `SERIALSCRIBE_BENCH=1 swift test -c release --filter SpeedTests` prints times on one core.
@Suite(
  .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["SERIALSCRIBE_BENCH"] != nil,
    "SERIALSCRIBE_BENCH is not set"))
struct SpeedTests {
  @Test(arguments: [1, 8, 32, 256]) func glyph(count: Int) throws {
    let model = try RandomModel.glyph(seed: 1).load()
    let patches = randomPatches(count, size: model.patchSize, seed: 2)
    for kernels in Kernels.available {
      var workspace = Workspace(kernels: kernels)
      let best = fastest(21) {
        for _ in 0..<max(1, 64 / count) {
          _ = model.logits(of: patches, count: count, workspace: &workspace)
        }
      }
      let each = best / Double(count * max(1, 64 / count))
      let speed = Double(model.macs) / each / 1000
      print(
        "glyph, \(kernels), batch \(count): \(rounded(each)) us a patch, \(rounded(speed)) GMAC/s")
    }
  }

  @Test func loading() throws {
    let folder = try TemporaryFolder()
    try RandomModel.glyph(seed: 1).write(to: folder)
    let best = try fastest(11) { _ = try Model(directory: folder.path) }
    print("glyph, loading: \(rounded(best / 1000)) ms")
  }

  /// Microseconds of the fastest of a few runs.
  private func fastest(_ runs: Int, _ work: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<runs {
      let clock = ContinuousClock()
      let time = try clock.measure(work)
      best = min(
        best, Double(time.components.attoseconds) / 1e12 + Double(time.components.seconds) * 1e6)
    }
    return best
  }

  private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
