import Bytes
import Control
import FoundationEssentials
import Images
import Page
import Recording
import Sinks

/// Fulfils what the page wishes of a camera.
struct LiveControl: CameraControl {
  let camera: LiveCamera
  let link: PortOptions
  let board: TalkOptions
  let packets: PacketOptions
  /// The folder of recordings that are begun on the page; nil where none may be.
  let recordings: String?
  /// The mount of the command line.
  let toldMount: Mount?
  let display: StatusDisplay

  var abilities: CameraAbilities {
    let deaf = CameraAbilities.Ability.unavailable(
      "nothing can be asked for over \(camera.port) with protocol \(link.linkProtocol)")
    let hears = board.hears(camera.source, link)
    let isAsked = link.asking.send != nil && !camera.source.waits
    return CameraAbilities(
      image: hears || isAsked ? .available : deaf, settings: hears ? .available : deaf,
      recording: recordings != nil || isRecording
        ? .available : .unavailable(Self.noFolder),
      formats: FormatArgument.allValueStrings.filter { name in
        FormatArgument(argument: name)?.format.isSentInPackets ?? false
      }, deliveries: DeliveryArgument.allValueStrings)
  }

  var mount: Mount? { camera.mount.told ?? toldMount ?? camera.mount.found }

  var isRecording: Bool { camera.recording.isOn }

  func turn(_ mount: Mount) { camera.mount.told = mount }

  func askForImage() throws(WishError) {
    if case .unavailable(let reason) = abilities.image { throw .unavailable(reason) }
    guard let wishes = camera.wishes, !wishes.askNow() else { return }
    wishes.add(.refresh)
  }

  func ask(_ wish: CameraWish) throws(WishError) {
    if case .unavailable(let reason) = abilities.settings { throw .unavailable(reason) }
    for command in try wish.commands() {
      if case .region = command { camera.region?.release() }
      camera.wishes?.add(command)
    }
  }

  func record(_ isOn: Bool) throws(WishError) {
    guard let recordings else {
      // What was begun by --record can be ended.
      guard !isOn, isRecording else { throw .unavailable(Self.noFolder) }
      return try endRecording()
    }
    guard isOn else { return try endRecording() }
    do throws(RecordingError) {
      let time = UTCTime(WallClock.nanoseconds()).compact
      let path = "\(recordings)/\(time)-\(SavedPicture.plain(camera.port)).pcapng"
      try? FileManager.default.createDirectory(
        atPath: recordings, withIntermediateDirectories: true)
      try camera.recording.begin { () throws(RecordingError) in
        let recorder = try Recorder(
          path: path, overwrites: false, header: link.header(of: camera.source),
          decodesPackets: packets.decodes(link.linkProtocol))
        // A disk that is full ends the recording, and not the reading.
        recorder.onFailure { tell("the recording \(path) failed") }
        return recorder
      }
      tell("recording \(path)")
    } catch {
      throw .failed("\(error)")
    }
  }

  private func endRecording() throws(WishError) {
    do throws(RecordingError) {
      if let path = try camera.recording.end() { tell("recorded \(path)") }
    } catch {
      throw .failed("\(error)")
    }
  }

  private static let noFolder = "start the program with --recordings FOLDER"

  private func tell(_ words: String) {
    display.message(words)
    camera.page?.feed.tell(words)
  }
}

extension CameraWish {
  /// The commands that say it to a board.
  ///
  /// - Throws: `WishError.unknown` where there is no such thing to ask for.
  func commands() throws(WishError) -> [BoardCommand] {
    var commands: [BoardCommand] = []
    if let format {
      guard let known = FormatArgument(argument: format), known.format.isSentInPackets else {
        throw .unknown("there is no format \(format)")
      }
      commands.append(.format(known.format, isCoded: known.isCoded))
    }
    switch region {
    case .whole: commands.append(.region(nil))
    case .part(let box):
      guard box.lies(inWidth: 0xFFFF, height: 0xFFFF) else {
        throw .unknown("a region is within the camera's picture")
      }
      commands.append(.region(box))
    case nil: break
    }
    if let rate {
      guard rate == 0 || (0.001...1000).contains(rate) else {
        throw .unknown("a rate is 0.001 to 1000 images a second, or 0 for as many as go")
      }
      commands.append(.rate(rate == 0 ? nil : rate))
    }
    if let delivery {
      guard let known = DeliveryArgument(argument: delivery) else {
        throw .unknown("a board delivers images, text or both")
      }
      commands.append(.delivery(known.delivery))
    }
    if let exposure {
      guard let known = ExposureArgument(argument: exposure) else {
        throw .unknown("an exposure is camera, text, or stops as +1.5")
      }
      commands.append(.exposure(known.exposure))
    }
    guard !commands.isEmpty else { throw .unknown("nothing was wished for") }
    return commands
  }
}
