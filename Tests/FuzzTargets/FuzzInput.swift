/// Takes an input apart; after its end there are zeros, so that any input is valid.
struct FuzzInput {
  private var remaining: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { remaining = bytes[...] }

  var isAtEnd: Bool { remaining.isEmpty }

  mutating func u8() -> UInt8 { remaining.popFirst() ?? 0 }

  mutating func u16() -> UInt16 {
    let low = u8()
    return UInt16(u8()) << 8 | UInt16(low)
  }

  mutating func u32() -> UInt32 {
    let low = u16()
    return UInt32(u16()) << 16 | UInt32(low)
  }

  /// The bytes available, at most `count`.
  mutating func bytes(_ count: Int) -> [UInt8] {
    defer { remaining = remaining.dropFirst(count) }
    return Array(remaining.prefix(count))
  }

  /// All bytes that are left.
  mutating func rest() -> [UInt8] { bytes(remaining.count) }
}

/// Numbers derived from an input, for choices that the fuzzer need not steer: xorshift64*.
struct FuzzNumbers {
  private var state: UInt64

  init(seed: some BinaryInteger) { state = UInt64(truncatingIfNeeded: seed) | 1 << 40 }

  mutating func below(_ bound: Int) -> Int {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return Int(truncatingIfNeeded: (state &* 0x2545_F491_4F6C_DD1D) >> 33) % bound
  }
}
