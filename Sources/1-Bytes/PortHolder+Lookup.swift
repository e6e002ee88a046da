import Glibc

extension PortHolder {
  /// The process with a `flock` on the file, as /proc/locks tells it.
  static func locking(_ status: stat) -> PortHolder? {
    // "1: FLOCK  ADVISORY  WRITE 1234 00:19:5 0 EOF"; device numbers are hexadecimal.
    for line in (smallFile("/proc/locks") ?? "").split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", let process = Int(fields[4]) else { continue }
      let parts = fields[5].split(separator: ":")
      guard parts.count == 3, UInt64(parts[2]) == UInt64(status.st_ino),
        let major = UInt64(parts[0], radix: 16), let minor = UInt64(parts[1], radix: 16),
        (major, minor) == deviceNumber(UInt64(status.st_dev))
      else { continue }
      return PortHolder(processID: process)
    }
    return nil
  }

  /// A process that has the device open, among those this user may look into.
  static func opening(_ path: String) -> PortHolder? {
    guard let resolved = resolvedPath(path) else { return nil }
    let own = Int(getpid())
    for process in folderNames("/proc").compactMap({ Int($0) }) where process != own {
      let folder = "/proc/\(process)/fd"
      if folderNames(folder).contains(where: { linkTarget("\(folder)/\($0)") == resolved }) {
        return PortHolder(processID: process)
      }
    }
    return nil
  }

  /// The leader of the session whose controlling terminal this is.
  static func session(on status: stat) -> PortHolder? {
    let (major, minor) = deviceNumber(UInt64(status.st_rdev))
    let wanted = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)
    for process in folderNames("/proc").compactMap({ Int($0) }).sorted() {
      // "123 (name) S parent group session tty ...", where the name may hold anything.
      guard let line = smallFile("/proc/\(process)/stat"), let name = line.lastIndex(of: ")")
      else { continue }
      let fields = line[name...].split(separator: " ")
      if fields.count > 5, UInt64(fields[5]) == wanted { return PortHolder(processID: process) }
    }
    return nil
  }

  /// Names the process.
  private init(processID: Int) {
    let name = smallFile("/proc/\(processID)/comm")?.split(separator: "\n").first
    self.init(name: name.map { String($0) } ?? "a program", processID: processID)
  }

  /// Major and minor number, as the C library packs them.
  private static func deviceNumber(_ device: UInt64) -> (UInt64, UInt64) {
    (
      ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfff),
      (device & 0xff) | ((device >> 12) & ~0xff)
    )
  }
}
