/// A message that the broker keeps for those who come later.
package struct RetainedMessage: Sendable, Equatable {
  package var topic: String
  package var payload: [UInt8]
}

/// The newest message of each topic, and those of them that the broker doesn't have yet, in the
/// order in which they became new.
///
/// However long the broker is away, it holds one message a topic.
package struct Outbox: Sendable {
  private struct Entry {
    var payload: [UInt8]
    /// The place in the order; nil where the broker has it.
    var turn: UInt64?
  }

  private var entries: [String: Entry] = [:]
  private var order: [UInt64: String] = [:]
  private var nextTurn: UInt64 = 0
  private var firstTurn: UInt64 = 0

  /// Messages that a newer one replaced before the broker got them.
  package private(set) var replaced = 0

  package init() {}

  package var isEmpty: Bool { order.isEmpty }
  /// Messages held.
  package var count: Int { entries.count }

  /// Takes a message; one whose topic has the same already only where it `isRefresh`.
  package mutating func put(_ topic: String, _ payload: [UInt8], isRefresh: Bool = false) {
    guard var entry = entries[topic] else {
      entries[topic] = Entry(payload: payload, turn: line(up: topic))
      return
    }
    let isNew = entry.payload != payload
    guard isNew || isRefresh else { return }
    if entry.turn == nil { entry.turn = line(up: topic) } else if isNew { replaced += 1 }
    entry.payload = payload
    entries[topic] = entry
  }

  package mutating func put(_ topic: String, _ text: String, isRefresh: Bool = false) {
    put(topic, Array(text.utf8), isRefresh: isRefresh)
  }

  /// Has the broker forget a topic.
  package mutating func remove(_ topic: String) { put(topic, []) }

  /// The next message that the broker doesn't have; it counts as given.
  package mutating func next() -> RetainedMessage? {
    while firstTurn < nextTurn {
      let turn = firstTurn
      firstTurn += 1
      guard let topic = order.removeValue(forKey: turn), let entry = entries[topic] else {
        continue
      }
      if entry.payload.isEmpty { entries[topic] = nil } else { entries[topic]?.turn = nil }
      return RetainedMessage(topic: topic, payload: entry.payload)
    }
    return nil
  }

  /// Takes a message back that didn't get through, unless there is a newer one.
  package mutating func takeBack(_ message: RetainedMessage) {
    if let entry = entries[message.topic], entry.turn != nil { return }
    entries[message.topic] = Entry(payload: message.payload, turn: line(up: message.topic))
  }

  /// Takes it that the broker has nothing, as after a new connection.
  package mutating func startOver() {
    let waiting = order.sorted { $0.key < $1.key }.map(\.value)
    let given = entries.filter { $0.value.turn == nil }.map(\.key).sorted()
    order = [:]
    firstTurn = nextTurn
    for topic in given + waiting {
      let turn = line(up: topic)
      entries[topic]?.turn = turn
    }
  }

  private mutating func line(up topic: String) -> UInt64 {
    defer { nextTurn += 1 }
    order[nextTurn] = topic
    return nextTurn
  }
}
