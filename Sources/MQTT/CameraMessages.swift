package import Sinks
import Text
package import Values

/// What a camera's reports mean to a broker: the topics, and what stands in them.
package struct CameraMessages: Sendable {
  private let camera: CameraIdentity
  private let topics: CameraTopics
  private let discovery: Discovery?
  /// Nanoseconds between messages that tell nothing new.
  private let pace: UInt64

  /// The camera's fields; nil before they are known.
  private var fields: [Field]?
  /// Names of fields that have stood for a number.
  private var numbers: Set<String> = []
  private var entities: [Discovery.Entity] = []
  private var told: Content?
  private var lastRefresh: UInt64 = 0
  /// Topics of entities that the broker holds from before; their number is bounded.
  private var found: Set<String> = []
  private static let mostFound = 1_024

  package private(set) var outbox = Outbox()

  /// What a report says, without what differs from image to image and means nothing.
  private enum Content: Equatable {
    case text(String)
    case values([Value])

    struct Value: Equatable {
      var text: String
      var number: ValueNumber?
      var state: FieldValue.State
      var reason: FieldValue.Reason?
      var good: String?
    }
  }

  /// Characters of a text that are told; more is no text of a camera.
  package static let longestText = 16_384

  package init(camera: CameraIdentity, broker: BrokerChoice) {
    self.camera = camera
    topics = CameraTopics(prefix: broker.prefix, camera: camera.name)
    pace = UInt64(broker.pace) * 1_000_000_000
    discovery = broker.discovery.map { [topics] in
      Discovery(
        prefix: $0, camera: camera, topics: topics, quality: broker.quality, expiry: broker.expiry)
    }
  }

  // MARK: What is said

  /// Takes the fields of the camera, as soon as they are known and whenever they change.
  ///
  /// - Throws: `BrokerError` for the first that can't be told; the others are.
  package mutating func use(_ fields: [Field]) throws(BrokerError) {
    guard fields != self.fields else { return }
    let gone = Set(self.fields?.map(\.name) ?? []).subtracting(fields.map(\.name))
    for name in gone where PlainName.isField(name) {
      outbox.remove(topics.field(name))
      numbers.remove(name)
    }
    self.fields = fields
    told = nil
    let fault = Self.fault(in: fields)
    describe()
    if let fault { throw fault }
  }

  /// The first fault of fields that keeps one of them from being told.
  package static func fault(in fields: [Field]) -> BrokerError? {
    var names: Set<String> = []
    for field in fields {
      guard PlainName.isField(field.name) else { return .fieldName(field.name) }
      guard names.insert(field.name).inserted else { return .sameField(field.name) }
      do throws(QuantityError) {
        _ = try Quantity.of(field)
      } catch {
        return .quantity(field: field.name, error)
      }
    }
    return nil
  }

  /// Takes a report.
  ///
  /// - Throws: `BrokerError` where its fields are new and one of them can't be told.
  package mutating func take(_ report: ImageReport, now: UInt64) throws(BrokerError) {
    var fault: BrokerError?
    if fields == nil || !report.values.isEmpty {
      do throws(BrokerError) {
        try use(report.values.map(\.field))
      } catch {
        fault = error
      }
    }
    say(report, now)
    if let fault { throw fault }
  }

  private mutating func say(_ report: ImageReport, _ now: UInt64) {
    let hasFields = fields?.isEmpty == false
    // An image that no field could be looked for in says nothing of them.
    if hasFields, report.values.isEmpty { return }
    let text = String(report.reading.text.prefix(Self.longestText))
    let content: Content =
      hasFields
      ? .values(
        report.values.map {
          Content.Value(
            text: $0.text, number: $0.number, state: $0.state, reason: $0.reason,
            good: $0.lastGood?.plain)
        }) : .text(text)
    let isRefresh = now &- lastRefresh >= pace
    guard content != told || isRefresh else { return }
    told = content
    lastRefresh = now
    outbox.put(
      topics.state, report.state(of: camera.name, text: hasFields ? nil : text),
      isRefresh: isRefresh)
    guard hasFields else {
      outbox.put(topics.text, text, isRefresh: isRefresh)
      return
    }
    for value in report.values where PlainName.isField(value.field.name) {
      guard let good = value.lastGood else { continue }
      outbox.put(topics.field(value.field.name), good.plain, isRefresh: isRefresh)
      if good.number != nil, numbers.insert(value.field.name).inserted { describe() }
    }
  }

  package mutating func say(isOnline: Bool) {
    outbox.put(
      topics.status, isOnline ? CameraTopics.online : CameraTopics.offline, isRefresh: true)
  }

  /// Puts the descriptions for Home Assistant, and removes those of what is gone.
  private mutating func describe() {
    guard let discovery, let fields else { return }
    entities = fields.flatMap { field -> [Discovery.Entity] in
      guard PlainName.isField(field.name) else { return [] }
      let quantity = try? Quantity.of(field)
      // A quantity that Home Assistant doesn't know, or in another unit, would have it refuse all.
      let isNumber =
        (field.isNumber || numbers.contains(field.name))
        && (field.quantity == nil || quantity != nil)
      return discovery.entities(of: field, quantity, isNumber: isNumber)
    }
    if fields.isEmpty { entities = [discovery.text] }
    let current = Set(entities.map(\.topic))
    for topic in found.subtracting(current) {
      outbox.remove(topic)
      guard let name = discovery.sensor(of: topic), PlainName.isValid(name) else { continue }
      if name == "text" || PlainName.isField(name) { outbox.remove("\(topics.base)/\(name)") }
    }
    found = current
    for entity in entities { outbox.put(entity.topic, entity.payload) }
  }

  // MARK: What is heard

  /// Filters of topics to listen to.
  package var subscriptions: [String] {
    [topics.status] + (discovery.map { [$0.birth, $0.entities] } ?? [])
  }

  /// Takes a message of the broker's.
  package mutating func hear(_ topic: String, _ payload: [UInt8], isRetained: Bool, isOnline: Bool)
  {
    if topic == topics.status {
      // The last will of an earlier connection, which the broker has found dead only now.
      if isOnline, payload.elementsEqual(CameraTopics.offline.utf8) { say(isOnline: true) }
    } else if topic == discovery?.birth {
      // What was retained tells of a start long ago.
      guard !isRetained, payload.elementsEqual(CameraTopics.online.utf8) else { return }
      outbox.startOver()
    } else if discovery?.isOwn(payload) == true, found.count < Self.mostFound {
      // Where fields aren't known yet it isn't either which descriptions are of none.
      if found.insert(topic).inserted, fields != nil { describe() }
    }
  }

  // MARK: What is sent

  package mutating func startOver() { outbox.startOver() }

  package mutating func next() -> RetainedMessage? { outbox.next() }

  package mutating func takeBack(_ message: RetainedMessage) { outbox.takeBack(message) }

  /// The last will: what the broker says should this program die.
  package var will: RetainedMessage {
    RetainedMessage(topic: topics.status, payload: Array(CameraTopics.offline.utf8))
  }
}

