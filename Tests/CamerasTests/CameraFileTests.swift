import Cameras
import Foundation
import Gray
import Images
import Testing
import Values

@Suite("Camera files") struct CameraFileTests {
  static let whole = """
    # the cellar
    name: water          # as in MQTT
    title: Water meter
    port: /dev/ttyUSB0
    baud: 921600
    protocol: jpeg-stream
    mount: upside-down   # hangs from the ceiling
    picture: [320, 240]

    # what is read
    fields:
      # the counter; the last three are litres
      - name: counter
        box: [40, 60, 200, 40]   # by hand
        digits: 8
        decimals: 3
        unit: m³
        quantity: water
        # it can't run backwards
        grows: true
        most-per-hour: 2.5

      - name: serial
        box: [40, 120, 90, 20]
        pattern: 'No [0-9]{4}'
        confidence: 0.9

    """

  private func parse(_ text: String) throws -> CameraFile {
    try CameraFile(parsing: text, file: "camera.yaml")
  }

  @Test func everythingIsRead() throws {
    let camera = try parse(Self.whole)
    #expect(camera.name == "water" && camera.title == "Water meter")
    #expect(camera.port == "/dev/ttyUSB0" && camera.baud == 921_600)
    #expect(camera.linkProtocol == .jpegStream)
    #expect(camera.mount == Mount(.upsideDown))
    #expect(camera.picture == PictureSize(width: 320, height: 240))
    var counter = Field(name: "counter", box: PixelBox(x: 40, y: 60, width: 200, height: 40))
    (counter.digits, counter.decimals, counter.unit) = (8, 3, "m³")
    counter.quantity = "water"
    (counter.limits.grows, counter.limits.mostPerHour) = (true, 2.5)
    var serial = Field(name: "serial", box: PixelBox(x: 40, y: 120, width: 90, height: 20))
    serial.pattern = "No [0-9]{4}"
    serial.limits.confidence = 0.9
    #expect(camera.fields == [counter, serial])
  }

  @Test func whatIsWrittenIsRead() throws {
    var camera = try parse(Self.whole)
    camera.reference = "water.reference.png"
    camera.title = "It's: #1, 'old' \\ – no"
    camera.fields[0].limits.least = -0.25
    camera.fields[1].pattern = "'[0-9]* # \\d"
    #expect(try parse(camera.text) == camera)
    #expect(camera.text.contains("#   most-per-hour"))
    #expect(try parse(CameraFile(name: "x").text) == CameraFile(name: "x"))
  }

  private static let faults: [(String, String)] = [
    ("name: a\nnmae: b", "camera.yaml:2: there is no key 'nmae'; did you mean 'name'?"),
    ("name: a\nzzzzzzzz: b", "camera.yaml:2: there is no key 'zzzzzzzz'"),
    ("title: a", "camera.yaml:1: 'name' is missing"),
    ("", "camera.yaml: 'name' is missing"),
    (
      "name: a b",
      "camera.yaml:1: name is a name of letters, digits, _ and -, at most 64, not 'a b'"
    ),
    (
      "name: a\n\nmount: sideways",
      """
      camera.yaml:3: mount is one of upright, right, upside-down, left, upright,mirrored, \
      right,mirrored, upside-down,mirrored, left,mirrored, not 'sideways'
      """
    ),
    ("name: a\nbaud: 3", "camera.yaml:2: baud is bits a second, as 115200, not '3'"),
    ("name: a\nfields:\n- name: b", "camera.yaml:3: 'box' is missing"),
    (
      "name: a\npicture: [320, 240]\nfields:\n  - name: b\n    box: [300, 0, 40, 10]",
      "camera.yaml:5: box is [x, y, width, height] within the picture, not '[300, 0, 40, 10]'"
    ),
    (
      "name: a\nfields:\n  - name: b\n    box: [0, 0, 4, 4]\n    digit: 3",
      "camera.yaml:5: there is no key 'digit'; did you mean 'digits'?"
    ),
    (
      "name: a\nfields:\n- {name: b, box: [0, 0, 4, 4]}\n- {name: b, box: [0, 0, 4, 4]}",
      "camera.yaml:4: a second field is named 'b'"
    ),
    ("name: a\nname: b", "camera.yaml:2: a second key is named 'name'"),
    (
      "name: &x a\ntitle: *x",
      "camera.yaml:1: anchors and aliases (&name, *name) aren't taken: write the value out, or quote it"
    ),
    (
      "name: a\nreference: ../x.png",
      "camera.yaml:2: reference is the name of a file in the same folder, not '../x.png'"
    ),
    (
      "- name",
      "camera.yaml:1: the file is a list of keys and values, as 'name: water', not '[...]'"
    ),
  ]

  @Test(arguments: faults)
  func errorsNameLineAndRemedy(text: String, message: String) {
    let error = #expect(throws: CameraFileError.self) { try parse(text) }
    #expect(error?.description == message)
  }

  @Test func brokenYAMLHasItsLine() {
    let error = #expect(throws: CameraFileError.self) { try parse("name: a\ntitle: [b") }
    #expect(error?.description.hasPrefix("camera.yaml:3: is no YAML: ") == true)
  }

