import Foundation
import Images
import Page
import Sinks
import Testing
import Values

/// Fields, as they are drawn on the picture as it came, and what they say.
@Suite("Fields") struct FieldTests {
  private func put(_ fixture: PageFixture, _ name: String, _ body: String) -> HTTPStatus {
    fixture.site().answer(HTTPRequest(.put, "/api/cameras/1/fields/\(name)", body: body)).status
  }

  private static let box = #""box":{"x":4,"y":5,"width":20,"height":8}"#

  @Test func aFieldIsKeptAsItWasDrawn() throws {
    let fixture = try PageFixture()
    #expect(put(fixture, "meter", "{\(Self.box)}") == .notFound)
    fixture.show(1)
    let body =
      "{\(Self.box),\"digits\":6,\"decimals\":2,\"unit\":\"m³\",\"quantity\":\"water\","
      + "\"pattern\":\"[0-9]{6}\",\"grows\":true,\"mostPerHour\":2.5,\"least\":0,\"most\":9999}"
    #expect(put(fixture, "meter", body) == .ok)
    var field = Field(name: "meter", box: PixelBox(x: 4, y: 5, width: 20, height: 8))
    field.digits = 6
    field.decimals = 2
    field.unit = "m³"
    field.quantity = "water"
    field.pattern = "[0-9]{6}"
    field.limits.grows = true
    field.limits.mostPerHour = 2.5
    field.limits.least = 0
    field.limits.most = 9999
    #expect(fixture.keeper.fields == [field])
    #expect(put(fixture, "meter", "{\(Self.box)}") == .ok)
    #expect(fixture.keeper.fields.count == 1 && fixture.keeper.fields[0].digits == nil)
    let gone = HTTPRequest(.delete, "/api/cameras/1/fields/meter")
    #expect(fixture.site().answer(gone).status == .ok)
    #expect(fixture.site().answer(gone).status == .notFound)
    #expect(fixture.keeper.fields.isEmpty)
  }

  @Test(arguments: Mount.all) func aTurnedCamerasFieldIsUprightAndShownWhereItWasDrawn(
    mount: Mount
  ) throws {
    let fixture = try PageFixture()
    fixture.show(1)
    fixture.control.turn(mount)
    #expect(put(fixture, "f", "{\(Self.box)}") == .ok)
    let drawn = PixelBox(x: 4, y: 5, width: 20, height: 8)
    let kept = try #require(fixture.keeper.fields.first?.box)
    #expect(mount.sent(kept, width: 40, height: 30) == drawn)
    let upright = mount.isSideways ? (30, 40) : (40, 30)
    #expect(kept.lies(inWidth: upright.0, height: upright.1))
    let list = try fixture.site().answer(HTTPRequest(.get, "/api/cameras/1/fields")).json()
    let fields = try #require(list["fields"] as? [[String: Any]])
    #expect(fields[0]["box"] as? [String: Int] == ["x": 4, "y": 5, "width": 20, "height": 8])
  }

  @Test(arguments: [
    #"{}"#, #"{"box":{"x":4,"y":5,"width":200,"height":8}}"#,
    #"{"box":{"x":-1,"y":5,"width":2,"height":8}}"#,
    #"{"box":{"x":9223372036854775807,"y":5,"width":9223372036854775807,"height":8}}"#,
    "{\(box),\"digits\":19}", "{\(box),\"digits\":0}", "{\(box),\"digits\":2,\"decimals\":3}",
    "{\(box),\"decimals\":-1}", "{\(box),\"unit\":\"a\\u202eb\"}",
    "{\(box),\"unit\":\"12345678901234567\"}", "{\(box),\"quantity\":\"No Word\"}",
    "{\(box),\"pattern\":\"[0-9\"}", "{\(box),\"least\":2,\"most\":1}",
    "{\(box),\"mostPerHour\":-1}", "{\(box),\"most\":1e999}", "[]", "", "{",
  ])
  func nonsenseIsRefused(body: String) throws {
    let fixture = try PageFixture()
    fixture.show(1)
    #expect(put(fixture, "f", body) == .unprocessableContent)
    #expect(fixture.keeper.fields.isEmpty)
  }

  @Test func namesAndNumberAreBounded() throws {
    let fixture = try PageFixture()
    fixture.show(1)
    for name in ["a%2Fb", "a.b", "ü", String(repeating: "a", count: 65), "a%00"] {
      #expect(put(fixture, name, "{\(Self.box)}") == .unprocessableContent, "\(name)")
    }
    for number in 0..<FieldMessage.mostFields {
      #expect(put(fixture, "f\(number)", "{\(Self.box)}") == .ok)
    }
    #expect(put(fixture, "more", "{\(Self.box)}") == .unprocessableContent)
  }

  /// A report whose fields say something.
  static func report(of field: Field) -> ImageReport {
    var report = PageFixture.report(1, text: "00471")
    let good = FieldValue.Good(
      text: "00470", number: ValueNumber(digits: 470, decimals: 1), time: 1_800_000_000_000_000_000)
    report.values = [
      FieldValue(
        field: field, text: "00471", number: ValueNumber(digits: 471, decimals: 1),
        confidence: 0.5, state: .doubtful, reason: .unsure, lastGood: good, box: field.box)
    ]
    return report
  }

  @Test func valuesAreToldWithStateAndReason() throws {
    let fixture = try PageFixture()
    var field = Field(name: "meter", box: PixelBox(x: 4, y: 5, width: 20, height: 8))
    field.unit = "m³"
    try fixture.keeper.store([field])
    fixture.feed.read(Self.report(of: field))
    for path in ["/values", "/fields"] {
      let told = try fixture.site().answer(HTTPRequest(.get, "/api/cameras/1\(path)")).json()
      let list = try #require((told["values"] ?? told["fields"]) as? [[String: Any]])
      let value = try #require(
        list[0]["state"] == nil ? list[0]["value"] as? [String: Any] : list[0])
      #expect(value["number"] as? String == "47.1" && value["unit"] as? String == "m³")
      #expect(value["state"] as? String == "doubtful" && value["reason"] as? String == "unsure")
      #expect((value["lastGood"] as? [String: Any])?["number"] as? String == "47.0")
    }
  }
}
