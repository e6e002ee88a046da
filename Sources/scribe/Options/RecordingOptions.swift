import ArgumentParser
import Images

/// Options for recording the received bytes.
struct RecordingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Keep every received byte in this pcapng file.", valueName: "file"),
    completion: .file(extensions: ["pcapng"]))
  var record: String?

  @Flag(help: "Replace the recording if it exists.")
  var overwrite = false

  @OptionGroup var packets: PacketOptions

  func validate() throws {
    if record == "-" {
      throw ValidationError(
        "--record needs a file: standard output has the readings. See 'scribe record'.")
    }
  }
}

/// Options for the content of a recording beside raw bytes.
struct PacketOptions: ParsableArguments {
  @Flag(
    help: ArgumentHelp(
      "Keep raw bytes alone: half the size. Wireshark then shows no packets; nothing else needs "
        + "them."))
  var noPackets = false

  func decodes(_ linkProtocol: LinkProtocol?) -> Bool {
    !noPackets && linkProtocol == .scribe
  }
}
