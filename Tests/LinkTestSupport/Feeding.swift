public import Images

extension LinkDecoder {
  /// All events of `pieces` and of the end of the stream.
  public mutating func events(of pieces: [[UInt8]]) -> [LinkEvent] {
    var events: [LinkEvent] = []
    for piece in pieces { events += decode(piece) }
    return events + finish()
  }
}

extension [LinkEvent] {
  /// The images reported as whole.
  public var intactImages: [CapturedImage] {
    compactMap { event in
      if case .image(let image) = event { image } else { nil }
    }
  }

  public var damagedImages: [(image: CapturedImage, damage: [ImageDamage])] {
    compactMap { event in
      if case .damagedImage(let image, let damage) = event { (image, damage) } else { nil }
    }
  }

  public var consoleText: String {
    map { event in if case .console(let text) = event { text } else { "" } }.joined()
  }

  /// Images lost, for any cause or for one.
  public func lostCount(_ wanted: ImageLoss? = nil) -> Int {
    reduce(0) { sum, event in
      if case .imagesLost(let count, let cause) = event, wanted == nil || wanted == cause {
        sum + count
      } else {
        sum
      }
    }
  }

  public var droppedByteCount: Int {
    reduce(0) { sum, event in
      if case .bytesDropped(_, let count) = event { sum + count } else { sum }
    }
  }
}
