import ArgumentParser

@main
struct Scribe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scribe",
    abstract: "Reads the characters that a serial camera board sees.",
    subcommands: [
      CutCommand.self
    ])
}
