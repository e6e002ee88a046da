import Export
import Foundation
import Inference
import Testing

/// Exported headers in C and in every C++, in one file and in several.
@Suite struct LanguageTests {
  static let compilers: [String] = ["gcc", "g++", "clang", "clang++", "arm-none-eabi-g++"].filter {
    Tool.path($0) != nil
  }
  static let strict = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
  static let include = "-I" + Repository.url.appending(path: "firmware-proto/include").path

  static func standards(_ compiler: String) -> [String] {
    compiler.hasSuffix("++") ? ["c++11", "c++14", "c++17", "c++20"] : ["c99", "c11"]
  }

  /// Compiles `file` by each compiler and standard, and returns their complaints.
  private func complaints(_ file: String, _ options: [String]) throws -> [String] {
    try Self.compilers.flatMap { compiler in
      try Self.standards(compiler).compactMap { standard -> String? in
        let language = compiler.hasSuffix("++") ? "c++" : "c"
        let (status, output) = try Tool.run(
          #require(Tool.path(compiler)),
          ["-std=\(standard)", "-x", language] + Self.strict + options
            + ["-c", file, "-o", "/dev/null"])
        return status == 0 ? nil : "\(compiler) \(standard): \(output)"
      }
    }
  }

  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func headersCompileInEveryLanguage() throws {
    for name in Repository.exportable {
      let firmware = try FirmwareModel(Repository.model(name), symbol: "net")
      let folder = try Folder()
      _ = try folder.write(firmware.sources().header, "net.h")
      let user = try folder.write(
        "#include \"net.h\"\nconst scribe_model *model(void);\n"
          + "const scribe_model *model(void) { return &net; }\n", "user.c")
      let options = [Self.include, "-I\(folder.url.path)"]
      #expect(try complaints(user, options) == [], "\(name)")
      #expect(try complaints(user, options + ["-DNET_EXTERN"]) == [], "\(name)")
    }
  }

  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func pairsCompileInEveryLanguage() throws {
    let sources = try FirmwareModel(Repository.model("classic"), symbol: "net")
      .sources(headerFile: "net.h")
    let folder = try Folder()
    _ = try folder.write(sources.header, "net.h")
    let data = try folder.write(#require(sources.source), "net.c")
    #expect(try complaints(data, [Self.include, "-I\(folder.url.path)"]) == [])
  }

  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func headersForCMSISCompileInEveryLanguage() throws {
    let folder = try Folder()
    _ = try folder.write(Self.cmsis, "arm_nnfunctions.h")
    let user = try folder.write(
      "#include \"net.h\"\nint32_t bytes(void);\n"
        + "int32_t bytes(void) { return net_scratch_bytes() + net_labels[0][0]; }\n", "user.c")
    let models =
      try ["classic", "glyph"].map(Repository.model) + (1...6).map(Repository.randomModel)
    for model in models {
      let firmware = try FirmwareModel(model, vectors: 0, symbol: "net")
      _ = try folder.write(firmware.cmsisHeader(), "net.h")
      let options = ["-I\(folder.url.path)"]
      #expect(try complaints(user, options) == [], "\(model.name)")
      #expect(try complaints(user, options + ["-DNET_EXTERN"]) == [], "\(model.name)")
    }
    // Structs in another order are refused.
    let turned = Self.cmsis.replacing("int32_t n, h, w, c;", with: "int32_t h, n, w, c;")
    _ = try folder.write(turned, "arm_nnfunctions.h")
    for complaint in try complaints(user, ["-I\(folder.url.path)"]) {
      #expect(complaint.contains("net_order_of_cmsis_nn_dims"))
    }
    #expect(try !complaints(user, ["-I\(folder.url.path)"]).isEmpty)
  }

  /// Two files that include the header, in C, in C++ and in both, take the flash of one.
  @Test(.enabled(if: Tool.hasGCC && Tool.path("g++") != nil, "g++ is not installed"))
  func twoFilesCostNoMoreThanOne() throws {
    let folder = try Folder()
    let firmware = try FirmwareModel(Repository.model("glyph"), symbol: "net")
    let data = firmware.requirement.data
    _ = try folder.write(firmware.sources().header, "single.h")
    let pair = firmware.sources(headerFile: "pair.h")
    _ = try folder.write(pair.header, "pair.h")
    let source = try folder.write(#require(pair.source), "pair.c")
    let dropping = ["-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"]
    for languages in [("c", "c"), ("c++", "c++"), ("c", "c++"), ("c++", "c")] {
      let one = try size(folder, "single.h", [languages.0], [], dropping)
      let both = [languages.0, languages.1]
      let two = try size(folder, "single.h", both, [], dropping)
      let extern = try size(folder, "single.h", both, [], [], external: true)
      let paired = try size(folder, "pair.h", both, [source], [])
      #expect(one > data && one < data * 3 / 2)
      for found in [two, extern, paired] {
        #expect(abs(found - one) < data / 20, "\(languages): \(found), \(one) for one file")
      }
    }
  }

  /// Bytes of a program whose files all use the model.
  private func size(
    _ folder: Folder, _ header: String, _ languages: [String], _ more: [String],
    _ options: [String], external: Bool = false
  ) throws -> Int {
    var objects: [String] = []
    func compile(_ file: String, _ language: String, _ options: [String]) throws {
      let object = "\(file).\(objects.count).o"
      let (status, output) = try Tool.run(
        #require(Tool.path("g++")),
        ["-x", language, "-Os"] + (language == "c" ? ["-std=c99"] : ["-std=c++11"])
          + Self.strict + options
          + [Self.include, "-I\(folder.url.path)", "-c", file, "-o", object])
      try #require(status == 0, "\(output)")
      objects.append(object)
    }
    var calls = ""
    var prototypes = ""
    for (i, language) in languages.enumerated() {
      let name = "use_\(i)"
      let linkage = language == "c" ? "" : "extern \"C\" "
      let file = try folder.write(
        "#include \"\(header)\"\n\(linkage)const void *\(name)(void);\n"
          + "const void *\(name)(void) { return &net; }\n", "\(name).\(language)")
      try compile(file, language, options + (external && i > 0 ? ["-DNET_EXTERN"] : []))
      prototypes += "const void *\(name)(void);\n"
      calls += " || \(name)() == 0 || \(name)() != use_0()"
    }
    let main = try folder.write("\(prototypes)int main(void) { return 0\(calls); }\n", "main.c")
    try compile(main, "c", options)
    for file in more { try compile(file, "c", options) }
    let program = folder.url.appending(path: "program").path
    let (status, output) = try Tool.run(
      #require(Tool.path("g++")), objects + options + ["-s", "-o", program])
    try #require(status == 0, "\(output)")
    let (result, _) = try Tool.run(program, [])
    #expect(result == 0, "two files have two models")
    return try #require(
      FileManager.default.attributesOfItem(atPath: program)[.size] as? Int)
  }

  /// The headers of `firmware-proto` themselves, each alone and all together.
  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func headersForBoardsCompileInEveryLanguage() throws {
    let folder = try Folder()
    let names = try FileManager.default.contentsOfDirectory(
      atPath: Repository.url.appending(path: "firmware-proto/include").path
    ).filter { $0.hasSuffix(".h") && $0 != "scribe_reader_state.h" }.sorted()
    #expect(names.count >= 8)
    for set in names.map({ [$0] }) + [names] {
      let text = set.map { "#include \"\($0)\"\n" }.joined() + "extern int nothing;\n"
      let file = try folder.write(text, "user.c")
      #expect(try complaints(file, [Self.include]) == [], "\(set)")
    }
  }

  @Test(.enabled(if: Tool.hasGCC, "gcc is not installed"))
  func readersThatAreTooLargeAreRefused() throws {
    let folder = try Folder()
    let file = try folder.write("#include \"scribe_reader.h\"\nextern int nothing;\n", "user.c")
    for (width, height, word) in [
      (1023, 2047, nil), (8, 4096, nil), (1024, 240, "SCRIBE_READER_MAX_WIDTH"),
      (4096, 240, "SCRIBE_READER_MAX_WIDTH"), (7, 240, "SCRIBE_READER_MAX_WIDTH"),
      (320, 4097, "SCRIBE_READER_MAX_HEIGHT"), (1023, 2100, "_HEIGHT must be below"),
    ] as [(Int, Int, String?)] {
      let found = try complaints(
        file,
        [
          Self.include, "-DSCRIBE_READER_MAX_WIDTH=\(width)",
          "-DSCRIBE_READER_MAX_HEIGHT=\(height)",
        ])
      #expect(found.isEmpty == (word == nil), "\(width) x \(height): \(found)")
      if let word { #expect(found.allSatisfy { $0.contains(word) }) }
    }
  }

  /// A stand-in for CMSIS-NN: names and order of its public types, as the header uses them.
  private static let cmsis = """
    #ifndef ARM_NNFUNCTIONS_H
    #define ARM_NNFUNCTIONS_H
    #include <stdint.h>
    typedef enum { ARM_CMSIS_NN_SUCCESS = 0, ARM_CMSIS_NN_ARG_ERROR = -1 } arm_cmsis_nn_status;
    typedef struct { void *buf; int32_t size; } cmsis_nn_context;
    typedef struct { int32_t n, h, w, c; } cmsis_nn_dims;
    typedef struct { int32_t w, h; } cmsis_nn_tile;
    typedef struct { int32_t min, max; } cmsis_nn_activation;
    typedef struct { int32_t *multiplier; int32_t *shift; } cmsis_nn_per_channel_quant_params;
    typedef struct {
      int32_t input_offset, filter_offset, output_offset; cmsis_nn_activation activation;
    } cmsis_nn_fc_params;
    typedef struct {
      int32_t input_offset, output_offset; cmsis_nn_tile stride, padding, dilation;
      cmsis_nn_activation activation;
    } cmsis_nn_conv_params;
    typedef struct {
      int32_t input_offset, output_offset, ch_mult; cmsis_nn_tile stride, padding, dilation;
      cmsis_nn_activation activation;
    } cmsis_nn_dw_conv_params;
    typedef struct { cmsis_nn_tile stride, padding; cmsis_nn_activation activation; }
      cmsis_nn_pool_params;
    #ifdef __cplusplus
    extern "C" {
    #endif
    #define STAND_IN_WEIGHTS(name, params) \\
      arm_cmsis_nn_status name( \\
          const cmsis_nn_context *, const params *, const cmsis_nn_per_channel_quant_params *, \\
          const cmsis_nn_dims *, const int8_t *, const cmsis_nn_dims *, const int8_t *, \\
          const cmsis_nn_dims *, const int32_t *, const cmsis_nn_dims *, int8_t *);
    STAND_IN_WEIGHTS(arm_convolve_wrapper_s8, cmsis_nn_conv_params)
    STAND_IN_WEIGHTS(arm_depthwise_conv_wrapper_s8, cmsis_nn_dw_conv_params)
    STAND_IN_WEIGHTS(arm_fully_connected_per_channel_s8, cmsis_nn_fc_params)
    #define STAND_IN_POOL(name) \\
      arm_cmsis_nn_status name( \\
          const cmsis_nn_context *, const cmsis_nn_pool_params *, const cmsis_nn_dims *, \\
          const int8_t *, const cmsis_nn_dims *, const cmsis_nn_dims *, int8_t *);
    STAND_IN_POOL(arm_max_pool_s8)
    STAND_IN_POOL(arm_avgpool_s8)
    #define STAND_IN_SIZE(name, params) \\
      int32_t name(const params *, const cmsis_nn_dims *, const cmsis_nn_dims *, \\
                   const cmsis_nn_dims *);
    STAND_IN_SIZE(arm_convolve_wrapper_s8_get_buffer_size, cmsis_nn_conv_params)
    STAND_IN_SIZE(arm_depthwise_conv_wrapper_s8_get_buffer_size, cmsis_nn_dw_conv_params)
    int32_t arm_fully_connected_s8_get_buffer_size(const cmsis_nn_dims *);
    int32_t arm_avgpool_s8_get_buffer_size(int, int);
    #ifdef __cplusplus
    }
    #endif
    #endif

    """
}
