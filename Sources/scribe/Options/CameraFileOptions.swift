import ArgumentParser
import Cameras
import Images
import Sinks
import Values

/// Options for cameras that have files of their own.
struct CameraFileOptions: ParsableArguments {
  @Option(
    name: .customLong("camera"),
    help: ArgumentHelp(
      """
      A camera's file: its port, protocol, baud and mount, which options of the same name go \
      before, and the named values of its picture. 'scribe camera new' makes one. Repeatable: \
      cameras that are read at once.
      """, valueName: "file"))
  var files: [String] = []

  /// The cameras, ready to read with.
  ///
  /// - Throws: `CameraFileError`.
  func load() throws -> [LoadedCamera] { try files.map { try LoadedCamera($0) } }

  /// The only camera; nil for none.
  func loadOne() throws -> LoadedCamera? { try load().first }

  /// - Throws: `ValidationError` for more than one file.
  func checkOne() throws {
    guard files.count <= 1 else { throw ValidationError("--camera is one file here.") }
  }

  /// The sources to read from: the ports that the command names, those of the cameras' files, or
  /// ports in place of those in the files.
  ///
  /// - Throws: `CameraFileError`, or `ValidationError` where a camera has no port.
  func sources(_ link: PortOptions) throws -> [LiveSource] {
    let cameras = try load()
    guard !cameras.isEmpty else {
      return link.ports.map { LiveSource(port: $0, link: link, camera: nil) }
    }
    return try cameras.enumerated().map { index, camera in
      guard let port = link.ports.isEmpty ? camera.file.port : link.ports[index] else {
        throw CameraFileError(file: camera.path, .missingKey("port"))
      }
      return LiveSource(port: port, link: link.completed(by: camera.file), camera: camera)
    }
  }

  /// - Throws: `ValidationError` where ports and cameras don't fit together.
  func check(_ link: PortOptions) throws {
    guard !link.ports.isEmpty || !files.isEmpty else {
      throw ValidationError("Missing expected argument '--port <path> ...', or --camera FILE.")
    }
    guard link.ports.isEmpty || files.isEmpty || link.ports.count == files.count else {
      throw ValidationError("--port beside --camera: give as many of them, in the same order.")
    }
  }
}

/// A port to read from, and how.
struct LiveSource: Sendable {
  let port: String
  let link: PortOptions
  let camera: LoadedCamera?
}

/// A camera's file, read, with what its pictures are to be read for.
struct LoadedCamera: Sendable {
  let path: String
  let file: CameraFile
  let focus: FieldFocus

  /// - Throws: `CameraFileError`.
  init(_ path: String) throws {
    self.path = path
    file = try CameraFileStore.load(path)
    focus =
      file.fields.isEmpty ? try FieldFocus([]) : try CameraFileStore.focus(of: file, at: path)
  }

  var name: String { file.name }
  var fields: [Field] { file.fields }

  /// The mount: the user's, or else the file's.
  func mount(_ reading: ReaderOptions) -> Mount { reading.mount?.mount ?? file.mount }

  /// Its values, which start anew.
  ///
  /// - Parameter keepsHistory: false for pictures that have nothing to do with each other.
  /// - Returns: the values of one session.
  func makeValues(keepsHistory: Bool = true) -> SharedValues {
    SharedValues(focus, camera: file.name, keepsHistory: keepsHistory)
  }
}

extension PortOptions {
  /// The options, and for those that aren't given what the camera's file says.
  func completed(by camera: CameraFile) -> PortOptions {
    var link = self
    link.givenBaud = givenBaud ?? camera.baud
    link.givenProtocol = givenProtocol ?? camera.linkProtocol
    return link
  }
}

extension CameraFileError {
  var exitCode: ExitCode {
    switch fault {
    case .unreadable: ExitStatus.noInput
    case .unwritable: ExitStatus.cannotCreate
    default: ExitStatus.dataError
    }
  }
}
