package import Gray
import Synchronization

/// A reader with its buffers in one place, however it is passed on: copies of a reader that is a
/// value copy its buffers, megabytes, once either of them reads.
package final class KeptReader: GrayReader {
  private let reader: Mutex<any GrayReader>

  package init(_ reader: any GrayReader) { self.reader = Mutex(reader) }

  package func reading(of gray: GrayImage) throws -> Reading {
    try reader.withLock { try $0.reading(of: gray) }
  }

  package func glance(at gray: GrayImage) throws -> Reading? {
    try reader.withLock { try $0.glance(at: gray) }
  }
}
