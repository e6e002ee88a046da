import Foundation
import Gray
import Images
import Page
import Sinks
import Testing

/// What a camera gives: the newest, and a bounded number of those before.
@Suite("Feed of a camera") struct CameraFeedTests {
  private func text(_ events: [[UInt8]]) -> String {
    String(decoding: events.joined(), as: UTF8.self)
  }

  @Test func aViewerGetsTheNewestAndSkipsTheRest() throws {
    let fixture = try PageFixture()
    var viewer = EventStream([fixture.feed])
    _ = viewer.take()
    for number in 1...5 { fixture.show(UInt32(number), text: "text \(number)") }
    let events = text(viewer.take())
    #expect(events.components(separatedBy: "event: picture").count == 2)
    #expect(events.contains("\"picture\":5,\"image\":5"))
    #expect(events.contains("text 5") && !events.contains("text 4"))
    #expect(viewer.take().isEmpty)
    fixture.feed.tell("hello")
    fixture.feed.sampleLink()
    let more = text(viewer.take())
    #expect(more.contains("event: messages") && more.contains("hello"))
    #expect(more.contains("event: link") && !more.contains("event: picture"))
  }

  @Test func viewersShareWhatWasEncodedOnce() throws {
    let fixture = try PageFixture()
    fixture.show(1)
    let picture = try #require(fixture.feed.current.picture.value)
    let first = fixture.feed.event(of: picture)
    let second = fixture.feed.event(of: picture)
    // The same memory, and not only the same bytes.
    let places = [first, second].map { bytes in
      bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }
    #expect(places[0] == places[1])
    let file = try picture.file()
    #expect(file.type == "image/png")
    #expect(try GrayImage(CapturedImage(file: file.bytes)).pixels == picture.image.payload)
  }

  @Test func aJPEGGoesOutAsItCame() throws {
    let bytes: [UInt8] = [0xFF, 0xD8, 1, 2, 3, 0xFF, 0xD9]
    let image = CapturedImage(width: 0, height: 0, format: .jpeg, payload: bytes)
    let file = try Picture(id: 1, image: image, time: 0).file()
    #expect(file.bytes == bytes && file.type == "image/jpeg" && file.ending == "jpg")
  }

  @Test func aPictureThatCannotBeDecodedIsNoPicture() throws {
    let fixture = try PageFixture()
    let image = CapturedImage(width: 10, height: 10, format: .gray8, payload: [1, 2, 3])
    fixture.feed.received(image, time: 0)
    var viewer = EventStream([fixture.feed])
    #expect(text(viewer.take()).contains("\"type\":\"\""))
    #expect(
      fixture.site().answer(HTTPRequest(.get, "/api/cameras/1/picture")).status.rawValue == 422)
  }

  @Test func recentAndDoubtfulPicturesAreBounded() throws {
    let fixture = try PageFixture()
    for number in 0..<200 {
      fixture.show(UInt32(number), text: "t\(number)", confidence: Double(number % 100) / 100)
    }
    let recent = fixture.feed.current.recent
    #expect(recent.newest.count == RecentPictures.most)
    #expect(recent.newest.last?.report.image == .number(199))
    #expect(recent.doubtful.count == RecentPictures.mostDoubtful)
    let confidences = recent.doubtful.map(\.leastConfidence)
    #expect(confidences == confidences.sorted() && (confidences.last ?? 1) < 0.1)
    let id = try #require(recent.doubtful[0].picture?.id)
    #expect(recent.find(id)?.picture?.id == id)
    fixture.feed.settle(id)
    #expect(fixture.feed.current.recent.find(id) == nil)
  }

  @Test func largePicturesTakeBoundedMemory() throws {
    let fixture = try PageFixture()
    for number in 0..<40 {
      let image = PageFixture.image(UInt32(number), width: 1600, height: 1200)
      fixture.feed.received(image, time: 0)
      fixture.feed.read(
        PageFixture.report(
          UInt32(number), text: "t\(number)", confidence: 0.3, width: 1600, height: 1200))
    }
    let recent = fixture.feed.current.recent
    for list in [recent.newest, recent.doubtful] {
      let bytes = list.reduce(0) { $0 + ($1.picture?.size ?? 0) }
      #expect(bytes > 0 && bytes <= RecentPictures.mostBytes)
    }
  }

  @Test func messagesAreBounded() throws {
    let fixture = try PageFixture()
    for number in 0..<100 { fixture.feed.tell("\(number)" + String(repeating: "x", count: 5000)) }
    let messages = fixture.feed.current.messages
    #expect(messages.count == CameraFeed.mostMessages)
    #expect(messages.allSatisfy { $0.count <= CameraFeed.longestMessage })
  }

  @Test func ratesAreThoseOfTheLastSecond() {
    var history = LinkHistory()
    var figures = LinkFigures()
    history.add(figures)
    #expect(history.samples.isEmpty)
    figures.seconds = 2
    figures.images = 20
    figures.bytes = 4000
    figures.imagesLost = ["a": 1, "b": 3]
    history.add(figures)
    #expect(
      history.samples
        == [LinkHistory.Sample(images: 10, bytes: 2000, imagesLost: 2, bytesDropped: 0)])
    for second in 3..<1000 {
      figures.seconds = Double(second)
      history.add(figures)
    }
    #expect(history.samples.count == LinkHistory.most)
  }

  @Test func aHostileTextStaysAText() throws {
    let fixture = try PageFixture()
    let hostile = "</script><script>alert(1)</script>\"'\u{202E}\u{1B}[31m\u{0}"
    fixture.show(1, text: hostile)
    fixture.feed.tell(hostile + "\ndata: forged\n\nevent: picture")
    var viewer = EventStream([fixture.feed])
    let events = text(viewer.take())
    #expect(!events.contains("\u{202E}") && !events.contains("\u{1B}") && !events.contains("\u{0}"))
    // No text makes a line of its own.
    #expect(!events.contains("\ndata: forged"))
    #expect(events.components(separatedBy: "\nevent: picture").count == 1)
  }
}
