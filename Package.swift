// swift-tools-version: 6.3
import PackageDescription

// The folders of Sources are numbered in the order in which data flows; ARCHITECTURE.md has the
// map. A stage may import the stages before it, never one after it.

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

func stage(_ name: String, _ folder: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(folder)", swiftSettings: strict)
}

func test(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target
{
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies, resources: resources, swiftSettings: strict)
}

// The program takes Swift's libraries in: it starts in a third of the time, as nearly all of that is
// looking their symbols up, and runs where there is no Swift. SCRIBE_DYNAMIC=1 leaves them out, for
// toolchains without static libraries.
let standalone: [LinkerSetting] =
  Context.environment["SCRIBE_DYNAMIC"] != nil
  ? []
  : [
    .unsafeFlags(
      ["-static-stdlib"]
        + ["FoundationEssentials", "_FoundationCShims", "_FoundationCollections", "stdc++"]
        .map { "-l\($0)" }, .when(platforms: [.linux], configuration: .release))
  ]

// The fuzzers need instrumented code; `scripts/fuzz` builds them with this.
let fuzzes = Context.environment["SCRIBE_FUZZ"] != nil

let package = Package(
  name: "SerialScribe",
  products: [
    .executable(name: "scribe", targets: ["scribe"]),
    .executable(name: "scribe-bench", targets: ["scribe-bench"]),
    // For other Swift packages; for programs in C and Python.
    .library(name: "SerialScribe", targets: ["SerialScribe"]),
    .library(name: "serialscribe", type: .dynamic, targets: ["Library"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // The line: bytes -> packets -> image -> gray -> (logits ->) lines -> text -> values -> sinks.
    stage("Bytes", "1-Bytes", ["CSerialPort"]),
    stage("Packets", "2-Packets", ["CKernels"]),
    stage("Images", "3-Images", ["Packets"]),
    stage(
      "Gray", "4-Gray",
      ["Images", "CKernels", "CPNG", "CTurboJPEG", "CJPEGRows", "CImageFiles", "CWebP", "CGIF"]),
    stage("Inference", "5-Inference", ["CKernels"]),
    stage("Lines", "6-Lines", ["Gray", "Inference"]),
    stage("Text", "7-Text", ["Images", "Gray", "Lines", "Inference"]),
    stage("Values", "8-Values", ["Images", "Gray", "Text"]),
    stage("Sinks", "9-Sinks", ["Images", "Text", "Values"]),

    // Beside the line.
    stage("Recording", "Recording", ["Packets", "CZlib", "CZstd"]),
    stage("Control", "Control", ["Packets", "Images"]),
    stage(
      "Board", "Board",
      ["FirmwareProto", "Gray", "Images", "OnBoard", "CFreeType", "CTurboJPEG"]),
    stage(
      "Cameras", "Cameras",
      ["Bytes", "Images", "Gray", "Text", "Values", "CYAML"]),
    stage("Evaluation", "Evaluation", ["Bytes", "Images"]),
    stage("MQTT", "MQTT", ["Bytes", "Text", "Values", "Sinks", "CMosquitto"]),
    stage("Export", "Export", ["Packets", "Inference", "Text"]),
    .target(
      name: "Page",
      dependencies: ["Bytes", "Images", "Gray", "Text", "Values", "Sinks"], path: "Sources/Page",
      resources: [.embedInCode("Resources")], swiftSettings: strict),
    stage(
      "OnBoard", "OnBoard", ["FirmwareProto", "Images", "Gray", "Inference", "Text", "Export"]),
    stage(
      "Learning", "Learning",
      [
        "Bytes", "CKernels", "Images", "Gray", "Inference", "Lines", "Text", "OnBoard",
        "Evaluation",
      ]),

    // The line for other programs.
    stage(
      "SerialScribe", "SerialScribe",
      ["FirmwareProto", "Packets", "Gray", "Images", "Inference", "OnBoard", "Recording", "Text"]),
    .target(
      name: "Library", dependencies: ["SerialScribe"], path: "Sources/Library",
      swiftSettings: strict,
      // By its name alone programs find it, wherever it was built.
      linkerSettings: standalone
        + [.unsafeFlags(["-Xlinker", "-soname=libserialscribe.so"], .when(platforms: [.linux]))]),

    // The program.
    .executableTarget(
      name: "scribe",
      dependencies: [
        "Bytes", "Packets", "Images", "Gray", "Lines", "Inference", "Text", "Values", "Sinks",
        "Recording", "Control", "Cameras", "Board", "Evaluation", "Export", "OnBoard", "Learning",
        "FirmwareProto", "MQTT", "Page",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict, linkerSettings: standalone),

    // Measures the parts and the whole.
    .executableTarget(
      name: "scribe-bench",
      dependencies: [
        "Packets", "Images", "Gray", "Lines", "Inference", "Text", "Sinks", "Board",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Bench", swiftSettings: strict),

    // The C that ships to boards: simulator and tests run these very files.
    .target(
      name: "FirmwareProto", path: "firmware-proto", sources: ["src"],
      publicHeadersPath: "include",
      cSettings: [
        .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
        .enableWarning("pedantic"),
        // The host also reads images that are larger than what a board's memory is sized for.
        .define("SCRIBE_READER_MAX_WIDTH", to: "640"),
        .define("SCRIBE_READER_MAX_HEIGHT", to: "480"),
        .define("SCRIBE_INK_MAX_WIDTH", to: "640"),
        .define("SCRIBE_INK_MAX_HEIGHT", to: "480"),
      ]),

    // Integer kernels of the network, for each kind of instructions; CRC-32 and SHA-256.
    .target(
      name: "CKernels", path: "Sources/System/CKernels",
      cSettings: [
        .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
        .enableWarning("pedantic"),
      ]),

    // What of libraries for image files Swift can't call.
    .target(
      name: "CImageFiles", dependencies: ["CPNG", "CTIFF"], path: "Sources/System/CImageFiles",
      cSettings: [
        .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
        .enableWarning("pedantic"),
      ]),

    // System libraries.
    .systemLibrary(
      name: "CSerialPort", path: "Sources/System/CSerialPort", pkgConfig: "libserialport",
      providers: [.apt(["libserialport-dev"])]),
    .systemLibrary(
      name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", path: "Sources/System/CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"])]),
    // The rows that are left of a damaged JPEG: libjpeg-turbo's other interface, which needs longjmp.
    .target(
      name: "CJPEGRows", path: "Sources/System/CJPEGRows",
      cSettings: [
        .treatAllWarnings(as: .error), .enableWarning("all"), .enableWarning("extra"),
      ], linkerSettings: [.linkedLibrary("jpeg")]),
    .systemLibrary(
      name: "CTIFF", path: "Sources/System/CTIFF", pkgConfig: "libtiff-4",
      providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(
      name: "CWebP", path: "Sources/System/CWebP", pkgConfig: "libwebpdemux",
      providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(
      name: "CGIF", path: "Sources/System/CGIF", pkgConfig: "libgif",
      providers: [.apt(["libgif-dev"])]),
    .systemLibrary(
      name: "CFreeType", path: "Sources/System/CFreeType", pkgConfig: "freetype2",
      providers: [.apt(["libfreetype-dev"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CZstd", path: "Sources/System/CZstd", pkgConfig: "libzstd",
      providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(
      name: "CYAML", path: "Sources/System/CYAML", pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(
      name: "CMosquitto", path: "Sources/System/CMosquitto", pkgConfig: "libmosquitto",
      providers: [.apt(["libmosquitto-dev", "libssl-dev"])]),

    .target(
      name: "FuzzTargets",
      dependencies: [
        "FirmwareProto", "Bytes", "Packets", "Images", "Gray", "Inference", "Text", "Sinks",
        "Recording", "Control", "Cameras", "Values", "Export", "OnBoard", "Page",
        "LinkTestSupport",
      ],
      path: "Tests/FuzzTargets", swiftSettings: strict),
    test(
      "Fuzz",
      ["FuzzTargets", "FirmwareProto", "Gray", "Images", "LinkTestSupport", "Recording"],
      resources: [.copy("Corpus")]),
    .target(name: "PortTestSupport", path: "Tests/PortTestSupport", swiftSettings: strict),
    test("Bytes", ["Bytes", "PortTestSupport"]),
    .target(
      name: "LinkTestSupport", dependencies: ["FirmwareProto", "Images"],
      path: "Tests/LinkTestSupport", swiftSettings: strict),
    test("FirmwareProto", ["FirmwareProto", "Packets", "Images", "LinkTestSupport"]),
    test("Packets", ["Packets", "Images", "FirmwareProto", "LinkTestSupport"]),
    test("Images", ["Images", "Packets", "FirmwareProto", "LinkTestSupport"]),
    test("Gray", ["Gray", "Images", "Board"], resources: [.copy("Files")]),
    test("Lines", ["Lines", "Gray", "Images", "Inference"], resources: [.copy("finder.json")]),
    test("Inference", ["Inference"], resources: [.copy("Vectors")]),
    test(
      "Text",
      ["Text", "Images", "Gray", "Lines", "Inference", "Board", "Evaluation"]),
    .target(
      name: "ValuesTrial",
      dependencies: ["Values", "Text", "Gray", "Images", "Inference", "Board"],
      path: "Tests/ValuesTrial", swiftSettings: strict),
    .executableTarget(
      name: "values-trial", dependencies: ["ValuesTrial", "Values", "Gray", "Images"],
      path: "Tests/ValuesTrialProgram", swiftSettings: strict),
    test("Values", ["Values", "ValuesTrial", "Text", "Gray", "Images"]),
    test("Cameras", ["Cameras", "Values", "Gray", "Images"]),
    test("Sinks", ["Sinks", "Values", "Text", "Gray", "Images", "PortTestSupport"]),
    test("Recording", ["Recording", "Packets", "CZlib", "CZstd"]),
    test(
      "Control", ["Control", "Packets", "Images", "Board", "FirmwareProto", "LinkTestSupport"]),
    test("Board", ["Board", "Packets", "Images", "Gray", "LinkTestSupport", "LinkSoak"]),
    .target(
      name: "LinkSoak",
      dependencies: [
        "Board", "Bytes", "Packets", "Images", "Gray", "Recording", "PortTestSupport",
      ],
      path: "Tests/LinkSoak", swiftSettings: strict),
    .executableTarget(
      name: "link-soak", dependencies: ["LinkSoak"], path: "Tests/LinkSoakProgram",
      swiftSettings: strict),
    .target(
      name: "MQTTTestSupport",
      dependencies: ["MQTT", "Sinks", "Values", "Text", "Images", "PortTestSupport", "CMosquitto"],
      path: "Tests/MQTTTestSupport", swiftSettings: strict),
    test("MQTT", ["MQTT", "MQTTTestSupport", "PortTestSupport", "Sinks", "Values"]),
    .executableTarget(
      name: "mqtt-soak", dependencies: ["MQTT", "MQTTTestSupport", "PortTestSupport", "Sinks"],
      path: "Tests/MQTTSoakProgram", swiftSettings: strict),
    test("Evaluation", ["Evaluation", "Images"], resources: [.copy("scores.json")]),
    test("SerialScribe", ["SerialScribe"]),
    test(
      "Page",
      ["Page", "Evaluation", "Images", "Gray", "Sinks", "Text", "Values", "PortTestSupport"]),
    .target(
      name: "LearningTestSupport", dependencies: ["Board", "Gray"],
      path: "Tests/LearningTestSupport", swiftSettings: strict),
    test(
      "Learning",
      [
        "Learning", "LearningTestSupport", "CKernels", "Evaluation", "Export", "FirmwareProto",
        "Gray", "Images", "Inference", "Lines", "OnBoard", "Text",
      ]),
    test("Firmware", []),
    test(
      "Export",
      ["Export", "OnBoard", "Inference", "FirmwareProto", "Images", "Gray", "Text"]),
    test(
      "OnBoard",
      [
        "OnBoard", "Board", "Export", "Evaluation", "Inference", "Images", "Gray", "FirmwareProto",
        "LinkTestSupport", "Text",
      ]),
    test(
      "scribe",
      [
        "Bytes", "FirmwareProto", "Gray", "Images", "LearningTestSupport", "LinkTestSupport",
        "Text", "Recording", "PortTestSupport", "MQTTTestSupport", "Board", "ValuesTrial",
      ],
      resources: [.copy("Fixtures")]),
  ],
  cLanguageStandard: .c99
)

if fuzzes {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzer",
      exclude: ["Dictionaries"],
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
