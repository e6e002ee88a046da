import ArgumentParser

@main
struct Scribe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scribe",
    abstract: "Reads the characters that a serial camera board sees.",
    subcommands: [
      LiveCommand.self,
      RecognizeCommand.self,
      RecordCommand.self,
      ReplayCommand.self,
      InspectCommand.self,
      ImportCommand.self,
      ExtractCommand.self,
      SimulateCommand.self,
      EvaluateCommand.self,
      TeachCommand.self,
      PortsCommand.self,
      ModelsCommand.self,
      ExportFirmwareCommand.self,
      CutCommand.self,
    ])
}
