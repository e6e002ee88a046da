import Bytes
import CMosquitto
import Glibc
import Sinks

/// Reasons why there is no connection to a broker.
enum BrokerProblem: Sendable, Equatable {
  /// Nobody knows the host's name.
  case unknownHost
  /// Nothing listens at the port.
  case nobodyListens
  /// The network doesn't reach the host.
  case system(code: Int32)
  /// The port is open, and nothing came.
  case noAnswer
  /// The broker closed the connection before it answered.
  case closedUnanswered
  /// What answered speaks no MQTT.
  case notMQTT
  /// What answered speaks no TLS.
  case notTLS
  case certificate(CertificateFault)
  /// The broker wants this program's certificate, or another one.
  case ownCertificate
  /// Another fault of TLS, in the words of the library.
  case tls(String)
  case login(code: Int32)
  case wrongVersion
  case clientID
  /// The broker refused the connection for another reason, by its code.
  case refused(code: Int32)
  /// Another program connected under the same name.
  case takenOver
  /// The connection was there, and ended.
  case lost

  enum CertificateFault: Sendable, Equatable {
    case unknownAuthority, selfSigned, expired, notYetValid, otherName
    case other(String)
  }

  /// The problem, for people.
  func words(_ broker: BrokerChoice) -> String {
    let place = broker.address.place
    let user = broker.user.map { Terminal.escaped($0) }
    return switch self {
    case .unknownHost: "nobody knows the name \(Terminal.escaped(broker.address.host))"
    case .nobodyListens:
      "nothing listens at \(place): does the broker run, and is the port right?"
    case .system(let code):
      "\(place) isn't reached: \(systemMessage(code))"
    case .noAnswer: "\(place) takes the connection and doesn't answer: is it a broker?"
    case .closedUnanswered:
      "\(place) closed the connection without an answer: "
        + (broker.address.usesTLS
          ? broker.certificates.certificate == nil
            ? "is it the broker's port for TLS, and does it want a certificate of ours?"
            : "is it the broker's port for TLS?"
          : "is it a port for TLS (mqtts://)?")
    case .notMQTT: "what answers at \(place) speaks no MQTT: is the port right?"
    case .notTLS:
      "what answers at \(place) speaks no TLS: is it the port for mqtt:// without encryption?"
    case .certificate(let fault): fault.words(broker)
    case .ownCertificate:
      broker.certificates.certificate == nil
        ? "the broker wants a certificate of ours: --mqtt-certificate and --mqtt-key"
        : "the broker doesn't take our certificate"
    case .tls(let words): "encrypting to \(place) failed: \(Terminal.escaped(words))"
    case .login where user == nil:
      "the broker wants a user and a password: --mqtt-user and --mqtt-password-file"
    case .login:
      "the broker doesn't let user \(user ?? "") in: wrong password, unknown user, or not allowed"
    case .wrongVersion:
      "the broker doesn't speak MQTT \(broker.version.rawValue): try --mqtt-version "
        + (broker.version == .v5 ? "3.1.1" : "5")
    case .clientID: "the broker doesn't take our client id: --mqtt-client-id names another"
    case .refused(let code):
      "the broker refused the connection: " + String(cString: mosquitto_reason_string(code))
    case .takenOver:
      "another program connected to the broker under our client id: does scribe run twice?"
    case .lost: "the connection to the broker at \(place) ended"
    }
  }
}

extension BrokerProblem.CertificateFault {
  /// The fault of the certificate that a handshake ended with.
  init(code: Int) {
    switch Int32(code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: self = .expired
    case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: self = .selfSigned
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_SIGNATURE_FAILURE:
      self = .unknownAuthority
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: self = .otherName
    default: self = .other(String(cString: X509_verify_cert_error_string(code)))
    }
  }

  fileprivate func words(_ broker: BrokerChoice) -> String {
    let host = Terminal.escaped(broker.address.host)
    return switch self {
    case .unknownAuthority:
      "the broker's certificate is signed by nobody we trust: --mqtt-ca names its authority"
    case .selfSigned:
      "the broker's certificate is signed by itself: --mqtt-ca with that very certificate trusts it"
    case .expired: "the broker's certificate has expired, or this machine's clock is wrong"
    case .notYetValid: "the broker's certificate isn't valid yet, or this machine's clock is wrong"
    case .otherName: "the broker's certificate is of another host than \(host)"
    case .other(let words): "the broker's certificate isn't taken: \(words)"
    }
  }
}
