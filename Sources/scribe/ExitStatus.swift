import ArgumentParser
import Bytes
import Cameras
import Inference
import MQTT
import OnBoard
import Page
import Recording
import Sinks
import Text

/// The codes of sysexits.h that this program ends with. Wrong options give 64.
enum ExitStatus {
  static let dataError = ExitCode(65)
  static let noInput = ExitCode(66)
  static let cannotCreate = ExitCode(73)
  static let ioError = ExitCode(74)

  static let help = """
    Exit codes: 0 done, 64 wrong options, 65 not a recording or model, 66 the port or file cannot \
    be opened, 73 the output cannot be created, 74 reading or writing failed. Ctrl-C is a good \
    end; a second one, or an output that nobody takes, makes it one by signal, 130.
    """
}

extension PortError {
  var exitCode: ExitCode {
    switch self {
    case .noSuchPort, .busy, .permissionDenied, .notSerial, .interactiveTerminal, .unreachable,
      .unknownHost, .noConnection:
      ExitStatus.noInput
    case .unsupportedBaud, .badAddress, .notWritable: ExitCode(64)
    case .disconnected, .writeTimedOut, .system: ExitStatus.ioError
    }
  }
}

extension RecordingError {
  var exitCode: ExitCode {
    switch self {
    case .exists, .cannotCreate: ExitStatus.cannotCreate
    case .cannotOpen: ExitStatus.noInput
    case .notARecording, .knownFormat, .notBareBytes, .foreignLink: ExitStatus.dataError
    case .closed, .writeFailed, .readFailed: ExitStatus.ioError
    }
  }
}

extension PageError {
  var exitCode: ExitCode {
    switch self {
    case .badAddress, .needsToken: ExitCode(64)
    case .cannotListen: ExitStatus.noInput
    case .token, .folder: ExitStatus.cannotCreate
    case .noThread: ExitStatus.ioError
    }
  }
}

extension ModelError {
  var exitCode: ExitCode {
    switch self {
    case .notFound, .unreadable: ExitStatus.noInput
    default: ExitStatus.dataError
    }
  }
}

/// Prints the error and returns its exit code.
func fail(_ display: StatusDisplay, _ error: any Error) -> ExitCode {
  display.clear()
  if let code = error as? ExitCode { return code }
  // The reader of the output has gone: as with `| head`, this is an end and no failure.
  if error as? SinkError == .closed { return .success }
  if case RecordingError.closed? = error as? RecordingError { return .success }
  display.message("Error: \(error)", style: .red)
  if case RecordingError.notARecording(let path)? = error as? RecordingError {
    if let hint = textDumpHint(path) { display.message(hint, style: .yellow) }
  }
  switch error {
  case let error as PortError: return error.exitCode
  case let error as RecordingError: return error.exitCode
  case let error as PageError: return error.exitCode
  case let error as CameraFileError: return error.exitCode
  case let error as PictureError: return error.exitCode
  case let error as ModelError: return error.exitCode
  // Wrong options.
  case is BrokerError: return ExitCode(64)
  case is TextReaderError, is FirmwareReaderError: return ExitStatus.dataError
  case is SinkError: return ExitStatus.ioError
  default: return ExitCode(70)
  }
}
