import Packets

/// Link protocol v1 (firmware-proto/PROTOCOL.md): decodes bytes into images and a board's other
/// messages.
///
/// One image is open at a time. It is closed by its END, by a packet of another image, or by the
/// board's restart; packets that come later for it are dropped. An image is `.image` only if every
/// row arrived and END's checksum proved it; otherwise rows that are here are shown as
/// `.damagedImage`. A JPEG with holes is never shown: most decoders would fill it with nonsense.
public struct ScribeDecoder: LinkDecoder {
  public private(set) var statistics = LinkStatistics()
  /// The open image, from its first packet on.
  public var progress: ImageProgress? { current?.progress }
  private let limits: LinkLimits

  private var packets = PacketDecoder()
  private var delimitersCounted = 0

  private var descriptors = [BoardDescriptor?](repeating: nil, count: 8)
  private var layouts = [ImageLayout?](repeating: nil, count: 8)
  private var shownDescriptor: BoardDescriptor?

  private var current: ImageAssembly?
  /// The last image of coded rows, which the next may refer to.
  private var reference: ReferenceImage?
  private var numbers = ImageNumbers()

  private var textParts: BoardTextAssembly?
  /// The last text that was given out: its number and time.
  private var lastText: (number: UInt32, timestamp: UInt64)?

  private var events: [LinkEvent] = []

  public init(limits: LinkLimits = LinkLimits()) {
    self.limits = limits
  }

  public mutating func decode(_ bytes: [UInt8]) -> [LinkEvent] {
    statistics.bytesReceived += bytes.count
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while let step = packets.next(in: buffer, at: &offset) { take(step) }
    }
    return takeEvents()
  }

  /// Gives out an image of which everything but END came.
  public mutating func idle() -> [LinkEvent] {
    if let current, current.isComplete { close(end: nil) }
    return takeEvents()
  }

  public mutating func finish() -> [LinkEvent] {
    while let step = packets.finishStep() { take(step) }
    forgetBoard()
    return takeEvents()
  }

  private mutating func takeEvents() -> [LinkEvent] {
    statistics.overheadBytes += packets.delimiterBytes - delimitersCounted
    delimitersCounted = packets.delimiterBytes
    statistics.pendingBytes =
      packets.pendingBytes + (current?.pendingBytes ?? 0) + (textParts?.pendingBytes ?? 0)
    defer { events = [] }
    return events
  }

  /// Closes the open image and text, and expects a board that starts from nothing.
  private mutating func forgetBoard() {
    close(end: nil)
    forgetText()
    lastText = nil
    lose(numbers.reset())
    statistics.lastSequence = nil
    reference = nil
    descriptors = [BoardDescriptor?](repeating: nil, count: 8)
    layouts = [ImageLayout?](repeating: nil, count: 8)
  }
}

// MARK: - Packets

extension ScribeDecoder {
  private mutating func take(_ step: PacketDecoder.Step) {
    switch step {
    case .packet(let header, let count): take(header, segmentBytes: count)
    case .dropped(let cause, let count): drop(cause, count)
    case .console(let bytes):
      statistics.consoleBytes += bytes.count
      events.append(.console(String(decoding: bytes, as: UTF8.self)))
    }
  }

  private mutating func drop(_ cause: DropCause, _ count: Int) {
    guard count > 0 else { return }
    statistics.droppedBytes[cause, default: 0] += count
    events.append(.bytesDropped(cause, count: count))
  }

  private mutating func lose(_ cause: ImageLoss, count: Int = 1) {
    guard count > 0 else { return }
    statistics.imagesLost[cause, default: 0] += count
    events.append(.imagesLost(count: count, cause: cause))
  }

  private mutating func lose(_ missing: ImageNumbers.Missing) {
    lose(.droppedByBoard, count: missing.droppedByBoard)
    lose(.onLink, count: missing.onLink)
  }

  private mutating func take(_ header: PacketHeader, segmentBytes: Int) {
    statistics.countPacket(header.type)
    // A restart begins a new sequence: HELLO is looked at before it is counted.
    if header.type != .hello { countSequence(header.sequence) }
    if header.type == .slice {
      takeSlice(header, segmentBytes: segmentBytes)
      return
    }
    if header.type == .text {
      takeText(packets.storage[packets.bodyRange], segmentBytes: segmentBytes)
      return
    }
    let body = packets.storage[packets.bodyRange]
    let refusal: DropCause?
    switch header.type {
    case .descriptor: refusal = takeDescriptor(header, body)
    case .begin: refusal = takeBegin(header, body)
    case .end: refusal = takeEnd(header, body)
    case .hello:
      refusal = takeHello(body)
      countSequence(header.sequence)
    case .log:
      events.append(.log(String(decoding: body, as: UTF8.self)))
      refusal = nil
    case .stats: refusal = add(BoardStatistics(body).map(LinkEvent.boardStatistics))
    case .ping, .pong:
      var reader = ByteReader(body)
      refusal = add(reader.u32().map { header.type == .ping ? .ping($0) : .pong($0) })
    case .response: refusal = add(BoardResponse(body).map(LinkEvent.response))
    case .slice, .text, .credit, .command:
      refusal = nil
    }
    if let refusal {
      drop(refusal, segmentBytes)
    } else {
      statistics.overheadBytes += segmentBytes
    }
  }

