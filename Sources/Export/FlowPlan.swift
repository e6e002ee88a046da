internal import Inference

/// The memory that `scribe_flow.c` needs for a model's rows.
struct FlowPlan {
  /// Words of the arena, as `scribe_flow_arena_words`.
  let arenaWords: Int

  /// Plans rows of `width` positions; pictures have multiples of `grain` of them.
  init(_ layers: [FirmwareLayer], width: Int, grain: Int) {
    var stages: [Stage] = []
    var (words, columns, out) = (0, 0, 0)
    var (across, rows) = (width, 8 * grain)
    for (i, layer) in layers.enumerated() {
      let stage = Stage(
        layer, i, width: across, rows: rows, before: stages.last?.made ?? 1, layers, stages)
      words += stage.words
      (across, rows) = (stage.outWidth, stage.outRows)
      out = max(out, stage.made * across * layer.output.channels)
      if layer.kind == .convolution { columns = max(columns, 4 * layer.columnWords) }
      stages.append(stage)
    }
    arenaWords = words + columns + Self.words(out)
  }

  private static func words(_ bytes: Int) -> Int { (bytes + 3) / 4 }

  /// A layer's rows on their way, as `scribe_flow_stage`.
  private struct Stage {
    var padTop = 0
    var outWidth: Int
    var outRows: Int
    /// Output rows made at once.
    var made: Int
    var words: Int

    init(
      _ layer: FirmwareLayer, _ number: Int, width: Int, rows: Int, before: Int,
      _ layers: [FirmwareLayer], _ stages: [Stage]
    ) {
      guard layer.kind != .join else {
        (outWidth, outRows, made) = (2 * width, 2 * rows, 2)
        var lag = 1
        for i in (layer.source + 1..<number).reversed() {
          // A layer that makes several rows at once waits for what they need.
          let made = lag + stages[i].made - 1
          lag = (made - 1) * layers[i].stride.height + layers[i].reach.height - stages[i].padTop
        }
        let side = layer.output.channels - layer.input.channels
        words =
          FlowPlan.words(before * width * layer.input.channels)
          + FlowPlan.words((lag + 2) * outWidth * side)
        return
      }
      let reach = layer.reach
      let down = Self.sized(rows, reach.height, layer.stride.height, layer.isSame)
      let across = Self.sized(width, reach.width, layer.stride.width, layer.isSame)
      (outRows, outWidth, padTop) = (down.out, across.out, down.padding / 2)
      made = across.out == 1 ? 4 : 1
      let capacity = (made - 1) * layer.stride.height + reach.height - 1 + before
      words = FlowPlan.words(capacity * (width + across.padding) * layer.input.channels)
    }

    private static func sized(
      _ input: Int, _ reach: Int, _ stride: Int, _ isSame: Bool
    ) -> (out: Int, padding: Int) {
      let out = isSame ? (input + stride - 1) / stride : (input - reach) / stride + 1
      return (out, isSame ? max((out - 1) * stride + reach - input, 0) : 0)
    }
  }
}
