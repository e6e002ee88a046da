import ArgumentParser
import Cameras
import Gray
import Images
import Sinks
import Values

/// Makes and checks the files of cameras.
struct CameraCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "camera",
    abstract: "Make or check a camera's file, which names the values of its picture.",
    discussion: """
      A camera's file says where its images come from, how it is mounted, and which places of its \
      picture are which values. It is YAML, made to be edited; 'scribe live --camera FILE' reads by \
      it.

      Examples:
        scribe camera new water.yaml --picture photo.jpg --field counter=40,60,200,40 \
      --port /dev/ttyUSB0
        scribe camera check water.yaml
        scribe recognize --camera water.yaml photo.jpg
            what the fields say in a picture
      """,
    subcommands: [New.self, Check.self])

  struct New: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a new camera's file.",
      discussion: """
        With --picture, a picture of the camera as it sends it, the boxes follow a camera that is \
        nudged: a small gray copy is kept beside the file. What fields may say is told in the file: \
        digits, unit, limits.
        """)

    @Option(help: ArgumentHelp("A picture of the camera.", valueName: "image"))
    var picture: String?

    @Option(
      name: .customLong("field"),
      help: ArgumentHelp(
        "A named place of the upright picture, as counter=40,60,200,40. Repeatable.",
        valueName: "name=x,y,width,height"))
    var fields: [FieldArgument] = []

    @Option(help: ArgumentHelp("As of 'scribe live'.", valueName: "path"))
    var port: String?

    @Option(help: ArgumentHelp("As of 'scribe live'.", valueName: "rate"))
    var baud: Int?

    @Option(
      name: .customLong("protocol"), help: ArgumentHelp("As of 'scribe live'.", valueName: "name"),
      transform: parseLinkProtocol)
    var linkProtocol: LinkProtocol?

    @Option(help: ArgumentHelp("As of 'scribe live'. (default: upright)", valueName: "mount"))
    var mount: MountArgument?

    @Flag(help: "Change a file that is there; comments in it stay.")
    var overwrite = false

    @Argument(
      help: ArgumentHelp("The file; its name without .yaml is the camera's.", valueName: "file"))
    var file: String

    func run() async throws {
      let display = StatusDisplay()
      do {
        var camera = try start()
        if let port { camera.port = port }
        if let baud { camera.baud = baud }
        if let linkProtocol { camera.linkProtocol = linkProtocol }
        if let mount { camera.mount = mount.mount }
        if let picture {
          let decoded = try decode(picture)
          let upright = decoded.gray.uprighted(from: camera.mount)
          guard PictureFollower(reference: upright) != nil else {
            throw ImageFileError.damaged(
              path: picture, reason: "it shows nothing that could be followed")
          }
          try CameraFileStore.keepReference(upright, for: &camera, at: file)
        }
        for field in fields {
          camera.fields.removeAll { $0.name == field.name }
          camera.fields.append(Field(name: field.name, box: field.box))
        }
        // What can't be read again isn't written.
        _ = try CameraFile(parsing: camera.text, file: file)
        try CameraFileStore.save(camera, to: file)
        display.message("wrote \(Terminal.escaped(file))")
      } catch let error as ImageFileError {
        display.message("Error: \(error)", style: .red)
        throw error.exitCode
      } catch {
        throw fail(display, error)
      }
    }

    /// The camera that is there, or a new one named as its file.
    private func start() throws -> CameraFile {
      let last = file.split(separator: "/").last.map { String($0) } ?? file
      let stem = last.split(separator: ".").first.map { String($0) } ?? ""
      let exists: Bool
      do throws(CameraFileError) {
        let there = try CameraFileStore.load(file)
        if overwrite { return there }
        exists = true
      } catch {
        guard case .unreadable = error.fault else { throw error }
        exists = false
      }
      guard !exists else {
        throw CameraFileError(
          file: file, .unwritable(reason: "it is there already; --overwrite changes it"))
      }
      guard PlainName.isValid(stem) else {
        throw CameraFileError(
          file: file,
          .value(key: "the file's name", found: stem, asks: "letters, digits, _ and -"))
      }
      return CameraFile(name: stem)
    }

    private func decode(_ path: String) throws -> DecodedImage {
      let image = try CapturedImage(path: path)
      do {
        return try DecodedImage(image)
      } catch {
        throw ImageFileError.damaged(path: path, reason: "\(error)")
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check a camera's file, and tell what it says.")

    @Argument(help: ArgumentHelp("The file.", valueName: "file"))
    var file: String

    func run() async throws {
      do {
        let camera = try LoadedCamera(file)
        try TextOutput.standard.write(camera.file.summary)
      } catch {
        throw fail(StatusDisplay(), error)
      }
    }
  }
}

/// A field's name and box, as `counter=40,60,200,40`.
struct FieldArgument: ExpressibleByArgument {
  let name: String
  let box: PixelBox

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, PlainName.isField(String(parts[0])) else { return nil }
    let numbers = parts[1].split(separator: ",", omittingEmptySubsequences: false).map {
      UInt16($0)
    }
    guard numbers.count == 4, case let sides = numbers.compactMap({ $0.map { Int($0) } }),
      sides.count == 4, sides[2] > 0, sides[3] > 0
    else { return nil }
    name = String(parts[0])
    box = PixelBox(x: sides[0], y: sides[1], width: sides[2], height: sides[3])
  }
}

extension CameraFile {
  /// What the file says, for people.
  fileprivate var summary: String {
    var lines = ["camera \(name)" + (title.isEmpty ? "" : ": \(title)")]
    let link = [
      port, baud.map { "\($0) baud" }, linkProtocol.map { "protocol \($0)" }, "mounted \(mount)",
    ]
    lines.append(link.compactMap { $0 }.joined(separator: ", "))
    if let reference { lines.append("followed by \(reference)") }
    for field in fields {
      var words = [
        "field \(field.name) at \(field.box.x),\(field.box.y) "
          + "\(field.box.width)x\(field.box.height)"
      ]
      if let digits = field.digits { words.append("\(digits) digits") }
      if field.decimals > 0 { words.append("\(field.decimals) decimals") }
      if !field.unit.isEmpty { words.append(field.unit) }
      if let pattern = field.pattern { words.append("pattern \(pattern)") }
      if field.limits.grows { words.append("only grows") }
      if let most = field.limits.mostPerHour { words.append("at most \(most) an hour") }
      words.append("good once \(counted(field.limits.agreeing, "image")) agree")
      lines.append(words.joined(separator: ", "))
    }
    return lines.map { Terminal.escaped($0) + "\n" }.joined()
  }
}
