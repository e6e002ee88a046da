internal import CKernels

/// A product of matrices, by which heads are trained: c (m x n) = a (m x k) times b (k x n).
///
/// `a` may lie in either order, so that one function serves forwards and backwards. Rows of `b` and
/// `c` are a multiple of `width` long. `times` products follow each other in all three.
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
    _ a: [Float], _ order: Order, _ b: [Float], m: Int, k: Int, n: Int, times: Int = 1
  ) -> [Float] {
    precondition(a.count == times * m * k && b.count == times * k * n && n % width == 0)
    guard m > 0, n > 0 else { return [] }
    let (row, column) = order == .rows ? (k, 1) : (1, m)
    return [Float](unsafeUninitializedCapacity: times * m * n) { c, count in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          for i in 0..<times {
            scribe_matrix_product(
              a.baseAddress.map { $0 + i * m * k }, row, column,
              b.baseAddress.map { $0 + i * k * n }, c.baseAddress.map { $0 + i * m * n }, m, k, n)
          }
        }
      }
      count = times * m * n
    }
  }
}
