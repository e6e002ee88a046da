import Glibc

/// The memory of a process while it runs, from the kernel's account.
public struct SoakMemory: Sendable {
  private var samples: [Int] = []

  public init() {}

  /// Notes the memory that a process has now; nothing where it has ended.
  public mutating func note(_ process: Int32) {
    guard let file = fopen("/proc/\(process)/statm", "r") else { return }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, 128, file) != nil else { return }
    let fields = String(
      decoding: line.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }, as: UTF8.self
    )
    .split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return }
    samples.append(pages * Int(sysconf(CInt(_SC_PAGESIZE))))
  }

  public var count: Int { samples.count }

  /// The median after a fifth of the time, for as long: buffers have their size by then.
  public var early: Int { median(samples.count / 5..<samples.count * 2 / 5) }

  /// The median of the last fifth.
  public var late: Int { median(samples.count * 4 / 5..<samples.count) }

  private func median(_ range: Range<Int>) -> Int {
    let part = samples[range].sorted()
    return part.isEmpty ? 0 : part[part.count / 2]
  }

  /// How much more there may be at the end.
  public static let bound = 8 << 20

  public var isFlat: Bool { samples.count >= 10 && late - early <= Self.bound }

  public var words: String {
    func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e5).rounded() / 10) MB" }
    return "memory: \(megabytes(early)) after a fifth, \(megabytes(late)) at the end "
      + "(medians of \(samples.count) samples)"
  }
}