  @Test func sizesAreBounded() {
    let fields = (0...CameraFile.mostFields).map { "- {name: f\($0), box: [0, 0, 1, 1]}\n" }
    let texts = [
      "name: a\n" + String(repeating: "#\n", count: CameraFile.mostBytes),
      "name: a\nfields:\n" + fields.joined(),
      "name: a\ntitle: " + String(repeating: "x", count: 129),
      "name: a\ntitle: " + String(repeating: "[", count: 30_000),
      "name: " + String(repeating: "a", count: 65),
    ]
    for text in texts { #expect(throws: CameraFileError.self) { try parse(text) } }
  }

  @Test func anEditKeepsWhatAPersonWrote() throws {
    var camera = try parse(Self.whole)
    camera.mount = Mount(.left, isMirrored: true)
    camera.fields[0].box.x = 44
    camera.fields[0].digits = nil
    camera.fields[0].limits.agree = 5
    let text = try camera.edited(into: Self.whole, file: "camera.yaml")
    #expect(
      text
        == Self.whole
        .replacing("mount: upside-down   #", with: "mount: left,mirrored   #")
        .replacing("[40, 60, 200, 40]", with: "[44, 60, 200, 40]")
        .replacing("    digits: 8\n", with: "")
        .replacing("most-per-hour: 2.5\n", with: "most-per-hour: 2.5\n    agree: 5\n"))
    #expect(try parse(text) == camera)
    #expect(try camera.edited(into: text, file: "camera.yaml") == text)
  }

  @Test func fieldsComeAndGo() throws {
    var camera = try parse(Self.whole)
    camera.fields.remove(at: 0)
    camera.fields.append(Field(name: "new", box: PixelBox(x: 1, y: 2, width: 3, height: 4)))
    let text = try camera.edited(into: Self.whole, file: "camera.yaml")
    #expect(try parse(text) == camera)
    #expect(text.contains("    confidence: 0.9\n  - name: new\n    box: [1, 2, 3, 4]\n"))
    #expect(text.contains("# the cellar") && text.contains("# what is read"))
    camera.fields = []
    #expect(try parse(camera.edited(into: text, file: "camera.yaml")) == camera)
    camera.fields = [Field(name: "a", box: PixelBox(x: 1, y: 2, width: 3, height: 4))]
    #expect(try parse(camera.edited(into: "name: water", file: "camera.yaml")).fields.count == 1)
  }

  @Test func aFieldIsRenamedWhereItStands() throws {
    var camera = try parse(Self.whole)
    camera.fields[0].name = "litres"
    let text = try camera.edited(into: Self.whole, file: "camera.yaml")
    #expect(text == Self.whole.replacing("- name: counter", with: "- name: litres"))
  }

  private static let forms: [String] = [
    "name: water\nfields: [{name: a, box: [0, 0, 4, 4]}]  # flow\n",
    "name: water\nfields:\n- name: a\n  box:\n  - 0\n  - 0\n  - 4\n  - 4\n  unit: m\n",
    "name: water\r\nfields:\r\n  - name: a\r\n    box: [0, 0, 4, 4]\r\n",
    "{name: water, fields: [{name: a, box: [0, 0, 4, 4]}]}",
    "name: water\nfields:\n  -\n    name: a\n    box: [0, 0, 4, 4]\n",
    "---\nname: water\nfields:\n  - box: [0, 0, 4, 4]\n    name: 'a'\n...\n",
  ]

  @Test(arguments: forms)
  func formsOfYAMLAreEdited(text: String) throws {
    var camera = try parse(text)
    camera.mount = Mount(.right)
    camera.fields[0].box = PixelBox(x: 5, y: 6, width: 7, height: 8)
    #expect(try parse(camera.edited(into: text, file: "camera.yaml")) == camera)
    camera.fields.append(Field(name: "b", box: PixelBox(x: 1, y: 1, width: 1, height: 1)))
    #expect(try parse(camera.edited(into: text, file: "camera.yaml")) == camera)
  }

  @Test func aFileIsSavedAndItsPictureKept() throws {
    let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "cameras-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "water.yaml").path
    var camera = try parse(Self.whole)
    var picture = GrayImage(width: 320, height: 240, filledWith: 200)
    for y in stride(from: 0, to: 240, by: 24) {
      for x in 0..<320 where (x / 16 + y / 24).isMultiple(of: 2) {
        picture.pixels[y * 320 + x] = 20
      }
    }
    try CameraFileStore.keepReference(picture, for: &camera, at: path)
    try CameraFileStore.save(camera, to: path)
    #expect(try CameraFileStore.load(path) == camera)
    #expect(camera.reference == "water.reference.png")
    let reference = try #require(try CameraFileStore.reference(of: camera, at: path))
    #expect(reference.width == 192 && reference.height == 144)
    try Data(Self.whole.utf8).write(to: URL(filePath: path))
    camera.reference = nil
    camera.mount = .upright
    try CameraFileStore.save(camera, to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == Self.whole.replacing("upside-down ", with: "upright "))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
    let error = #expect(throws: CameraFileError.self) {
      try CameraFileStore.load(folder.appending(path: "none.yaml").path)
    }
    #expect(error?.description.hasSuffix("can't be read: No such file or directory") == true)
  }
}
