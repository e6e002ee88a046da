/// Gray rows from predictions and Rice codes of their errors.
///
/// PROTOCOL.md, codec 2, describes the code: predictor, runs and bias correction of JPEG-LS (ITU-T
/// T.87), with ten contexts for the size of errors and 63 for their bias in place of its 367.
/// Invalid bytes give nil, never in more rows.
enum LosslessCode {
  private static let sizes = 10
  private static let shapes = 63
  private static let forget = 32
  private static let escape = 20
  private static let runBits: [Int] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
  ]

  /// - Returns: `rows` rows of `width` bytes, or nil if the code is shorter or longer than that.
  static func decode(_ bytes: UnsafeRawBufferPointer, width: Int, rows: Int) -> [UInt8]? {
    var reader = BitReader(bytes)
    var errors = ErrorModel()
    var biases = BiasModel()
    var runIndex = 0
    var result = [UInt8](repeating: 0, count: width * rows)
    let isWhole = result.withUnsafeMutableBufferPointer { pixels in
      for y in 0..<rows {
        guard row(y, &reader, &errors, &biases, &runIndex, pixels, width) else { return false }
      }
      return reader.isAtEnd
    }
    return isWhole ? result : nil
  }

  private static func row(
    _ y: Int, _ reader: inout BitReader, _ errors: inout ErrorModel, _ biases: inout BiasModel,
    _ runIndex: inout Int, _ pixels: UnsafeMutableBufferPointer<UInt8>, _ width: Int
  ) -> Bool {
    let start = y &* width
    // Before the first row lies one of mid-gray, and before the first column the one above.
    func above(_ x: Int) -> Int { y == 0 ? 128 : Int(pixels[start &- width &+ x]) }
    var left = above(0)
    var corner = left
    var missed = 0
    var x = 0
    while x < width {
      let over = above(x)
      let next = x + 1 < width ? above(x + 1) : over
      let right = next - over
      let before = over - corner
      let fall = corner - left
      let activity = abs(right) + abs(before) + abs(fall)
      if activity == 0 {
        guard let run = run(&reader, &runIndex, left: width - x) else { return false }
        for i in x..<x + run { pixels[start &+ i] = UInt8(left) }
        x += run
        if x == width { return true }
        guard let error = errors.next(&reader, context: sizes - 1) else { return false }
        missed = abs(error)
        left = (left + error) & 255
      } else {
        let context = min(sizes - 2, log2(activity + 2 * missed))
        let low = min(left, over)
        let high = max(left, over)
        let expected = corner >= high ? low : corner <= low ? high : left + before
        // Neighbourhoods that differ only in sign are learned together.
        let shape = 25 * level(right) + 5 * level(before) + level(fall)
        let sign = shape < 0 ? -1 : 1
        let corrected = expected + sign * biases.correction(shape: abs(shape))
        guard let error = errors.next(&reader, context: context) else { return false }
        missed = abs(error)
        left = (min(max(corrected, 0), 255) + sign * error) & 255
        biases.learn(error, shape: abs(shape))
      }
      pixels[start &+ x] = UInt8(left)
      corner = above(x)
      x += 1
    }
    return true
  }

  /// The number of pixels that repeat the last one, or nil if fewer are `left`.
  private static func run(_ reader: inout BitReader, _ index: inout Int, left: Int) -> Int? {
    var run = 0
    while run < left {
      guard let goesOn = reader.bits(1) else { return nil }
      let bits = runBits[index]
      if goesOn == 1 {
        let step = min(1 << bits, left - run)
        run += step
        if step == 1 << bits, index < 31 { index += 1 }
      } else {
        guard let rest = reader.bits(bits), run + rest < left else { return nil }
        if index > 0 { index -= 1 }
        return run + rest
      }
    }
    return run
  }

  /// Rounded down; `value` is above 0.
  @inline(__always)
  private static func log2(_ value: Int) -> Int { Int.bitWidth - 1 - value.leadingZeroBitCount }

  /// A difference of neighbours in five levels.
  @inline(__always)
  private static func level(_ difference: Int) -> Int {
    let size = abs(difference)
    let level = size < 2 ? 0 : size < 7 ? 1 : 2
    return difference < 0 ? -level : level
  }

  /// The bias of predictions for each way that the neighbours may lie.
  private struct BiasModel {
    /// The errors' sums: -count to 0.
    private var sums = [Int](repeating: 0, count: LosslessCode.shapes)
    private var counts = [Int](repeating: 1, count: LosslessCode.shapes)
    private var corrections = [Int](repeating: 0, count: LosslessCode.shapes)

    func correction(shape: Int) -> Int { corrections[shape] }

    mutating func learn(_ error: Int, shape: Int) {
      var sum = sums[shape] + error
      var count = counts[shape] + 1
      if sum <= -count {
        corrections[shape] = max(corrections[shape] - 1, -128)
        sum = max(sum + count, 1 - count)
      } else if sum > 0 {
        corrections[shape] = min(corrections[shape] + 1, 127)
        sum = min(sum - count, 0)
      }
      if count >= forget {
        sum >>= 1
        count >>= 1
      }
      sums[shape] = sum
      counts[shape] = count
    }
  }

  /// The size of recent errors in each context.
  private struct ErrorModel {
    private var sums = (0..<LosslessCode.sizes - 1).map { 1 << $0 } + [16]
    private var counts = [Int](repeating: 4, count: LosslessCode.sizes)

    mutating func next(_ reader: inout BitReader, context: Int) -> Int? {
      let sum = sums[context]
      let count = counts[context]
      var k = 0
      while count << k < sum { k += 1 }
      guard let high = reader.zeros(atMost: escape) else { return nil }
      let folded: Int
      if high < escape {
        guard let low = reader.bits(k) else { return nil }
        folded = high << k | low
      } else {
        guard let all = reader.bits(8) else { return nil }
        folded = all
      }
      guard folded <= 255 else { return nil }
      let error = folded & 1 == 0 ? folded >> 1 : -(folded + 1) >> 1
      let shift = count + 1 >= forget ? 1 : 0
      sums[context] = (sum + abs(error)) >> shift
      counts[context] = (count + 1) >> shift
      return error
    }
  }
}

/// Reads bits from the highest of each byte on; nil behind the end.
private struct BitReader {
  private let bytes: UnsafeRawBufferPointer
  private var next = 0
  private var held: UInt32 = 0
  private var heldCount = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether nothing is left but the zeros that fill the last byte.
  var isAtEnd: Bool {
    next == bytes.count && heldCount < 8 && held & ((1 << UInt32(heldCount)) - 1) == 0
  }

  /// A number of `count` bits, 0...15.
  @inline(__always)
  mutating func bits(_ count: Int) -> Int? {
    while heldCount < count {
      guard next < bytes.count else { return nil }
      held = held << 8 | UInt32(bytes[next])
      next &+= 1
      heldCount &+= 8
    }
    heldCount &-= count
    return Int(held >> UInt32(heldCount)) & ((1 << count) - 1)
  }

  /// The number of zeros before the next one bit, which is taken too; nil if more than `atMost`.
  @inline(__always)
  mutating func zeros(atMost limit: Int) -> Int? {
    var count = 0
    while true {
      guard let bit = bits(1) else { return nil }
      if bit == 1 { return count }
      count += 1
      if count > limit { return nil }
    }
  }
}
