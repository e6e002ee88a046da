internal import Inference

extension FirmwareModel {
  /// Sizes and costs in plain text, one layer per line.
  public func report(board: Board? = nil) -> String {
    let need = requirement
    var rows = [["layer", "output", "MACs", "flash", "work RAM", "kernel"]]
    for (i, layer) in layers.enumerated() {
      let work =
        4 * layer.scratchWords + layer.output.count + (i == 0 ? 0 : layers[i - 1].output.count)
      rows.append([
        layer.name, "\(layer.output)", grouped(layer.macs), grouped(layer.flashBytes),
        grouped(work), layer.kernelName,
      ])
    }
    var text = "\(name): \(grouped(parameters)) parameters, \(grouped(macs)) MACs a patch\n\n"
    text += Self.table(rows)
    text += "\n"
    var totals = [
      ["flash, data", grouped(need.data)], ["flash, runtime, at most", grouped(need.code)],
      ["RAM, arena", grouped(need.arena)], ["RAM, patch and logits", grouped(need.buffers)],
      ["stack, at most", grouped(need.stack)],
    ]
    if let board {
      totals.append(["\(board.name) flash", grouped(board.flash)])
      totals.append(["\(board.name) RAM", grouped(board.memory)])
    }
    text += Self.table(totals)
    if let board { text += "\n\(board.name): \(board.account)\n" }
    return text
  }

  /// A table with the first column aligned left, the others right.
  private static func table(_ rows: [[String]]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { i, cell in
        let gap = String(repeating: " ", count: widths[i] - cell.count)
        return i == 0 ? cell + gap : gap + cell
      }.joined(separator: "  ") + "\n"
    }.joined()
  }
}

extension FirmwareLayer {
  fileprivate var kernelName: String {
    switch kind {
    case .convolution, .dense: narrow ? "SMLAD" : "portable"
    case .depthwise, .maxPool, .averagePool: "by channel"
    case .table: "look-up"
    case .softmax: "portable"
    case .join: "copies"
    }
  }
}
