import FirmwareProto
import Images
import LinkTestSupport

/// A board in memory: the C encoder with buffers of exactly the sizes that it asks for, so that
/// access beyond them is detected.
final class FuzzBoard {
  private(set) var bytes: [UInt8] = []
  private(set) var refusals = 0
  /// The number of next packets that are refused.
  var refusing = 0
  let encoder: UnsafeMutablePointer<scribe_encoder>
  private let buffer: UnsafeMutablePointer<UInt8>
  private let names: UnsafeMutablePointer<CChar>

  init(mtu: Int, name: [UInt8] = []) {
    let capacity = mtu + mtu / 254 + 3
    encoder = .allocate(capacity: 1)
    encoder.initialize(to: scribe_encoder())
    buffer = .allocate(capacity: capacity)
    names = .allocate(capacity: name.count + 1)
    for (i, byte) in name.enumerated() { names[i] = CChar(bitPattern: byte) }
    names[name.count] = 0
    var config = scribe_config()
    config.write = { context, bytes, length in
      guard let context, let bytes else { return false }
      let board = Unmanaged<FuzzBoard>.fromOpaque(context).takeUnretainedValue()
      guard board.refusing == 0 else {
        board.refusing -= 1
        board.refusals += 1
        return false
      }
      board.bytes += UnsafeBufferPointer(start: bytes, count: length)
      return true
    }
    config.write_context = Unmanaged.passUnretained(self).toOpaque()
    config.buffer = buffer
    config.buffer_size = capacity
    config.mtu = UInt16(mtu)
    config.board = UnsafePointer(names)
    config.sensor = UnsafePointer(names)
    config.firmware = UnsafePointer(names)
    let status = scribe_init(encoder, &config)
    precondition(status == SCRIBE_OK)
  }

  deinit {
    encoder.deallocate()
    buffer.deallocate()
    names.deallocate()
  }

  func send(_ text: BoardText) -> scribe_status { text.send(by: encoder) }
}

/// A coder of the C encoder, with the memory that it may be given.
final class FuzzCoder {
  let pointer: UnsafeMutablePointer<scribe_coder>
  private let memory: UnsafeMutableRawPointer
  private var previous: UnsafeMutablePointer<UInt8>?
  private var marks: UnsafeMutablePointer<UInt32>?

  init(isBilevel: Bool, sliceRows: UInt8, refresh: UInt8, previous size: Int, marks count: Int) {
    if isBilevel {
      let bilevel = UnsafeMutablePointer<scribe_bilevel>.allocate(capacity: 1)
      scribe_bilevel_init(bilevel)
      memory = UnsafeMutableRawPointer(bilevel)
    } else {
      let lossless = UnsafeMutablePointer<scribe_lossless>.allocate(capacity: 1)
      scribe_lossless_init(lossless)
      memory = UnsafeMutableRawPointer(lossless)
    }
    pointer = memory.assumingMemoryBound(to: scribe_coder.self)
    pointer.pointee.slice_rows = sliceRows
    pointer.pointee.refresh = refresh
    if size > 0 {
      let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
      bytes.initialize(repeating: 0, count: size)
      previous = bytes
      pointer.pointee.previous = bytes
      pointer.pointee.previous_size = size
    }
    if count > 0 {
      let numbers = UnsafeMutablePointer<UInt32>.allocate(capacity: count)
      numbers.initialize(repeating: 0, count: count)
      marks = numbers
      pointer.pointee.marks = numbers
      pointer.pointee.mark_count = UInt16(count)
    }
  }

  deinit {
    memory.deallocate()
    previous?.deallocate()
    marks?.deallocate()
  }
}
