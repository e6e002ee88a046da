import Board
import Foundation
import Images
import LinkTestSupport
import Testing

/// The share of a wire's bytes that are pixels that arrive, on wires that lose bytes one by one.
@Suite struct GoodputTests {
  /// Pixels that arrived as a share of the bytes that were sent.
  private func goodput(mtu: Int, loss: Double, images: Int) -> Double {
    let board = TestBoard(mtu: mtu)
    var channel = FaultyChannel(.init(loss: loss), seed: 11)
    var decoder = ScribeDecoder()
    var pixels = 0
    let image = CapturedImage(
      width: 320, height: 240, format: .gray8,
      payload: (0..<320 * 240).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) },
      timestamp: 1)
    func count(_ events: [LinkEvent]) {
      for case .image(let image) in events { pixels += image.payload.count }
      for case .damagedImage(let image, _) in events {
        pixels += image.payload.count - image.missing.reduce(0) { $0 + $1.count }
      }
    }
    for _ in 0..<images {
      board.send(image)
      count(decoder.decode(channel.transmit(board.takeBytes())))
    }
    count(decoder.finish())
    return Double(pixels) / Double(channel.counters.bytesIn)
  }

  /// n / (n + h) (1 - p)^(n + h).
  private func formula(_ body: Double, _ loss: Double) -> Double {
    body / (body + 12) * pow(1 - loss, body + 12)
  }

  /// 240 bytes of pixels per packet. Prints the figures of `PROTOCOL.md`.
  @Test(arguments: [(0.0, 0.95), (1e-5, 0.945), (1e-4, 0.92), (1e-3, 0.73)])
  func slicesOf240Bytes(loss: Double, least: Double) {
    let measured = goodput(mtu: 250, loss: loss, images: 60)
    let expected = formula(240, loss)
    print(
      String(
        format: "loss %.0e: goodput %.4f, formula for 240 bytes %.4f", loss, measured, expected))
    #expect(measured >= least)
    // BEGIN, END and DESCRIPTOR take their share.
    #expect(abs(measured - expected) < 0.012)
  }

  /// The size that the formula gives is better on a bad wire.
  @Test func fittedPacketsBringMoreThrough() {
    let best = (-12 + (144 + 4 * 12 / 1e-3).squareRoot()) / 2
    let fitted = goodput(mtu: Int(best) + 10, loss: 1e-3, images: 60)
    let usual = goodput(mtu: 252, loss: 1e-3, images: 60)
    print(
      String(
        format: "loss 1e-03: goodput %.4f in packets of %d bytes, formula's best %.4f", fitted,
        Int(best) + 10, formula(best, 1e-3)))
    #expect(fitted > usual + 0.04)
    #expect(fitted > formula(best, 1e-3) - 0.012)
  }
}