  /// Adds the event of a packet's body; nil, for an invalid body, is a cause to drop the packet.
  private mutating func add(_ event: LinkEvent?) -> DropCause? {
    guard let event else { return .malformed }
    events.append(event)
    return nil
  }

  private mutating func countSequence(_ sequence: UInt8) {
    guard let last = statistics.lastSequence else {
      statistics.lastSequence = sequence
      return
    }
    // A step of half the range or more is a packet from the past: repeated or out of order.
    let step = sequence &- last
    guard step > 0, step < 128 else { return }
    statistics.packetsMissing += Int(step) - 1
    statistics.lastSequence = sequence
  }

  private mutating func takeDescriptor(
    _ header: PacketHeader, _ body: ArraySlice<UInt8>
  ) -> DropCause? {
    guard let descriptor = BoardDescriptor(body) else { return .malformed }
    layouts[Int(header.descriptorID)] = descriptor.layout
    if descriptor != shownDescriptor {
      shownDescriptor = descriptor
      events.append(.descriptor(descriptor))
    }
    return nil
  }

  private mutating func takeHello(_ body: ArraySlice<UInt8>) -> DropCause? {
    guard let hello = BoardHello(body) else { return .malformed }
    if hello.hasJustStarted { forgetBoard() }
    events.append(.hello(hello))
    return nil
  }
}

// MARK: - Images

extension ScribeDecoder {
  private mutating func takeBegin(
    _ header: PacketHeader, _ body: ArraySlice<UInt8>
  ) -> DropCause? {
    guard let begin = ImageBegin(body),
      UInt8(truncatingIfNeeded: begin.number) == header.imageNumber
    else { return .malformed }
    if let open = current, UInt8(truncatingIfNeeded: open.number) == header.imageNumber {
      if let known = open.begin {
        if known.number == begin.number, known.timestamp == begin.timestamp { return .duplicate }
      } else if open.layout == begin.layout {
        // The image's slices came first.
        correctNumber(begin.number)
        current?.begin = begin
        layouts[Int(header.descriptorID)] = begin.layout
        lose(numbers.explain(begin))
        return nil
      }
    } else if numbers.isClosed(begin) {
      return .late
    }
    close(end: nil)
    layouts[Int(header.descriptorID)] = begin.layout
    open(begin.number, layout: begin.layout, descriptorID: header.descriptorID, begin: begin)
    lose(numbers.explain(begin))
    return nil
  }

  private mutating func takeSlice(_ header: PacketHeader, segmentBytes: Int) {
    if current.map({ UInt8(truncatingIfNeeded: $0.number) }) != header.imageNumber {
      if numbers.isPast(header.imageNumber) {
        drop(.late, segmentBytes)
        return
      }
      guard let layout = layouts[Int(header.descriptorID)] else {
        drop(.noDescriptor, segmentBytes)
        return
      }
      close(end: nil)
      open(
        numbers.guessed(header.imageNumber), layout: layout, descriptorID: header.descriptorID,
        begin: nil)
    }
    let outcome = store(header)
    switch outcome {
    case .success(.stored(let count)):
      current?.pendingBytes += count
      statistics.overheadBytes += segmentBytes - count
    case .success(.duplicate): drop(.duplicate, segmentBytes)
    case .success(.malformed): drop(.malformed, segmentBytes)
    case .success(.dropped(let cause, let kept)):
      current?.pendingBytes -= kept
      drop(cause, segmentBytes + kept)
    case .failure(let refusal): drop(refusal.cause, segmentBytes)
    }
  }

  private struct Refusal: Error {
    var cause: DropCause
  }

