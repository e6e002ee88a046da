import Foundation
import Images
import Page
import Sinks
import Synchronization
import Testing
import Text
import Values

/// A camera that grants every wish and remembers it.
final class FakeControl: CameraControl {
  struct Wishes {
    var mount: Mount?
    var images = 0
    var settings: [CameraWish] = []
    var isRecording = false
  }

  let wishes = Mutex(Wishes())
  let abilities: CameraAbilities

  init(settings: CameraAbilities.Ability = .available) {
    abilities = CameraAbilities(
      image: .available, settings: settings, recording: .available, formats: ["gray8", "bilevel"],
      deliveries: ["images"])
  }

  var mount: Mount? { wishes.withLock { $0.mount } }
  var isRecording: Bool { wishes.withLock { $0.isRecording } }
  func turn(_ mount: Mount) { wishes.withLock { $0.mount = mount } }
  func askForImage() throws(WishError) { wishes.withLock { $0.images += 1 } }

  func ask(_ wish: CameraWish) throws(WishError) {
    if case .unavailable(let reason) = abilities.settings { throw .unavailable(reason) }
    wishes.withLock { $0.settings.append(wish) }
  }

  func record(_ isOn: Bool) throws(WishError) { wishes.withLock { $0.isRecording = isOn } }
}

/// A page of one camera, with a folder of its own that is deleted with it.
final class PageFixture {
  let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "page-\(UUID().uuidString)")
  let viewers = Viewers()
  let feed: CameraFeed
  let control: FakeControl
  let keeper = MemoryKeeper()
  let camera: PageCamera

  init(name: String = "/dev/ttyUSB0", control: FakeControl = FakeControl()) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.control = control
    feed = CameraFeed(number: 1, name: name, viewers: viewers) {
      var figures = LinkFigures()
      figures.connection = .connected
      figures.seconds = PageClock.seconds()
      figures.images = 12
      figures.bytes = 3456
      figures.losses = ["skipped images": 2]
      figures.roundTrip = 0.0125
      return figures
    }
    camera = PageCamera(
      feed: feed, control: control, keeper: keeper,
      corrections: CorrectionFolder(path: folder.appending(path: "corrections").path))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func site(token: PageToken? = nil, isLocal: Bool = true) -> PageSite {
    PageSite(
      [camera], viewers,
      PageGuard(token: token, isLocal: isLocal, port: 8765, names: ["meter-pi", "meter-pi.local"]))
  }

  /// Lets an image come and be read.
  func show(_ number: UInt32, text: String = "00471", confidence: Double = 0.97) {
    feed.received(Self.image(number), time: 1_800_000_000_000_000_000 + UInt64(number))
    feed.read(Self.report(number, text: text, confidence: confidence))
  }

  static func image(_ number: UInt32, width: Int = 40, height: Int = 30) -> CapturedImage {
    CapturedImage(
      number: number, width: width, height: height, format: .gray8,
      payload: (0..<width * height).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(number)) })
  }

  static func report(
    _ number: UInt32, text: String, confidence: Double = 0.97, width: Int = 40, height: Int = 30
  ) -> ImageReport {
    let lines = text.split(separator: "\n").enumerated().map { index, line in
      ReadLine(
        text: String(line), confidence: confidence,
        box: PixelBox(x: 2, y: 3 + 9 * index, width: 30, height: 8),
        characters: [
          ReadCharacter(
            text: String(line.prefix(1)), confidence: confidence,
            box: PixelBox(x: 2, y: 3 + 9 * index, width: 5, height: 8))
        ], novelty: 0.25)
    }
    return ImageReport(
      image: .number(number), source: "camera", arrival: .at(UTCTime(1_800_000_000_000_000_000)),
      width: width, height: height,
      reading: Reading(lines: lines, width: width, height: height), milliseconds: 12.5)
  }
}

extension HTTPRequest {
  /// A request as a program on this machine makes it.
  init(
    _ method: Method, _ path: String, body: String = "", headers: [String: String] = [:]
  ) {
    let target = path.split(separator: "?", maxSplits: 1)
    var all = ["host": "127.0.0.1:8765", "content-type": "application/json"]
    all.merge(headers) { $1 }
    self.init(
      method: method, path: String(target[0]), query: target.count > 1 ? String(target[1]) : "",
      headers: all, body: Array(body.utf8), keepsAlive: true)
  }
}

extension Answer {
  var bytes: [UInt8] { if case .bytes(let bytes) = body { bytes } else { [] } }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  func json() throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(bytes))
    return try #require(object as? [String: Any])
  }

  func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }
}
