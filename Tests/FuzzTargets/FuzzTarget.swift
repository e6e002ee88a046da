import Images

/// Everything that takes bytes from outside, as a function of an input of libFuzzer.
///
/// The fuzzer and `make test` call the same functions: the first with inputs that it makes, the
/// second with those kept in `Tests/FuzzTests/Corpus`, in a folder per target.
///
/// To add a target, add a case, the function that it calls, and seeds to `SeedTests`.
public enum FuzzTarget: String, CaseIterable, Sendable {
  /// Raw bytes of a link, cut anywhere.
  case packets
  /// Packets with right checksums and any content.
  case link
  /// Parts of a TEXT.
  case boardText = "board-text"
  /// Codes of bilevel rows and of lossless gray rows, in slices.
  case bilevel
  case lossless
  /// The C encoder with any calls, to the decoder.
  case encoder
  /// Bytes from a host to a board, any bytes and any packets, to the C code that listens.
  case host
  /// Bytes from a board, to the host's side of the talk.
  case control
  case raw
  case jpegStream = "jpeg-stream"
  /// Text that stands for bytes, or looks so.
  case textDump = "text-dump"
  /// A camera's answers to requests.
  case asking
  /// Recordings.
  case pcapng
  case pcap
  /// gzip and zstd.
  case packed
  /// Image files.
  case jpeg
  case png
  case bmp
  case pnm
  case tiff
  case webp
  case gif
  /// A manifest and its weights; a model that loads is computed in three ways.
  case model
  /// Any gray image, read by the C code that ships to boards and by the host.
  case reading
  /// Text from users, and text shown to them.
  case strings
  /// A viewer's bytes, to the page.
  case pageRequest = "page-request"
  /// A camera's file.
  case camera

  /// Runs one input.
  ///
  /// - Throws: `FuzzFailure` for a forbidden result. Refusing an input is no failure.
  public func run(_ bytes: [UInt8]) throws(FuzzFailure) {
    var input = FuzzInput(bytes)
    switch self {
    case .packets: try fuzzPackets(&input)
    case .link: try fuzzLink(&input)
    case .boardText: try fuzzBoardText(&input)
    case .bilevel: try fuzzCodedRows(&input, codec: 3, format: 5)
    case .lossless: try fuzzCodedRows(&input, codec: 2, format: 1)
    case .encoder: try fuzzEncoder(&input)
    case .host: try fuzzHost(&input)
    case .control: try fuzzControl(&input)
    case .raw: try fuzzRaw(&input)
    case .jpegStream: try fuzzJPEGStream(&input)
    case .textDump: try fuzzTextDump(&input)
    case .asking: try fuzzAsking(&input)
    case .pcapng: try fuzzRecording(&input)
    case .pcap: try fuzzPcap(&input)
    case .packed: try fuzzPacked(&input)
    case .jpeg: try fuzzImageFile(bytes, format: .jpeg)
    case .png: try fuzzImageFile(bytes, format: .png)
    case .bmp, .pnm, .tiff, .webp, .gif: try fuzzImageFile(bytes, format: .file)
    case .model: try fuzzModel(bytes)
    case .reading: try fuzzReading(&input)
    case .strings: try fuzzStrings(&input)
    case .pageRequest: try fuzzPageRequest(bytes)
    case .camera: try fuzzCamera(bytes)
    }
  }
}

/// A failure that an input caused.
public struct FuzzFailure: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

func require(
  _ condition: Bool, _ message: @autoclosure () -> String
) throws(FuzzFailure) {
  guard condition else { throw FuzzFailure(message()) }
}
