import Foundation
import Glibc
import Sinks
import Testing

/// What `body` writes.
func written(_ body: (TextOutput) throws -> Void) throws -> String {
  var ends: [CInt] = [0, 0]
  try #require(pipe(&ends) == 0)
  let reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
  try body(TextOutput(descriptor: ends[1]))
  close(ends[1])
  return String(decoding: try reading.readToEnd() ?? Data(), as: UTF8.self)
}

/// What a sink writes.
func output(
  of reports: ImageReport..., by make: (TextOutput) -> any ReadingSink
) throws -> String {
  try written { output in
    let sink = make(output)
    for report in reports { try sink.write(report) }
  }
}
