import Export
import FirmwareProto

/// A pattern in memory, as a board has it in flash, for the C code that ships to boards.
final class FlashPattern {
  let pattern: UnsafeMutablePointer<scribe_pattern>
  private let source: UnsafeMutablePointer<CChar>
  private let kinds: UnsafeMutablePointer<UInt8>
  private let next: UnsafeMutablePointer<UInt16>
  private let accepting: UnsafeMutablePointer<UInt8>

  init(_ firmware: FirmwarePattern) {
    source = Self.copy(firmware.source.utf8.map { CChar(bitPattern: $0) } + [0])
    kinds = Self.copy(firmware.kinds)
    next = Self.copy(firmware.next)
    accepting = Self.copy(firmware.accepting)
    pattern = .allocate(capacity: 1)
    pattern.initialize(
      to: scribe_pattern(
        source: source, character_count: UInt16(firmware.kinds.count),
        state_count: UInt16(firmware.accepting.count), kind_count: UInt16(firmware.kindCount),
        kinds: kinds, next: next, accepting: accepting))
  }

  deinit {
    pattern.deallocate()
    source.deallocate()
    kinds.deallocate()
    next.deallocate()
    accepting.deallocate()
  }

  private static func copy<T>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
    pointer.initialize(from: values, count: values.count)
    return pointer
  }
}
