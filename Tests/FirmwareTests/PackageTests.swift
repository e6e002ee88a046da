import Foundation
import Testing

/// The packages that firmware authors use: CMake, Arduino, PlatformIO and Zephyr, and by hand.
@Suite struct PackageTests {
  @Test(.enabled(if: Script.has("python3"), "python3 is not installed"))
  func manifestsKeepToTheirSpecifications() throws {
    let (status, output) = try Script.run("check-packages")
    #expect(status == 0, "\(output)")
  }

  /// The check itself finds the errors that it is made for.
  @Test(
    .enabled(if: Script.has("python3"), "python3 is not installed"),
    arguments: [
      ("library.properties", "version=", "version=9.9.9 #"),
      ("library.properties", "category=Communication", "category=Cameras"),
      ("library.properties", "includes=serialscribe.h", "includes=none.h"),
      ("library.json", "\"MIT\"", "\"none\""),
      ("library.json", "TestCard.ino", "none.ino"),
      ("src/scribe_net.h", "scribe_net.h", "none.h"),
      ("zephyr/module.yml", "kconfig: zephyr/Kconfig", "kconfig: none"),
      ("zephyr/Kconfig", "config SERIALSCRIBE_NET_PORTABLE", "config SERIALSCRIBE_OTHER"),
      ("include/serialscribe.h", "#define SCRIBE_VERSION \"", "#define SCRIBE_VERSION \"9"),
    ])
  func aWrongManifestIsSeen(file: String, old: String, new: String) throws {
    let scratch = try Scratch()
    let copy = scratch.url.appending(path: "copy")
    try FileManager.default.copyItem(at: Repository.proto, to: copy)
    let url = copy.appending(path: file)
    let text = try String(contentsOf: url, encoding: .utf8)
    try #require(text.contains(old))
    try text.replacing(old, with: new).write(to: url, atomically: true, encoding: .utf8)
    let (status, output) = try Script.run("check-packages", [copy.path])
    #expect(status == 1 && !output.isEmpty)
  }

  @Test(.enabled(if: Script.has("cmake", "gcc", "arm-none-eabi-gcc"), "a tool is missing"))
  func cmakeBuildsForHostAndBoards() throws {
    let (status, output) = try Script.run("cmake-packages")
    #expect(status == 0, "\(output)")
    for way in ["added as a folder", "installed and found", "cortex-m4", "Zephyr"] {
      #expect(output.contains(way))
    }
  }

  @Test(
    .enabled(if: Script.has("g++"), "g++ is not installed"),
    arguments: [["TestCard"], ["ESP32CAM"], ["ESP32CAM", "BLUETOOTH"], ["ESP32CAM", "WIFI"]])
  func sketchesCompile(sketch: [String]) throws {
    let options = sketch.count > 1 ? ["OPTIONS": "-DLINK=LINK_\(sketch[1])"] : [:]
    let (status, output) = try Script.run("sketch", [sketch[0]], environment: options)
    #expect(status == 0, "\(output)")
  }

  /// The example for the Pico SDK, against declarations, and its PIO program on a picture's pins.
  @Test(.enabled(if: Script.has("arm-none-eabi-gcc", "gcc"), "a tool is missing"))
  func theExampleForTheRP2040Compiles() throws {
    let (status, output) = try Script.run("pico/check")
    #expect(status == 0 && output.contains("sound"), "\(output)")
  }

  /// Every pin that an example's code uses stands in its table.
  @Test func pinsStandInTables() throws {
    let examples = Repository.proto.appending(path: "examples")
    func text(_ path: String) throws -> String {
      try String(contentsOf: examples.appending(path: path), encoding: .utf8)
    }
    let sketch = try text("ESP32CAM/ESP32CAM.ino")
    let head = sketch.prefix(while: { $0 != "#" })
    for pin in sketch.matches(of: /config\.pin_\w+ = (\d+);/) {
      #expect(head.contains("GPIO\(pin.1) "))
    }
    let table = try text("RP2040_OV7670/README.md")
    let pins = try [
      text("RP2040_OV7670/camera.c"), text("RP2040_OV7670/main.c"),
      text("RP2040_OV7670/capture_pio.h"),
    ].flatMap { $0.matches(of: /(?:PIN_|CAPTURE_)[A-Z]+ = (\d+)/).map { String($0.1) } }
    #expect(pins.count == 11)
    for pin in pins { #expect(table.contains("| GP\(pin) |"), "GP\(pin)") }
  }

  /// Everything in `src` compiles for an 8-bit Arduino, and the test card fits an Uno's 2 KB.
  @Test(
    .enabled(
      if: Script.has("avr-gcc")
        && FileManager.default.fileExists(atPath: "/usr/lib/avr/include/avr/io.h"),
      "gcc-avr or avr-libc is not installed"))
  func theTestCardFitsAnUno() throws {
    let (status, output) = try Script.run("avr")
    #expect(status == 0, "\(output)")
    let memory = try #require(output.firstMatch(of: /RAM (\d+)/).flatMap { Int($0.1) })
    #expect((256..<1_024).contains(memory))
  }

  @Test(.enabled(if: Script.has("arm-none-eabi-gcc"), "arm-none-eabi-gcc is not installed"))
  func theCodeForCubeMXCompiles() throws {
    let (status, output) = try Script.run("cubemx/check")
    #expect(status == 0, "\(output)")
  }
}