  private mutating func store(_ header: PacketHeader) -> Result<SliceOutcome, Refusal> {
    guard let content = current?.content, current?.descriptorID == header.descriptorID else {
      return .failure(Refusal(cause: .malformed))
    }
    let isCoded = current?.slices != nil
    if header.isInter, !isCoded { return .failure(Refusal(cause: .unsupportedFormat)) }
    let storage = packets.storage
    let outcome = storage.withUnsafeBytes { bytes -> SliceOutcome? in
      let body = UnsafeRawBufferPointer(rebasing: bytes[packets.bodyRange])
      let position = Int(header.position)
      switch content {
      case .rejected: return nil
      case .jpeg:
        return current?.chunks.add(body, number: position, isLast: header.isLastSlice)
      case .pixels:
        guard !isCoded else { return current?.addSlice(body, header, reference: reference) }
        guard !header.isFragment else { return .malformed }
        return current?.pixels.addChunk(body, number: position, isLast: header.isLastSlice)
      }
    }
    if let outcome { return .success(outcome) }
    if case .rejected(let cause, _) = content { return .failure(Refusal(cause: cause)) }
    return .failure(Refusal(cause: .malformed))
  }

  private mutating func takeEnd(_ header: PacketHeader, _ body: ArraySlice<UInt8>) -> DropCause? {
    guard let end = ImageEnd(body), UInt8(truncatingIfNeeded: end.number) == header.imageNumber
    else { return .malformed }
    if let open = current, UInt8(truncatingIfNeeded: open.number) == header.imageNumber {
      // A number taken from BEGIN is certain. One guessed from its low byte may be off.
      if open.begin == nil || open.number == end.number {
        correctNumber(end.number)
        if open.begin == nil { current?.region = end.region }
        close(end: end)
        return nil
      }
    } else if let last = numbers.last, last &- end.number < 128 {
      return .late
    }
    // Everything but the image's END was lost.
    close(end: nil)
    lose(numbers.note(end.number))
    numbers.remember(end.number, timestamp: nil)
    lose(end.isAborted ? .abortedByBoard : .onLink)
    return nil
  }

  /// Replaces a number that was guessed from its low byte.
  private mutating func correctNumber(_ number: UInt32) {
    guard let open = current, open.number != number else { return }
    numbers.correct(open.number, to: number, isFirst: open.isFirst)
    current?.number = number
  }

  private mutating func open(
    _ number: UInt32, layout: ImageLayout, descriptorID: UInt8, begin: ImageBegin?
  ) {
    let isFirst = numbers.last == nil
    lose(numbers.note(number))
    current = ImageAssembly(
      number: number, layout: layout, descriptorID: descriptorID, begin: begin, isFirst: isFirst,
      limits: limits)
  }

  /// Closes the open image, if there is one, and gives it out or says why not.
  private mutating func close(end: ImageEnd?) {
    // Taken out whole, so that its pixels have one owner and aren't copied.
    guard let image = current.take() else { return }
    numbers.remember(image.number, timestamp: image.begin?.timestamp)
    switch image.closed(by: end) {
    case .lost(let cause, let loss):
      if let cause { drop(cause, image.pendingBytes) }
      lose(loss)
    case .image(let captured, let damage, let kept, let next):
      statistics.payloadBytes += kept
      give(captured, damage)
      if let next { reference = next }
      // Pieces of slices that didn't become whole.
      drop(.incompleteImage, image.pendingBytes - kept)
    }
  }

  private mutating func give(_ image: CapturedImage, _ damage: [ImageDamage]) {
    if damage.isEmpty {
      statistics.imagesIntact += 1
      events.append(.image(image))
    } else {
      statistics.imagesDamaged += 1
      events.append(.damagedImage(image, damage))
    }
  }
}

// MARK: - Text

extension ScribeDecoder {
  private mutating func takeText(_ body: ArraySlice<UInt8>, segmentBytes: Int) {
    let part: BoardTextPart
    do throws(BoardTextPart.Refusal) {
      part = try BoardTextPart(body)
    } catch {
      drop(error == .malformed ? .malformed : .unsupportedVersion, segmentBytes)
      return
    }
    if textParts == nil, let lastText, lastText.number == part.text.number,
      lastText.timestamp == part.text.timestamp
    {
      drop(.duplicate, segmentBytes)
      return
    }
    if textParts?.take(part, bytes: segmentBytes) != true {
      forgetText()
      guard let first = BoardTextAssembly(part, bytes: segmentBytes) else {
        drop(.incompleteText, segmentBytes)
        return
      }
      textParts = first
    }
    guard part.isLast, let whole = textParts else { return }
    guard whole.isComplete else {
      forgetText()
      return
    }
    textParts = nil
    statistics.overheadBytes += whole.pendingBytes
    statistics.texts += 1
    lastText = (whole.text.number, whole.text.timestamp)
    // An image that is read and not sent has a number all the same, and is not lost.
    let step = numbers.last.map { whole.text.number &- $0 } ?? 1
    if step > 0, step < 1 << 31 { lose(numbers.note(whole.text.number)) }
    events.append(.text(whole.text))
  }

  private mutating func forgetText() {
    guard let parts = textParts.take() else { return }
    drop(.incompleteText, parts.pendingBytes)
  }
}
