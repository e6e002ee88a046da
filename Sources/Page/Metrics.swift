import Sinks
import Values

/// The figures of all cameras in the text format of Prometheus.
package struct Metrics {
  private(set) var text = ""
  private let cameras: [PageCamera]

  init(_ cameras: [PageCamera]) {
    self.cameras = cameras
    let figures = cameras.map { ($0.feed.name, $0.feed.currentFigures) }
    counter("scribe_images_total", "Images that came, whole or damaged.", figures) { $0.images }
    counter("scribe_images_read_total", "Images that were read.", figures) { $0.imagesRead }
    counter("scribe_bytes_total", "Bytes that came.", figures) { $0.bytes }
    causes("scribe_losses_total", "Images and bytes that came and were not used.", figures) {
      $0.losses
    }
    causes("scribe_images_lost_total", "Images that never came.", figures) { $0.imagesLost }
    causes("scribe_bytes_dropped_total", "Bytes that were thrown away.", figures) {
      $0.bytesDropped
    }
    family("scribe_connected", "gauge", "1 while the board is there and sends.")
    for (name, figures) in figures {
      sample("scribe_connected", [("camera", name)], figures.connection == .connected ? 1 : 0)
    }
    family("scribe_round_trip_seconds", "gauge", "Time of the last PING there and back.")
    for (name, figures) in figures {
      if let seconds = figures.roundTrip {
        sample("scribe_round_trip_seconds", [("camera", name)], seconds)
      }
    }
    let states = cameras.map { ($0.feed.name, $0.feed.current) }
    family("scribe_reading_seconds", "histogram", "Time from a whole image to its text.")
    for (name, state) in states {
      histogram("scribe_reading_seconds", name, state.measures.seconds)
    }
    family("scribe_line_confidence", "histogram", "Confidence of the lines that were read.")
    for (name, state) in states {
      histogram("scribe_line_confidence", name, state.measures.confidence)
    }
    counter("scribe_characters_total", "Characters that were read.", states) {
      $0.measures.characters
    }
    counter("scribe_readings_empty_total", "Images in which nothing was read.", states) {
      $0.measures.emptyReadings
    }
    values(states)
  }

  private mutating func values(_ states: [(String, CameraFeed.State)]) {
    let all = states.map { ($0.0, $0.1.reading.value?.report.values ?? []) }
    family("scribe_value", "gauge", "Last good value of a field.")
    for (name, values) in all {
      for value in values {
        guard let number = value.lastGood?.number else { continue }
        let labels = [
          ("camera", name), ("field", value.field.name), ("unit", value.field.unit),
        ]
        sample("scribe_value", labels, number.double)
      }
    }
    family("scribe_value_state", "gauge", "1 for the state that a field is in.")
    for (name, values) in all {
      for value in values {
        for state in FieldValue.State.allCases {
          sample(
            "scribe_value_state",
            [("camera", name), ("field", value.field.name), ("state", state.rawValue)],
            value.state == state ? 1 : 0)
        }
      }
    }
  }

  private mutating func counter<Source>(
    _ name: String, _ help: String, _ sources: [(String, Source)], _ count: (Source) -> Int
  ) {
    family(name, "counter", help)
    for (camera, source) in sources {
      sample(name, [("camera", camera)], Double(count(source)))
    }
  }

  private mutating func causes(
    _ name: String, _ help: String, _ figures: [(String, LinkFigures)],
    _ counts: (LinkFigures) -> [String: Int]
  ) {
    family(name, "counter", help)
    for (camera, figures) in figures {
      for (cause, count) in counts(figures).sorted(by: { $0.key < $1.key }) {
        sample(name, [("camera", camera), ("cause", cause)], Double(count))
      }
    }
  }

  private mutating func histogram(_ name: String, _ camera: String, _ histogram: Histogram) {
    var below = 0
    for (index, count) in histogram.counts.enumerated() {
      below += count
      let bound =
        index < histogram.bounds.count ? Self.number(histogram.bounds[index]) : "+Inf"
      sample("\(name)_bucket", [("camera", camera), ("le", bound)], Double(below))
    }
    sample("\(name)_sum", [("camera", camera)], histogram.sum)
    sample("\(name)_count", [("camera", camera)], Double(histogram.count))
  }

  private mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    let list = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    text += "\(name){\(list)} \(Self.number(value))\n"
  }

  private static func number(_ value: Double) -> String {
    JSONLine.decimal(value, places: 9) ?? "NaN"
  }

  /// A label's value; anything that could end it or hide a part of it is escaped.
  package static func escaped(_ text: String) -> String {
    Terminal.escaped(text, keepingNewlines: true).replacing("\\", with: "\\\\")
      .replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
