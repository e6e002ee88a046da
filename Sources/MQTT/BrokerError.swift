import Bytes
import Values

/// Reasons why a broker can't be used as it was asked for; all are found at start.
public enum BrokerError: Error, Equatable, CustomStringConvertible {
  case address(String, AddressFault)
  case passwordInAddress
  case passwordWithoutUser
  /// A file that can't be read, with the error of the system.
  case unreadable(path: String, code: Int32)
  /// A password's file that holds none, or more than one.
  case noPassword(path: String)
  case tlsWithoutTLS
  case keyWithoutCertificate
  case prefix(String)
  case cameraName(String)
  /// Two cameras that would have the same topics.
  case sameCamera(String)
  case fieldName(String)
  case sameField(String)
  case quantity(field: String, QuantityError)
  case outOfRange(Setting, Int)
  /// No thread is to be had, with the error of the system.
  case noThread(code: Int32)
  /// What libmosquitto refuses, with its words.
  case library(String)

  public enum AddressFault: Sendable {
    case noScheme, webSocket, noHost, port, path
  }

  /// A number with bounds.
  public enum Setting: String, Sendable {
    case keepAlive, refresh, expiry

    public var range: ClosedRange<Int> {
      switch self {
      case .keepAlive: 5...65_535
      case .refresh: 0...86_400
      case .expiry: 1...2_592_000
      }
    }
  }

  public var description: String {
    switch self {
    case .address(let text, let fault): "'\(text)' is no address of a broker: \(fault.words)"
    case .passwordInAddress:
      "a password in the broker's address is seen by everybody who lists processes: put it in a file "
        + "for --mqtt-password-file, or in the environment as SERIALSCRIBE_MQTT_PASSWORD"
    case .passwordWithoutUser: "a password needs a user: name one by --mqtt-user"
    case .unreadable(let path, let code):
      "\(path) cannot be read: \(systemMessage(code))"
    case .noPassword(let path): "\(path) holds no password: it is one line of text"
    case .tlsWithoutTLS: "certificates need an address that starts with mqtts://"
    case .keyWithoutCertificate: "a client's certificate and its key are given together"
    case .prefix(let text):
      "'\(text)' cannot start topics: it is names of letters a-z, digits, '_', '-' and '.', with '/' "
        + "between them"
    case .cameraName(let name):
      "'\(name)' cannot be a camera's name: it is letters a-z, digits, '_' and '-', at most "
        + "\(PlainName.longest)"
    case .sameCamera(let name): "two cameras are named '\(name)': their topics would be the same"
    case .fieldName(let name):
      PlainName.reserved.contains(name)
        ? "a field cannot be named '\(name)': that topic has another meaning"
        : "'\(name)' cannot be a field's name: it is letters a-z, digits, '_' and '-', at most "
          + "\(PlainName.longest)"
    case .sameField(let name): "two fields are named '\(name)'"
    case .quantity(let field, let error): "field '\(field)': \(error)"
    case .outOfRange(let setting, let value):
      "\(setting.words) is \(setting.range.lowerBound) to \(setting.range.upperBound) seconds, not "
        + "\(value)"
    case .noThread(let code): "no thread for the broker can be started: \(systemMessage(code))"
    case .library(let words): "the broker cannot be used: \(words)"
    }
  }
}

extension BrokerError.AddressFault {
  fileprivate var words: String {
    switch self {
    case .noScheme: "it starts with mqtt:// or, encrypted, mqtts://"
    case .webSocket: "WebSockets aren't spoken; name the broker's plain port, as mqtt://host:1883"
    case .noHost: "the host's name is missing, as in mqtt://host:1883"
    case .port: "the port is a number from 1 to 65535"
    case .path: "nothing stands behind host and port"
    }
  }
}

extension BrokerError.Setting {
  fileprivate var words: String {
    switch self {
    case .keepAlive: "the keep-alive"
    case .refresh: "the time between refreshes"
    case .expiry: "the time after which values expire"
    }
  }
}
