import ArgumentParser
import Bytes
import Inference

/// What shells offer where a value is typed.
extension CompletionKind {
  static var ports: CompletionKind {
    .custom { _, _, _ in (listPorts() + pairedPorts()).map(\.path) + ["-"] }
  }

  /// Names of models; a folder may be typed, too.
  static var models: CompletionKind {
    .custom { _, _, _ in
      ModelStore.all().compactMap { folder in folder.split(separator: "/").last.map(String.init) }
    }
  }

  static var recordings: CompletionKind {
    .file(extensions: ["pcapng", "pcap", "gz", "zst", "bin", "dump", "txt"])
  }
}
