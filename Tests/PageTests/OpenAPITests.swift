import Foundation
import Images
import Page
import Sinks
import Testing
import Values

/// The description of what programs may ask: it names every way, and answers are as it says.
@Suite("Description for programs") struct OpenAPITests {
  private let document: [String: Any]

  init() throws {
    let object = try JSONSerialization.jsonObject(with: Data(PageDocument.openAPI.utf8))
    document = try #require(object as? [String: Any])
  }

  private func operation(_ path: String, _ method: HTTPRequest.Method) throws -> [String: Any] {
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    return try #require(paths[path]?[method.rawValue.lowercased()] as? [String: Any])
  }

  @Test func everyWayIsDescribedAndNoOther() throws {
    #expect(document["openapi"] as? String == "3.1.0")
    let routes = try PageFixture().site().routes
    let served = Set(routes.map { "\($0.method.rawValue) \($0.path)" })
    #expect(served.count == routes.count)
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    let described = paths.flatMap { path, methods in
      methods.keys.map { "\($0.uppercased()) \(path)" }
    }
    #expect(served == Set(described))
    for route in routes {
      let operation = try operation(route.path, route.method)
      let parameters = (operation["parameters"] as? [[String: Any]] ?? []).map(resolved)
      let named = route.path.split(separator: "/").filter { $0.hasPrefix("{") }
      #expect(
        Set(parameters.compactMap { $0["name"] as? String })
          == Set(named.map { String($0.dropFirst().dropLast()) }), "\(route.path)")
    }
  }

  @Test func answersAreAsDescribed() throws {
    let fixture = try PageFixture()
    let site = fixture.site()
    fixture.show(7)
    fixture.show(8, confidence: 0.4)
    fixture.feed.sampleLink()
    fixture.feed.sampleLink()
    let box = #"{"x":2,"y":3,"width":30,"height":8}"#
    let field = #"{"box":\#(box),"digits":5,"unit":"m³","quantity":"water","grows":true}"#
    let requests: [(HTTPRequest.Method, String, String, String)] = [
      (.get, "/openapi.json", "/openapi.json", ""),
      (.get, "/api/cameras", "/api/cameras", ""),
      (.get, "", "", ""), (.get, "/reading", "/reading", ""), (.get, "/recent", "/recent", ""),
      (.get, "/link", "/link", ""), (.get, "/values", "/values", ""),
      (.post, "/image", "/image", "{}"), (.put, "/mount", "/mount", #"{"mount":"left,mirrored"}"#),
      (.put, "/settings", "/settings", #"{"format":"bilevel","rate":2}"#),
      (.put, "/recording", "/recording", #"{"on":true}"#),
      (.put, "/fields/{field}", "/fields/meter_1", field), (.get, "/fields", "/fields", ""),
      (.delete, "/fields/{field}", "/fields/meter_1", "{}"),
      (
        .post, "/corrections", "/corrections",
        #"{"picture":1,"lines":[{"text":"a","box":\#(box)}]}"#
      ),
      (.delete, "/corrections/last", "/corrections/last", "{}"),
      (.delete, "/corrections/last", "/corrections/last", "{}"),
      (.get, "/pictures/{picture}", "/pictures/999", ""),
      (.put, "/mount", "/mount", "[]"), (.put, "/fields/{field}", "/fields/a%20b", field),
    ]
    var seen: Set<String> = []
    for (method, template, path, body) in requests {
      let isWhole = template.hasPrefix("/api") || template == "/openapi.json"
      let request = HTTPRequest(
        method, isWhole ? path : "/api/cameras/1\(path)", body: body)
      let answer = site.answer(request)
      seen.insert("\(answer.status.rawValue)")
      let operation = try operation(
        isWhole ? template : "/api/cameras/{camera}\(template)", method)
      let responses = try #require(operation["responses"] as? [String: [String: Any]])
      let response = resolved(
        try #require(
          responses["\(answer.status.rawValue)"], "\(method) \(path): \(answer.status)"))
      let content = try #require(response["content"] as? [String: [String: Any]])
      let schema = try #require(content[answer.type]?["schema"])
      let faults = faults(try answer.json(), schema, at: "\(method) \(path)")
      #expect(faults.isEmpty, "\(faults)")
    }
    #expect(seen == ["200", "404", "422"])
  }

  @Test func picturesSayWhichTheyAre() throws {
    let fixture = try PageFixture()
    #expect(fixture.site().answer(HTTPRequest(.get, "/api/cameras/1/picture")).status == .notFound)
    fixture.show(7)
    for path in ["/picture", "/pictures/1"] {
      let answer = fixture.site().answer(HTTPRequest(.get, "/api/cameras/1\(path)"))
      #expect(answer.type == "image/png" && answer.header("X-Picture") == "1")
      #expect(answer.header("X-Image") == "7")
    }
  }

  @Test func whatIsNotThereIsNotFound() throws {
    let site = try PageFixture().site()
    for path in [
      "/x", "/api", "/api/cameras/2", "/api/cameras/0/reading", "/api/cameras/x", "/api/cameras/1/",
      "/api/cameras/1/../1", "//etc/passwd", "/../../etc/passwd", "/%2e%2e/etc/passwd",
    ] {
      #expect(site.answer(HTTPRequest(.get, path)).status == .notFound, "\(path)")
    }
    #expect(site.answer(HTTPRequest(.post, "/")).status == .methodNotAllowed)
    #expect(site.answer(HTTPRequest(.put, "/api/cameras")).status == .methodNotAllowed)
  }

  @Test func schemasAreChecked() {
    let schema: [String: Any] = ["$ref": "#/components/schemas/Box"]
    #expect(faults(["x": 1, "y": 2, "width": 3, "height": 4], schema, at: "").isEmpty)
    #expect(!faults(["x": 1, "y": 2, "width": 3], schema, at: "").isEmpty)
    #expect(!faults(["x": 1, "y": "2", "width": 3, "height": 4], schema, at: "").isEmpty)
    #expect(!faults("x", ["enum": ["y"]], at: "").isEmpty)
    #expect(!faults(true, ["type": ["integer", "null"]], at: "").isEmpty)
  }
}

// MARK: - Schemas

extension OpenAPITests {
  /// What a reference stands for, or the part itself.
  private func resolved(_ part: [String: Any]) -> [String: Any] {
    guard let path = (part["$ref"] as? String)?.split(separator: "/") else { return part }
    let found = path.dropFirst().reduce(document as Any?) { place, name in
      (place as? [String: Any])?[String(name)]
    }
    return found as? [String: Any] ?? part
  }

  /// Where a value isn't as a schema has it. Of JSON Schema only what the description uses is known.
  private func faults(_ value: Any, _ schema: Any, at place: String) -> [String] {
    guard let schema = (schema as? [String: Any]).map(resolved) else {
      return ["\(place): no schema"]
    }
    if schema["$ref"] != nil { return ["\(place): no \(schema)"] }
    if let choices = schema["anyOf"] as? [Any] {
      return choices.contains { faults(value, $0, at: place).isEmpty }
        ? [] : ["\(place): fits none of \(choices.count)"]
    }
    if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "") {
      return ["\(place): \(value) is none of \(allowed)"]
    }
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] }
    if let types, !types.contains(where: { Self.fits(value, $0) }) {
      return ["\(place): \(value) is no \(types)"]
    }
    if let object = value as? [String: Any] {
      return objectFaults(object, schema, at: place)
    }
    if let array = value as? [Any], let items = schema["items"] {
      return array.enumerated().flatMap { faults($1, items, at: "\(place)[\($0)]") }
    }
    return []
  }

  private func objectFaults(
    _ object: [String: Any], _ schema: [String: Any], at place: String
  ) -> [String] {
    let required = schema["required"] as? [String] ?? []
    var found = required.filter { object[$0] == nil }.map { "\(place): no \($0)" }
    let properties = schema["properties"] as? [String: Any] ?? [:]
    for (name, part) in object {
      if let known = properties[name] ?? schema["additionalProperties"] {
        found += faults(part, known, at: "\(place).\(name)")
      }
    }
    return found
  }

  private static func fits(_ value: Any, _ type: String) -> Bool {
    let number = value as? NSNumber
    let isFlag = number.map { String(cString: $0.objCType) == "c" } ?? false
    switch type {
    case "object": return value is [String: Any]
    case "array": return value is [Any]
    case "string": return value is String
    case "boolean": return isFlag
    case "null": return value is NSNull
    case "integer":
      return !isFlag && number.map { $0.doubleValue.rounded() == $0.doubleValue } ?? false
    case "number": return !isFlag && number != nil
    default: return false
    }
  }
}
