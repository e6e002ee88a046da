/// Kinds of files that are known by their first bytes, and so are never taken for bare bytes of a
/// link.
public enum KnownFormat: String, Sendable, CaseIterable {
  // Recordings.
  case pcapng, pcap
  // Compressed, once or twice, and archives.
  case gzip, zstd, xz, bzip2, lz4, zip, rar, tar
  case sevenZip = "7z"
  // Captures of other programs.
  case pcapWithMore = "a pcap variant of Linux"
  case snoop
  case bluetoothSnoop = "btsnoop"
  case networkMonitor = "Network Monitor"
  case saleae = "Saleae"
  // Pictures and films.
  case jpeg = "JPEG"
  case png = "PNG"
  case bmp = "BMP"
  case gif = "GIF"
  case tiff = "TIFF"
  case webp = "WebP"
  case pnm = "PNM"
  case matroska = "Matroska"
  case mp4 = "MP4"
  case avi = "AVI"
  case wav = "WAV"
  // Other common files.
  case pdf = "PDF"
  case elf = "ELF"

  /// The number of first bytes that tell what a file is.
  public static let headSize = 512

  /// The format of a file by its start; nil where it is unknown.
  ///
  /// - Parameter head: the first `headSize` bytes, fewer where the file is shorter.
  public init?(startOf head: some Collection<UInt8>) {
    let head = Array(head.prefix(Self.headSize))
    guard let format = Self.allCases.first(where: { $0.matches(head) }) else { return nil }
    self = format
  }

  private func matches(_ head: [UInt8]) -> Bool {
    func has(_ bytes: [UInt8], at place: Int = 0) -> Bool {
      head.dropFirst(place).starts(with: bytes)
    }
    func has(_ text: String, at place: Int = 0) -> Bool { has(Array(text.utf8), at: place) }
    switch self {
    case .pcapng:
      return has([0x0A, 0x0D, 0x0D, 0x0A])
        && (has([0x4D, 0x3C, 0x2B, 0x1A], at: 8) || has([0x1A, 0x2B, 0x3C, 0x4D], at: 8))
    case .pcap: return PcapDecoder.starts(head)
    case .gzip, .zstd: return Compression(startOf: head)?.rawValue == rawValue
    case .xz: return has([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0])
    case .bzip2: return has("BZh") && has([0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4)
    case .lz4: return has([4, 0x22, 0x4D, 0x18])
    case .zip: return has("PK\u{3}\u{4}") || has("PK\u{5}\u{6}")
    case .rar: return has("Rar!\u{1A}\u{7}")
    case .tar: return has("ustar", at: 257)
    case .sevenZip: return has([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C])
    case .pcapWithMore:
      return has([0x34, 0xCD, 0xB2, 0xA1]) || has([0xA1, 0xB2, 0xCD, 0x34])
    case .snoop: return has("snoop\0\0\0")
    case .bluetoothSnoop: return has("btsnoop\0")
    case .networkMonitor: return has("GMBU") || has("RTSS")
    case .saleae: return has("<SALEAE>")
    case .jpeg: return has([0xFF, 0xD8, 0xFF]) && head.count > 3 && head[3] >= 0xC0
    case .png: return has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    case .bmp:
      // Two letters alone could be pixels; the header after them must have a known size.
      return has("BM") && has([0, 0, 0], at: 15)
        && head.count > 14 && [12, 40, 52, 56, 64, 108, 124].contains(head[14])
    case .gif: return has("GIF87a") || has("GIF89a")
    case .tiff: return has([0x49, 0x49, 0x2A, 0]) || has([0x4D, 0x4D, 0, 0x2A])
    case .webp: return has("RIFF") && has("WEBP", at: 8)
    case .pnm:
      // `P5`, a space and the width, or a comment.
      return head.count > 3 && head[0] == 0x50 && (0x31...0x37).contains(head[1])
        && [0x09, 0x0A, 0x0D, 0x20].contains(head[2])
        && (head[3] == 0x23 || (0x30...0x39).contains(head[3]))
    case .matroska: return has([0x1A, 0x45, 0xDF, 0xA3])
    case .mp4: return has("ftyp", at: 4)
    case .avi: return has("RIFF") && has("AVI ", at: 8)
    case .wav: return has("RIFF") && has("WAVE", at: 8)
    case .pdf: return has("%PDF-")
    case .elf: return has([0x7F, 0x45, 0x4C, 0x46])
    }
  }

  /// Whether a `RecordingReader` reads it.
  var isRecording: Bool { self == .pcapng || self == .pcap }

  /// Advice where bytes of a port were expected: what the file is and what to do with it.
  var adviceForPorts: String {
    switch self {
    case .pcapng, .pcap: "is a recording (\(rawValue)): 'scribe replay' reads it"
    case .gzip, .zstd:
      "is compressed with \(rawValue): 'scribe replay' reads such recordings, and dumps whose "
        + "--protocol is named"
    default: advice
    }
  }

  /// Advice for people: what the file is and what to do with it.
  var advice: String {
    switch self {
    case .pcapng, .pcap: adviceForPorts
    case .gzip, .zstd: "is compressed twice: unpack it once with '\(rawValue) -d'"
    case .xz, .bzip2, .lz4: "is compressed with \(rawValue): unpack it with '\(rawValue) -d' first"
    case .zip, .rar, .tar, .sevenZip:
      "is an archive (\(rawValue)), as sessions of sigrok and Saleae are too: unpack it and give "
        + "what is in it"
    case .pcapWithMore, .snoop, .bluetoothSnoop, .networkMonitor:
      "is a capture of another kind (\(rawValue)): convert it with 'editcap -F pcapng'"
    case .saleae:
      "is a binary export of a Saleae analyzer: export its bytes as CSV"
    case .jpeg:
      "is a JPEG: 'scribe recognize' reads image files; JPEG after JPEG needs "
        + "--protocol jpeg-stream"
    case .png, .bmp, .gif, .tiff, .webp, .pnm:
      "is an image (\(rawValue)): 'scribe recognize' reads image files"
    case .matroska, .mp4, .avi:
      "is a film (\(rawValue)): take pictures out of it with 'ffmpeg -i FILE pictures/%06d.png' and "
        + "read them with 'scribe recognize'"
    case .wav, .pdf, .elf: "is a file of another kind (\(rawValue)) and holds no bytes of a link"
    }
  }
}
