internal import CZlib
internal import CZstd

/// Unpacks a gzip or zstd file piece by piece; does no I/O.
///
/// Feed a piece of the file, take what comes out of it until there is nothing, feed the next. No
/// more than `mostAtOnce` bytes come out at a time, however much a piece claims to hold. Members or
/// frames may follow each other.
public final class Unpacker {
  /// Bytes that come out at a time, at most.
  public static let mostAtOnce = 1 << 16

  /// Reasons why nothing more comes out.
  public enum Failure: Sendable, Equatable {
    /// The bytes there are no valid code.
    case broken
    /// The bytes after the last member are no other member.
    case foreignRest
  }

  public private(set) var failure: Failure?
  /// Bytes of the file that are unpacked.
  public private(set) var position: UInt64 = 0
  /// Whether a member has begun and not ended.
  public private(set) var isWithin = false

  private let stream: any PackedStream
  private var input: [UInt8] = []
  private var at = 0
  private var output = [UInt8](repeating: 0, count: mostAtOnce)
  /// Whether the library may hold more bytes than it had room to give.
  private var isFull = false
  /// Whole members so far, and whether the one that has begun gave any bytes.
  private var members = 0
  private var hasGiven = false
  /// The position where the member that has begun starts.
  private var memberStart: UInt64 = 0

  public init(_ compression: Compression) {
    stream =
      switch compression {
      case .gzip: GzipStream()
      case .zstd: ZstdStream()
      }
  }

  /// Takes the next piece of the file, once `next` has nothing left.
  public func feed(_ piece: some Sequence<UInt8>) {
    input.removeFirst(at)
    at = 0
    input.append(contentsOf: piece)
  }

  /// The next unpacked bytes, or nil where more of the file is needed or nothing more can come.
  public func next() -> ArraySlice<UInt8>? {
    while failure == nil {
      if !isWithin { skipPadding() }
      guard at < input.count || isFull else { return nil }
      if !isWithin { memberStart = position }
      isWithin = true
      let step = input[at...].withUnsafeBytes { from in
        output.withUnsafeMutableBytes { stream.step(from, $0) }
      }
      at += step.taken
      position += UInt64(step.taken)
      isFull = step.given == output.count
      hasGiven = hasGiven || step.given > 0
      switch step.outcome {
      case .goesOn:
        // Input that is not taken would come again and again.
        if step.taken == 0, step.given == 0, at < input.count { fail() }
      case .ended:
        (isWithin, isFull, hasGiven) = (false, false, false)
        members += 1
      case .failed: fail()
      }
      if step.given > 0 { return output[..<step.given] }
    }
    return nil
  }

  /// Skips zeros, which fill up blocks of tapes and disks, as gzip does.
  private func skipPadding() {
    guard members > 0 else { return }
    while at < input.count, input[at] == 0 {
      at += 1
      position += 1
    }
  }

  private func fail() {
    isWithin = false
    guard members > 0, !hasGiven else {
      failure = .broken
      return
    }
    failure = .foreignRest
    position = memberStart
  }
}

/// The result of a library's step.
private struct UnpackingStep {
  enum Outcome { case goesOn, ended, failed }

  var taken: Int
  var given: Int
  var outcome: Outcome
}

private protocol PackedStream: AnyObject {
  func step(_ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer)
    -> UnpackingStep
}

private final class GzipStream: PackedStream {
  /// The stream has a place of its own, since zlib keeps its address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let isReady: Bool

  init() {
    stream.initialize(to: z_stream())
    // The largest window, 32 KiB, and 16 for gzip's headers.
    isReady =
      inflateInit2_(stream, 15 + 16, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
  }

  deinit {
    if isReady { inflateEnd(stream) }
    stream.deallocate()
  }

  func step(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> UnpackingStep {
    guard isReady else { return UnpackingStep(taken: 0, given: 0, outcome: .failed) }
    stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.bindMemory(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = CUnsignedInt(input.count)
    stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
    stream.pointee.avail_out = CUnsignedInt(output.count)
    let code = inflate(stream, Z_NO_FLUSH)
    let outcome: UnpackingStep.Outcome =
      switch code {
      case Z_OK, Z_BUF_ERROR: .goesOn
      case Z_STREAM_END: inflateReset(stream) == Z_OK ? .ended : .failed
      default: .failed
      }
    return UnpackingStep(
      taken: input.count - Int(stream.pointee.avail_in),
      given: output.count - Int(stream.pointee.avail_out), outcome: outcome)
  }
}

private final class ZstdStream: PackedStream {
  private let context: OpaquePointer?

  init() {
    context = ZSTD_createDCtx()
    // A window of 128 MiB, which the zstd program takes without an option; pages of it that are not
    // written cost nothing.
    if let context { ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27) }
  }

  deinit { ZSTD_freeDCtx(context) }

  func step(
    _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
  ) -> UnpackingStep {
    guard let context else { return UnpackingStep(taken: 0, given: 0, outcome: .failed) }
    var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var to = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let code = ZSTD_decompressStream(context, &to, &from)
    let outcome: UnpackingStep.Outcome =
      ZSTD_isError(code) != 0 ? .failed : code == 0 ? .ended : .goesOn
    return UnpackingStep(taken: from.pos, given: to.pos, outcome: outcome)
  }
}
