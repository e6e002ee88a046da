import Glibc

/// The way a pseudo-terminal was named. Its number goes to the next program that asks for one,
/// which may be a window that somebody types in; so after a hang-up the number alone says nothing.
enum PseudoTerminalName: Equatable {
  /// By its number, as `/dev/pts/5`: once hung up, it doesn't come back.
  case number
  /// By a link to it, which is made anew by whoever brings the board back.
  case link(LinkStamp)

  /// Nil where `path` leads to something else, or to a pseudo-terminal through a chain of links.
  init?(path: String) {
    if path.hasPrefix(Self.folder) {
      self = .number
    } else if linkTarget(path)?.hasPrefix(Self.folder) == true, let stamp = LinkStamp(path: path) {
      self = .link(stamp)
    } else {
      return nil
    }
  }

  private static let folder = "/dev/pts/"
}

/// Marks that tell a link from a later one of the same name.
struct LinkStamp: Equatable {
  private let file: UInt64
  private let seconds: Int
  private let nanoseconds: Int

  init?(path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    file = UInt64(status.st_ino)
    seconds = Int(status.st_ctim.tv_sec)
    nanoseconds = Int(status.st_ctim.tv_nsec)
  }
}
