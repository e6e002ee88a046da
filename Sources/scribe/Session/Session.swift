import Bytes
import Images
import Packets
import Page
import Sinks
import Text

/// A run of the program, live or replayed: bytes -> packets -> images -> text -> sinks.
struct Session: Sendable {
  let link: LinkChoice
  let reader: SharedReader
  let output: SessionOutput
  /// Set when this program ends the session, and not the board or the recording.
  let stopping: StopFlag
  /// Ends the source of the bytes.
  let close: @Sendable () -> Void
  /// Advice to the user on a board that has been silent for so many seconds, after bytes or without
  /// any.
  let advice: @Sendable (_ silentFor: Int, _ hasSent: Bool) -> String

  /// The mount of the camera, as far as it is known.
  var mount = SessionMount()

  private var tally: Tally { output.tally }

  /// Reads the newest image: an image that waits while another is read is replaced by the next one.
  /// For a board, which does not wait.
  ///
  /// Runs until the bytes end, there are enough readings, or writing fails.
  ///
  /// - Parameters:
  ///   - next: gives the next event of the connection, nil at the end.
  ///   - talk: answers the board, where it can listen.
  /// - Throws: `SinkError`.
  func readNewest(_ next: () async -> ByteEvent?, talk: BoardTalk?) async throws {
    let (waiting, images) = AsyncStream.makeStream(
      of: Received.self, bufferingPolicy: .bufferingNewest(1))
    // A page is served by the threads that tasks share; with one, images are read beside them.
    let executor: (any TaskExecutor)? = output.page == nil ? nil : ReadingExecutor.shared
    let reading = Task.detached(executorPreference: executor) { () -> (any Error)? in
      defer { stop() }
      do {
        for await received in waiting {
          let picture = try output.show(await read(received, goesOn: true))
          if let picture { output.pictures?.saver.offer(picture) }
          if output.isComplete { break }
        }
        return nil
      } catch {
        return error
      }
    }
    defer { images.finish() }
    let asking = talk?.startAsking()
    defer { asking?.cancel() }

    var input = LinkInput(link, tally: tally, stopping: stopping)
    var drops = DropReport()
    loop: while let event = await next() {
      for message in messages(event) { output.show(message) }
      let events = input.decode(event)
      talk?.answer(event, events, input.statistics)
      for (index, decoded) in events.enumerated() {
        drops.add(decoded)
        for message in decoded.messages { output.show(message) }
        let arrival = input.arrival(of: index)
        if case .text(let text) = decoded {
          try output.show(Outcome(text, source: output.source, arrival))
          if output.isComplete { break loop }
        }
        guard let image = decoded.capturedImage else { continue }
        output.page?.received(image, time: arrival.nanoseconds)
        let received = Received(image: image, arrival: arrival)
        if case .dropped = images.yield(received) { tally.update { $0.imagesSkipped += 1 } }
      }
      if let message = drops.due(input.statistics) { output.show(message) }
      output.showStatus()
      if event == .ended { break }
    }
    images.finish()
    if let failure = await reading.value { throw failure }
  }

  /// Reads every image. For files and recordings, which wait: images are read while others are
  /// decoded, and all output comes in the order of the bytes.
  ///
  /// Runs until the bytes end, there are enough readings, or writing fails.
  ///
  /// - Parameters:
  ///   - next: gives the next event, nil at the end.
  ///   - jobs: the number of images that are read at once.
  ///   - turn: must be taken before anything is shown, where other sources come first.
  /// - Throws: `SinkError`.
  func readEvery(
    _ next: () async -> ByteEvent?, jobs: Int, turn: Semaphore? = nil
  ) async throws {
    let queue = OutputQueue(images: turn == nil ? 2 * jobs : 2)
    let shown = Task.detached { () -> (any Error)? in
      if let turn {
        await turn.take()
        // Now no other source needs the room.
        queue.widen(by: 2 * jobs)
      }
      return await show(queue)
    }
    defer { queue.finish() }

    var input = LinkInput(link, tally: tally, stopping: stopping)
    var drops = DropReport()
    var images = 0
    loop: while let event = await next() {
      for message in messages(event) { await queue.add(message) }
      let events = input.decode(event)
      for (index, decoded) in events.enumerated() {
        drops.add(decoded)
        for message in decoded.messages { await queue.add(message) }
        let arrival = input.arrival(of: index)
        if case .text(let text) = decoded {
          images += 1
          await queue.add(Outcome(text, source: output.source, arrival))
        } else if let image = decoded.capturedImage {
          images += 1
          output.page?.received(image, time: arrival.nanoseconds)
          let received = Received(image: image, arrival: arrival)
          // Each image's mount is found by itself, since it is chance which image is read first.
          await queue.add { await read(received, goesOn: false) }
        }
        guard let limit = output.limit, images >= limit else { continue }
        // Images that can't be read don't count.
        await queue.isShown()
        if output.isComplete { break loop }
      }
      if let message = drops.due(input.statistics) { await queue.add(message) }
      output.showStatus()
      if event == .ended { break }
    }
    queue.finish()
    if let failure = await shown.value { throw failure }
  }

  /// Shows the queue in its order, and to its end, so that nobody waits for room.
  private func show(_ queue: OutputQueue) async -> (any Error)? {
    var failure: (any Error)?
    var goesOn = true
    for await step in queue.steps {
      defer { queue.giveRoom(of: step) }
      do {
        switch step {
        case .message(let message): if goesOn { output.show(message) }
        case .outcome(let outcome): if goesOn { try output.show(outcome) }
        case .image(let outcome):
          let outcome = await outcome.value
          guard goesOn else { break }
          // A file waits for the disk.
          if let picture = try output.show(outcome) { await output.pictures?.saver.add(picture) }
        case .mark(let continuation): continuation.resume()
        }
      } catch {
        failure = error
      }
      if goesOn, failure != nil || output.isComplete {
        goesOn = false
        stop()
      }
    }
    stop()
    return failure
  }

  private func read(_ received: Received, goesOn: Bool) async -> Outcome {
    await Outcome(
      received.image, source: output.source, received.arrival, by: reader, mount,
      for: output.values?.focus(
        of: received.image, mount.told ?? mount.found ?? .upright), goesOn: goesOn)
  }

  private func stop() {
    stopping.set()
    close()
  }

  private func messages(_ event: ByteEvent) -> [Message] {
    event.messages { advice($0, tally.current.link.bytesReceived > 0) }
  }
}

/// An image and when it had come.
private struct Received: Sendable {
  let image: CapturedImage
  let arrival: ImageReport.Arrival
}

extension ImageReport.Arrival {
  /// Nanoseconds since 1970; 0 where they aren't known.
  fileprivate var nanoseconds: UInt64 {
    if case .at(let time) = self { time.nanoseconds } else { 0 }
  }
}

extension LinkEvent {
  /// The image that came, whole or damaged.
  var capturedImage: CapturedImage? {
    switch self {
    case .image(let image), .damagedImage(let image, _): image
    default: nil
    }
  }
}
