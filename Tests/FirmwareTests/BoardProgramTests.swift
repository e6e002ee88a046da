import Foundation
import Testing

@Suite struct BoardProgramTests {
  @Test(.enabled(if: Script.has("gcc"), "gcc is not installed"))
  func partsWithoutRegistersAreSound() throws {
    let (status, output) = try Script.run("board-host")
    #expect(status == 0 && output.contains("sound"), "\(output)")
  }

  /// Every camera and chip compiles without a warning, and its stack has a bound within what the
  /// linker script sets aside.
  @Test(
    .enabled(if: Script.has("arm-none-eabi-gcc", "make"), "a tool is missing"),
    arguments: [
      ["CHIP=f407", "CAMERA=ov2640"], ["CHIP=f407", "CAMERA=ov2640", "GRAY=1"],
      ["CHIP=f407", "CAMERA=ov7670", "HSE=25000000", "PACE=18000", "OPTIMIZE=-Os"],
      ["CHIP=f405", "CAMERA=semihosting", "OPTIMIZE=-O3"],
      ["CHIP=f405", "CAMERA=semihosting"],
    ])
  func itBuilds(options: [String]) throws {
    let scratch = try Scratch()
    let (status, output) = try make(scratch, options)
    #expect(status == 0, "\(output)")
    let bound = try #require(output.firstMatch(of: /stack at most (\d+)/))
    let bytes = try #require(Int(bound.1))
    #expect((300..<8_192).contains(bytes))
    // The figure holds for the compiler that it was taken with.
    let document = try String(
      contentsOf: Repository.proto.appending(path: "board/README.md"), encoding: .utf8)
    let told = try #require(
      document.firstMatch(of: /gcc (\d+\.\d+) at -O2, .*: (\d+) and \d+ bytes/))
    let (_, version) = try Script.run(
      path: "/usr/bin/env", ["arm-none-eabi-gcc", "-dumpfullversion"])
    if options == ["CHIP=f405", "CAMERA=semihosting"], version.hasPrefix(told.1 + ".") {
      #expect("\(bytes)" == told.2, "correct the figure in board/README.md")
    }
    let folder = try #require(
      FileManager.default.contentsOfDirectory(atPath: scratch.url.path).first)
    for name in ["elf", "bin", "hex"] {
      let file = scratch.url.appending(path: "\(folder)/serialscribe.\(name)")
      #expect(FileManager.default.fileExists(atPath: file.path))
    }
    // Flash starts with the stack's end and the address of reset, which is Thumb code.
    let image = try [UInt8](
      Data(contentsOf: scratch.url.appending(path: "\(folder)/serialscribe.bin")))
    #expect(Array(image[..<4]) == [0x00, 0x00, 0x02, 0x20])
    #expect(image[4] & 1 == 1 && image[7] == 0x08)
  }

  @Test(.enabled(if: Script.has("arm-none-eabi-gcc", "make"), "a tool is missing"))
  func aChipWithoutCameraInterfaceIsRefused() throws {
    let (status, output) = try make(try Scratch(), ["CHIP=f405", "CAMERA=ov2640"])
    #expect(status != 0 && output.contains("has no camera interface"))
  }

  private func make(_ scratch: Scratch, _ options: [String]) throws -> (Int32, String) {
    try Script.run(
      path: "/usr/bin/env",
      [
        "make", "-s", "-f", Repository.proto.appending(path: "board/Makefile").path,
        "BUILD=\(scratch.url.path)",
      ] + options)
  }
}
