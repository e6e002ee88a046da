import ArgumentParser
import FirmwareProto

@main
struct Scribe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scribe",
    abstract: "Reads the characters that a serial camera board sees.",
    // One number for program and headers.
    version: "SerialScribe \(SCRIBE_VERSION)",
    subcommands: [
      LiveCommand.self,
      RecognizeCommand.self,
      RecordCommand.self,
      ReplayCommand.self,
      InspectCommand.self,
      ImportCommand.self,
      ExtractCommand.self,
      CameraCommand.self,
      SimulateCommand.self,
      EvaluateCommand.self,
      TeachCommand.self,
      PortsCommand.self,
      ModelsCommand.self,
      ExportFirmwareCommand.self,
      CutCommand.self,
    ])
}
