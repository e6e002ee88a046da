import ArgumentParser
import FoundationEssentials
import MQTT

/// Options for an MQTT broker that gets what is read.
struct BrokerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Tell an MQTT broker what is read, as mqtt://host:1883, or encrypted as mqtts://host. For each \
      camera these topics are kept by the broker: serialscribe/CAMERA/state, a JSON document of all \
      values and their states; serialscribe/CAMERA/FIELD, a field's last good value; \
      serialscribe/CAMERA/text, the text of a camera without fields; serialscribe/CAMERA/status, \
      online or offline. Home Assistant finds the values by itself. A broker that is away is waited \
      for, and gets the newest then; reading never waits for it.
      """, valueName: "address"))
  var mqtt: String?

  @Option(
    help: ArgumentHelp(
      "The camera's name in topics, for one source. (default: the last part of its port)",
      valueName: "name"))
  var mqttName: String?

  @Option(
    help: ArgumentHelp(
      "The user at the broker. (default: SERIALSCRIBE_MQTT_USER in the environment)",
      valueName: "name"))
  var mqttUser: String?

  @Option(
    help: ArgumentHelp(
      """
      A file whose only line is the user's password. (default: SERIALSCRIBE_MQTT_PASSWORD in the \
      environment)
      """, valueName: "file"))
  var mqttPasswordFile: String?

  @Option(
    help: ArgumentHelp(
      "The authority that signed the broker's certificate, as PEM. (default: the system's)",
      valueName: "file"))
  var mqttCa: String?

  @Option(
    help: ArgumentHelp("This program's own certificate, as PEM.", valueName: "file"))
  var mqttCertificate: String?

  @Option(help: ArgumentHelp("The key of --mqtt-certificate, as PEM.", valueName: "file"))
  var mqttKey: String?

  @Flag(help: "Take any certificate of the broker's: whoever sits between may read and change all.")
  var mqttInsecure = false

  @Option(
    help: ArgumentHelp(
      "Quality of service: 0 at most once, 1 at least once, 2 exactly once.", valueName: "level"))
  var mqttQos = QualityArgument(.atLeastOnce)

  @Option(help: ArgumentHelp("The version of MQTT.", valueName: "version"))
  var mqttVersion = MQTTVersionArgument(.v3)

  @Option(
    help: ArgumentHelp("What topics start with.", valueName: "topic"))
  var mqttPrefix = "serialscribe"

  @Option(
    help: ArgumentHelp(
      "What topics of Home Assistant's discovery start with, or none.", valueName: "topic"))
  var mqttDiscovery = "homeassistant"

  @Option(
    help: ArgumentHelp(
      "The time between messages that tell nothing new; 0 = a message for each image.",
      valueName: "seconds"))
  var mqttEvery = 10

  @Option(
    help: ArgumentHelp(
      "Have Home Assistant take values for unknown after so long without an image.",
      valueName: "seconds"))
  var mqttExpire: Int?

  @Option(
    help: ArgumentHelp(
      "The name under which the broker knows this program. (default: of prefix, camera and host)",
      valueName: "name"))
  var mqttClientId: String?

  @Option(
    help: ArgumentHelp("Ask a silent broker after so long.", valueName: "seconds"))
  var mqttKeepAlive = 60

  func validate() throws {
    do throws(BrokerError) {
      if let mqttName { _ = try CameraIdentity(name: mqttName, software: "") }
      _ = try choice()
    } catch {
      throw ValidationError("\(error).")
    }
    let others: [Any?] = [
      mqttName, mqttUser, mqttPasswordFile, mqttCa, mqttCertificate, mqttKey, mqttExpire,
      mqttClientId,
    ]
    guard mqtt != nil || others.allSatisfy({ $0 == nil }) && !mqttInsecure else {
      throw ValidationError("Options --mqtt-... need --mqtt, the broker's address.")
    }
  }

  /// The broker; nil where there is none.
  ///
  /// - Throws: `BrokerError`.
  func choice() throws(BrokerError) -> BrokerChoice? {
    guard let mqtt else { return nil }
    let (address, user) = try BrokerAddress.parse(mqtt)
    let environment = ProcessInfo.processInfo.environment
    var broker = BrokerChoice(address: address)
    broker.user = mqttUser ?? user ?? environment["SERIALSCRIBE_MQTT_USER"]
    if let mqttPasswordFile {
      broker.password = try Password(file: mqttPasswordFile)
    } else {
      broker.password = environment["SERIALSCRIBE_MQTT_PASSWORD"].map { Password($0) }
    }
    broker.certificates.authorities = mqttCa
    broker.certificates.certificate = mqttCertificate
    broker.certificates.key = mqttKey
    broker.certificates.trustsAnybody = mqttInsecure
    broker.quality = mqttQos.quality
    broker.version = mqttVersion.version
    broker.prefix = mqttPrefix
    broker.discovery = mqttDiscovery == "none" ? nil : mqttDiscovery
    broker.refresh = mqttEvery
    broker.expiry = mqttExpire
    broker.clientID = mqttClientId
    broker.keepAlive = mqttKeepAlive
    try broker.check()
    return broker
  }
}

struct QualityArgument: ExpressibleByArgument {
  let quality: BrokerChoice.Quality

  init(_ quality: BrokerChoice.Quality) { self.quality = quality }

  init?(argument: String) {
    guard let level = Int(argument), let quality = BrokerChoice.Quality(rawValue: level) else {
      return nil
    }
    self.quality = quality
  }

  static var allValueStrings: [String] { BrokerChoice.Quality.allCases.map { "\($0.rawValue)" } }

  var defaultValueDescription: String { "\(quality.rawValue)" }
}

struct MQTTVersionArgument: ExpressibleByArgument {
  let version: BrokerChoice.Version

  init(_ version: BrokerChoice.Version) { self.version = version }

  init?(argument: String) {
    guard let version = BrokerChoice.Version(rawValue: argument) else { return nil }
    self.version = version
  }

  static var allValueStrings: [String] { BrokerChoice.Version.allCases.map(\.rawValue) }

  var defaultValueDescription: String { version.rawValue }
}
