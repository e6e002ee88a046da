/// Columns of different heights, drawn in characters.
public enum ColumnPlot {
  /// The rows of the plot, the highest first.
  ///
  /// - Parameters:
  ///   - values: one a column, from 0 on; any value above 0 is visible.
  ///   - top: the value that fills a column; others are clamped to it.
  ///   - rows: how many rows.
  ///   - isASCII: whether to do without block characters, which have eight steps a row.
  /// - Returns: `rows` texts, each as wide as `values` has columns.
  public static func rows(
    _ values: [Double], top: Double, rows: Int, isASCII: Bool = false
  ) -> [String] {
    let steps: [Character] = isASCII ? Array(" .#") : Array(" ▁▂▃▄▅▆▇█")
    let most = steps.count - 1
    let heights = values.map { value -> Int in
      guard value > 0, top > 0 else { return 0 }
      return max(1, Int((min(value / top, 1) * Double(rows * most)).rounded()))
    }
    return (0..<rows).map { row in
      let below = (rows - 1 - row) * most
      return String(heights.map { steps[min(max($0 - below, 0), most)] })
    }
  }
}
