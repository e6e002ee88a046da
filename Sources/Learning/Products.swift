internal import CKernels

/// A product of matrices, by which heads are trained: c (m x n) = a (m x k) times b (k x n).
///
/// `a` may lie in either order, so that one function serves forwards and backwards. Rows of `b` and
/// `c` are a multiple of `width` long.
package enum Products {
  /// Values that rows are padded to.
  package static let width = Int(SCRIBE_PRODUCT_WIDTH)

  /// `count` rounded up to whole steps.
  static func padded(_ count: Int) -> Int { (count + width - 1) / width * width }

  /// The order in which `a` lies.
  package enum Order {
    /// Rows one after the other.
    case rows
    /// The transpose's rows one after the other.
    case columns
  }

  package static func multiply(
    _ a: [Float], _ order: Order, _ b: [Float], m: Int, k: Int, n: Int
  ) -> [Float] {
    precondition(a.count == m * k && b.count == k * n && n % width == 0)
    guard m > 0, n > 0 else { return [] }
    let (row, column) = order == .rows ? (k, 1) : (1, m)
    return [Float](unsafeUninitializedCapacity: m * n) { c, count in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          scribe_matrix_product(
            a.baseAddress, row, column, b.baseAddress, c.baseAddress, m, k, n)
        }
      }
      count = m * n
    }
  }
}
