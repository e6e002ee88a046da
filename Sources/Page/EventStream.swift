import Sinks

/// What a viewer is told, as server-sent events: pictures, readings, figures of the link, messages.
///
/// Nothing is queued. Events are made when the viewer has taken the last ones, of what is newest
/// then: pictures that a slow viewer missed are skipped. Server-sent events and no WebSocket, since
/// a page has nothing to say on this way: there are no messages of a viewer to bound, a browser
/// connects again by itself, and the rules for who may ask are those of all requests.
package struct EventStream: Sendable {
  private var cursors: [Cursor]

  package init(_ cameras: [CameraFeed]) { cursors = cameras.map { Cursor(feed: $0) } }

  /// The events for all that is new, in parts that viewers share; empty where there is nothing.
  package mutating func take() -> [[UInt8]] {
    var events: [[UInt8]] = []
    for index in cursors.indices { cursors[index].take(into: &events) }
    return events
  }

  /// What a viewer knows of a camera.
  private struct Cursor: Sendable {
    let feed: CameraFeed
    var picture = 0
    var reading = 0
    var link = 0
    var messages = 0
    var changes = -1

    init(feed: CameraFeed) { self.feed = feed }

    mutating func take(into events: inout [[UInt8]]) {
      let state = feed.current
      if state.picture.count > picture, let value = state.picture.value {
        picture = state.picture.count
        events.append(feed.event(of: value))
      }
      if state.reading.count > reading, let value = state.reading.value {
        reading = state.reading.count
        events.append(Array("event: reading\ndata: \(value.json)\n\n".utf8))
      }
      if state.link.count > link, let value = state.link.value {
        link = state.link.count
        events.append(
          Self.event("link", feed.number) { line in
            value.write(to: &line)
            if let sample = state.history.samples.last {
              line.key("rates")
              sample.write(to: &line)
            }
          })
      }
      if state.messageCount > messages {
        let new = min(state.messageCount - messages, state.messages.count)
        messages = state.messageCount
        events.append(
          Self.event("messages", feed.number) { line in
            line.key("messages")
            line.array { line in for text in state.messages.suffix(new) { line.value(text) } }
          })
      }
      if state.changes > changes {
        changes = state.changes
        events.append(Self.event("changed", feed.number) { _ in })
      }
    }

    private static func event(
      _ name: String, _ camera: Int, _ content: (inout JSONLine) -> Void
    ) -> [UInt8] {
      var line = JSONLine()
      line.object { line in
        line.member("camera", camera)
        content(&line)
      }
      return Array("event: \(name)\ndata: \(line.text)\n\n".utf8)
    }
  }
}
