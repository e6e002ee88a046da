import ArgumentParser
import Images

/// Options for bytes that come as text.
struct DumpOptions: ParsableArguments {
  enum Dump: String, CaseIterable, ExpressibleByArgument {
    case auto, hex, base64, csv, none
  }

  @Option(
    help: ArgumentHelp(
      """
      Text that stands for bytes, as 'FF D8', '0xFF,', xxd's and hexdump's lines, base64, or a logic \
      analyser's table: auto decodes it where that is certain, hex, base64 and csv in any case, none \
      never.
      """, valueName: "kind"))
  var dump = Dump.auto

  var choice: TextDumpChoice {
    switch dump {
    case .auto: .automatic
    case .none: .none
    case .hex: .only(.hex)
    case .base64: .only(.base64)
    case .csv: .only(.csv)
    }
  }
}
