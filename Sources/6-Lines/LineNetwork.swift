package import Inference

/// A network that looks at whole lines, at the width of each.
package struct LineNetwork: Sendable {
  package let model: Model
  /// Columns of a line's image per column of logits.
  package let stride: Int
  /// The model for each width used recently. A wide one takes megabytes of tables, so not all of
  /// them are kept.
  private var widened: [Int: Model] = [:]
  private static let mostWidths = 48
  private var workspace = Workspace()

  /// Nil if the model doesn't take lines as `LineImage` has them.
  package init?(_ model: Model) {
    guard model.input.height == LineImage.height, model.input.channels == 1, model.rows == 1,
      model.positions > 1,
      model.input.width % model.positions == 0
    else { return nil }
    self.model = model
    stride = model.input.width / model.positions
  }

  /// A row of logits for each column, replacing the contents of `logits`.
  ///
  /// - Throws: `ModelError` if the model can't take the line's width.
  package mutating func read(
    _ image: LineImage, into logits: inout [Int8]
  ) throws(ModelError) {
    let fitting: Model
    if let known = widened[image.width] {
      fitting = known
    } else {
      fitting = try model.widened(to: image.width)
      if widened.count >= Self.mostWidths { widened = [:] }
      widened[image.width] = fitting
    }
    fitting.logits(of: image.coverage, count: 1, workspace: &workspace, into: &logits)
  }

  /// The middle of columns of logits in the line's image.
  package func middle(of columns: ClosedRange<Int>) -> Double {
    Double(stride) * (Double(columns.lowerBound + columns.upperBound) / 2 + 0.5)
  }
}
