import Export
import FirmwareProto
import Inference
import OnBoard
import Testing

/// Rows of logits that came out.
private struct Rows {
  let bytes: Int
  let taken: UnsafeMutablePointer<[Int8]>
}

/// Compares a network that runs row by row in the board's C with the host's kernels.
struct FlowCheck {
  private let model: Model
  private let firmware: FirmwareModel
  private let flash: FlashModel

  init(_ model: Model, vectors: Int = 0) throws {
    self.model = model
    firmware = try FirmwareModel(model, vectors: vectors)
    flash = FlashModel(firmware)
  }

  /// The board's logits of a picture, or of a line, in the host's order.
  func logits(of picture: [UInt8], width: Int, height: Int) throws -> [Int8] {
    let isByColumns = firmware.order == .byColumns
    let shape = TensorShape(height: height, width: width, channels: model.input.channels)
    let rows = isByColumns ? shape.transposed(picture) : picture
    let (across, count) = isByColumns ? (height, width) : (width, height)
    let words = withUnsafePointer(to: flash.model) {
      scribe_flow_arena_words($0, UInt32(across))
    }
    try #require(words > 0)
    // A guard behind the arena tells of rows that don't fit.
    var arena = [UInt32](repeating: 0xA5A5_A5A5, count: Int(words) + 16)
    var taken: [Int8] = []
    let values = across * model.input.channels
    let sized = try model.resized(to: width, height: height)
    let outWidth = isByColumns ? sized.rows : sized.positions / sized.rows
    let rowBytes = outWidth * model.labels.count
    try withUnsafeMutablePointer(to: &taken) { taken in
      var context = Rows(bytes: rowBytes, taken: taken)
      let flow = UnsafeMutablePointer<scribe_flow>.allocate(capacity: 1)
      defer { flow.deallocate() }
      try withUnsafeMutablePointer(to: &context) { context in
        let output = scribe_flow_output(
          take: { context, row, _ in
            guard let row, let rows = context?.assumingMemoryBound(to: Rows.self) else { return }
            for i in 0..<rows.pointee.bytes {
              rows.pointee.taken.pointee.append(Int8(bitPattern: row[i] ^ 0x80))
            }
          }, context: UnsafeMutableRawPointer(context))
        try withUnsafePointer(to: flash.model) { model in
          try arena.withUnsafeMutableBufferPointer { arena in
            try #require(
              scribe_flow_begin(
                flow, model,
                scribe_flow_memory(
                  first: arena.baseAddress, first_words: words, second: nil, second_words: 0),
                UInt32(across), UInt32(count), output))
            rows.withUnsafeBufferPointer { rows in
              for row in 0..<count {
                scribe_flow_push(flow, rows.baseAddress.unsafelyUnwrapped + row * values)
              }
            }
          }
        }
      }
    }
    #expect(arena.suffix(16).allSatisfy { $0 == 0xA5A5_A5A5 }, "the arena is too small")
    guard isByColumns else { return taken }
    return TensorShape(
      height: taken.count / rowBytes, width: sized.rows, channels: model.labels.count
    ).transposed(taken)
  }

  /// Pictures of noise and of steps, in several sizes.
  func compare(pictures count: Int) throws {
    var random = Seeded(state: 7)
    var compared = 0
    let grain = model.grain
    for i in 0..<count {
      var (width, height) = (model.input.width, model.input.height)
      if i > 0 {
        width = grain.width * Int.random(in: 2...24, using: &random)
        if firmware.order == .byRows {
          let side = max(grain.width, grain.height)
          width = side * Int.random(in: 2...12, using: &random)
          height = side * Int.random(in: 2...12, using: &random)
          // The narrowest: the coarsest layers make several rows at once there.
          if i == 1 { (width, height) = (side, 13 * side) }
        }
      }
      guard let sized = try? model.resized(to: width, height: height) else { continue }
      let picture = (0..<sized.patchSize).map { k in
        i % 2 == 0
          ? UInt8.random(in: 0...255, using: &random) : UInt8(truncatingIfNeeded: k / 7 * 31)
      }
      var workspace = Workspace()
      let expected = sized.logits(of: picture, count: 1, workspace: &workspace)
      let found = try logits(of: picture, width: width, height: height)
      let isEqual = found == expected
      compared += 1
      #expect(isEqual, "\(model.name) at \(width)x\(height)")
    }
    #expect(compared > 0)
  }
}

@Suite struct FlowTests {
  static let names = Repository.shipped.filter {
    ((try? Repository.model($0).positions) ?? 1) > 1
  }

  @Test(arguments: names) func sameBitsAsOnTheHost(name: String) throws {
    #expect(Self.names.contains("finder"))
    try FlowCheck(Repository.model(name)).compare(pictures: 6)
  }

  @Test(arguments: names) func arenaIsWhatTheExporterPlans(name: String) throws {
    let firmware = try FirmwareModel(Repository.model(name), vectors: 0)
    let flash = FlashModel(firmware)
    let words = withUnsafePointer(to: flash.model) {
      scribe_flow_arena_words($0, UInt32(firmware.input.width))
    }
    #expect(Int(words) == firmware.arenaWords)
  }

  @Test(arguments: names) func startUpTestPassesAndFindsDamage(name: String) throws {
    let firmware = try FirmwareModel(Repository.model(name), vectors: 2)
    let flash = FlashModel(firmware)
    #expect(Self.selfTest(flash, firmware).fault == SCRIBE_MODEL_SOUND)
    let last = try #require(flash.layers.indices.last)
    flash.layers[last].output_zero ^= 1
    #expect(Self.selfTest(flash, firmware).fault == SCRIBE_MODEL_DAMAGED)
  }

  private static func selfTest(
    _ flash: FlashModel, _ firmware: FirmwareModel
  ) -> scribe_model_failure {
    var failure = scribe_model_failure()
    var flow = scribe_flow()
    var arena = [UInt32](repeating: 0, count: firmware.arenaWords)
    _ = withUnsafePointer(to: flash.model) { model in
      arena.withUnsafeMutableBufferPointer { arena in
        let memory = scribe_flow_memory(
          first: arena.baseAddress, first_words: UInt32(arena.count), second: nil, second_words: 0)
        return scribe_flow_selftest(&flow, model, memory, &failure)
      }
    }
    return failure
  }
}
