import Images
import Page
import Synchronization
import Testing

/// What the page wishes of a camera, and what it is told when that can't be.
@Suite("Wishes") struct WishTests {
  private func put(_ fixture: PageFixture, _ path: String, _ body: String) -> HTTPStatus {
    fixture.site().answer(HTTPRequest(.put, "/api/cameras/1/\(path)", body: body)).status
  }

  @Test func wishesReachTheCamera() throws {
    let fixture = try PageFixture()
    #expect(put(fixture, "mount", #"{"mount":"upside-down,mirrored"}"#) == .ok)
    #expect(fixture.control.mount == Mount(.upsideDown, isMirrored: true))
    #expect(put(fixture, "recording", #"{"on":true}"#) == .ok && fixture.control.isRecording)
    let image = HTTPRequest(.post, "/api/cameras/1/image", body: "{}")
    #expect(fixture.site().answer(image).status == .ok)
    #expect(
      put(
        fixture, "settings",
        #"{"format":"bilevel","region":{"x":1,"y":2,"width":3,"height":4},"rate":0.5}"#) == .ok)
    #expect(put(fixture, "settings", #"{"whole":true,"exposure":"text"}"#) == .ok)
    let wishes = fixture.control.wishes.withLock { $0 }
    #expect(wishes.images == 1 && wishes.settings.count == 2)
    #expect(wishes.settings[0].region == .part(PixelBox(x: 1, y: 2, width: 3, height: 4)))
    #expect(wishes.settings[0].format == "bilevel" && wishes.settings[0].rate == 0.5)
    #expect(wishes.settings[1].region == .whole && wishes.settings[1].exposure == "text")
    // Viewers are told of each change.
    #expect(fixture.feed.current.changes == 4)
  }

  @Test func nonsenseReachesNobody() throws {
    let fixture = try PageFixture()
    for body in [#"{"mount":"sideways"}"#, #"{"mount":7}"#, "{}", "", "null"] {
      #expect(put(fixture, "mount", body) == .unprocessableContent)
    }
    #expect(put(fixture, "recording", #"{"on":"yes"}"#) == .unprocessableContent)
    #expect(put(fixture, "settings", #"{"rate":"fast"}"#) == .unprocessableContent)
    let wishes = fixture.control.wishes.withLock { $0 }
    #expect(wishes.mount == nil && !wishes.isRecording && wishes.settings.isEmpty)
  }

  @Test func whatCannotBeAskedForIsToldWhy() throws {
    let fixture = try PageFixture(
      control: FakeControl(settings: .unavailable("a file hears nothing")))
    let answer = fixture.site().answer(
      HTTPRequest(.put, "/api/cameras/1/settings", body: #"{"rate":1}"#))
    #expect(answer.status == .conflict && answer.text.contains("a file hears nothing"))
    let camera = fixture.site().answer(HTTPRequest(.get, "/api/cameras/1"))
    #expect(camera.text.contains(#""available":false,"reason":"a file hears nothing""#))
  }
}