extension Field {
  /// Whether the user told something of the field that only numbers have.
  fileprivate var isNumber: Bool {
    digits != nil || decimals > 0 || !unit.isEmpty || quantity != nil || limits != Limits()
  }
}

extension FieldValue.Good {
  /// The value alone.
  fileprivate var plain: String {
    number?.description ?? String(text.prefix(CameraMessages.longestText))
  }
}

extension ImageReport {
  /// All values as one document; `text` is given where the camera has no fields.
  fileprivate func state(of camera: String, text: String?) -> String {
    var line = JSONLine()
    line.object { line in
      line.member("camera", camera)
      switch image {
      case .path(let path): line.member("image", path)
      case .number(let number): line.member("image", Int(number))
      }
      if case .at(let time) = arrival { line.member("time", time.description) }
      if let text {
        line.member("text", text)
        return
      }
      line.key("values")
      line.object { line in
        for value in values {
          line.key(value.field.name)
          line.value(value)
        }
      }
    }
    return line.text
  }
}

extension JSONLine {
  fileprivate mutating func value(_ value: FieldValue) {
    object { line in
      line.member("value", value.number)
      line.member("text", String(value.text.prefix(CameraMessages.longestText)))
      if !value.field.unit.isEmpty { line.member("unit", value.field.unit) }
      line.member("state", value.state.rawValue)
      line.key("reason")
      if let reason = value.reason { line.value(reason.rawValue) } else { line.null() }
      line.member("confidence", value.confidence, places: 4)
      line.key("lastGood")
      guard let good = value.lastGood else {
        line.null()
        return
      }
      line.object {
        $0.member("value", good.number)
        $0.member("text", String(good.text.prefix(CameraMessages.longestText)))
        $0.member("time", UTCTime(good.time).description)
      }
    }
  }

  private mutating func member(_ name: String, _ number: ValueNumber?) {
    key(name)
    // Rounds beyond 15 digits, as every program does that reads JSON; the text doesn't.
    if let number { value(number.double, places: number.decimals) } else { null() }
  }
}
