internal import Inference

extension FirmwareModel {
  /// Writes the model for CMSIS-NN: const arrays in its layouts, its own structs of parameters, and
  /// a function that calls its int8 functions layer by layer.
  ///
  /// The same model gives the same bytes.
  ///
  /// - Throws: `ExportError.notInCMSIS` for a table or a softmax, `.readsLines` for a model of
  ///   pictures or lines.
  public func cmsisHeader() throws(ExportError) -> String {
    guard order == .atOnce else { throw .readsLines(positions: source.positions) }
    for (number, layer) in source.layers.enumerated() {
      let why: String
      switch layer.kind {
      case .convolution, .depthwise, .dense, .maxPool, .averagePool: continue
      case .upsample, .concatenation:
        why = "its layers run one after the other in two buffers, which keep no earlier output"
      case .table: why = "it has no function by table for int8"
      case .lstm: why = "one is known to neither layout"
      case .softmax: why = "its arm_softmax_s8 takes no table of powers, it makes its own"
      }
      throw .notInCMSIS(layer: number, kind: layer.kind.rawValue, why: why)
    }
    return CMSISHeader(model: self).text()
  }
}

/// Public names of CMSIS-NN's types and functions are used as facts; nothing of its code is copied.
private struct CMSISHeader {
  let model: FirmwareModel
  var symbol: String { model.symbol }
  var upper: String { model.symbol.uppercased() }
  var layers: [Layer] { model.source.layers }

  func text() -> String {
    var out = CText()
    let bytes = layers.reduce(0) { $0 + $1.weights.count + 12 * $1.biases.count }
    out.line(
      "/* \(CText.comment(model.name)) for CMSIS-NN, written by "
        + "`scribe export-firmware --layout cmsis-nn`. Don't edit.")
    out.line(" *")
    out.line(" * int8 weights, OHWI; rescaling as by its default, rounding twice: don't define")
    out.line(" * CMSIS_NN_USE_SINGLE_ROUNDING. Shifts: positive is left. Dense layers have a")
    out.line(" * scale a channel, so it must know arm_fully_connected_per_channel_s8.")
    out.line(" *")
    out.line(" * \(grouped(model.macs)) MACs, \(grouped(bytes)) bytes of constants.")
    out.line(" * weights.bin has SHA-256 \(model.weightsHash)")
    out.line(" *")
    out.describeInclusion(upper: upper, orElse: "")
    out.line(" */")
    out.line("#ifndef \(upper)_CMSIS_NN_H")
    out.line("#define \(upper)_CMSIS_NN_H")
    out.line()
    out.line("#include <stddef.h>")
    out.line()
    out.line("#include \"arm_nnfunctions.h\"")
    out.line()
    out.line("#ifdef CMSIS_NN_USE_SINGLE_ROUNDING")
    out.line("#error \"this model's results need the default double rounding\"")
    out.line("#endif")
    out.line()
    out.line("#define \(upper)_LABELS \(model.labels.count)")
    out.line("#define \(upper)_PATCH_BYTES \(model.patchBytes)")
    out.line("/* Bytes that hold each other layer's output by turns. */")
    out.line("#define \(upper)_EVEN_BYTES \(largest(0))")
    out.line("#define \(upper)_ODD_BYTES \(largest(1))")
    out.line()
    out.beginC()
    out.line()
    writeDeclarations(&out)
    out.line()
    out.line("#ifndef \(upper)_EXTERN")
    out.line()
    out.defineShared()
    out.line()
    writeOrder(&out)
    out.line()
    let names = "const char *const \(symbol)_labels[\(upper)_LABELS]"
    out.line("extern \(names) SCRIBE_EXPORT_SHARED;")
    out.array(names, model.labels.map(CText.literal))
    out.line()
    for (i, layer) in layers.enumerated() { writeArrays(&out, layer, i) }
    writeBufferSize(&out)
    writeRun(&out)
    out.line()
    out.line("#endif")
    out.line()
    out.endC()
    out.line()
    out.line("#endif")
    return out.text
  }

  private func writeDeclarations(_ out: inout CText) {
    out.line("extern const char *const \(symbol)_labels[\(upper)_LABELS];")
    out.line()
    out.line("/* Bytes of scratch memory that \(symbol)_run needs. */")
    out.line("int32_t \(symbol)_scratch_bytes(void);")
    out.line()
    out.line("/* `patch` holds int8 values: a pixel's byte with its highest bit turned. `even` and")
    out.line(" * `odd` hold \(upper)_EVEN_BYTES and \(upper)_ODD_BYTES, `scratch` what")
    out.line(" * \(symbol)_scratch_bytes() says, at a multiple of 4. */")
    out.line("arm_cmsis_nn_status \(symbol)_run(")
    out.line("    const int8_t *patch, int8_t *even, int8_t *odd, const cmsis_nn_context *scratch,")
    out.line("    int8_t *logits);")
  }

  /// Writes a check of the order in CMSIS-NN's structs: they are filled in it, and another version
  /// might change it.
  private func writeOrder(_ out: inout CText) {
    out.line("/* Refuses a CMSIS-NN whose structs have another order than the data here. */")
    let kinds = Set(layers.map(\.kind))
    var structs: [(String, [String])] = [
      ("cmsis_nn_dims", ["n", "h", "w", "c"]), ("cmsis_nn_tile", ["w", "h"]),
      ("cmsis_nn_activation", ["min", "max"]),
    ]
    if kinds.contains(.dense) {
      structs.append(
        ("cmsis_nn_fc_params", ["input_offset", "filter_offset", "output_offset", "activation"]))
    }
    if kinds.contains(.convolution) {
      structs.append(
        (
          "cmsis_nn_conv_params",
          ["input_offset", "output_offset", "stride", "padding", "dilation", "activation"]
        ))
    }
    if kinds.contains(.depthwise) {
      structs.append(
        (
          "cmsis_nn_dw_conv_params",
          [
            "input_offset", "output_offset", "ch_mult", "stride", "padding", "dilation",
            "activation",
          ]
        ))
    }
    if kinds.contains(.maxPool) || kinds.contains(.averagePool) {
      structs.append(("cmsis_nn_pool_params", ["stride", "padding", "activation"]))
    }
    if kinds.contains(where: \.hasWeights) {
      structs.append(("cmsis_nn_per_channel_quant_params", ["multiplier", "shift"]))
    }
    for (type, fields) in structs {
      let pairs = zip(fields, fields.dropFirst()).map {
        "offsetof(\(type), \($0)) < offsetof(\(type), \($1))"
      }
      out.line("typedef char \(symbol)_order_of_\(type)[")
      out.line("    (" + pairs.joined(separator: " &&\n     ") + ")")
      out.line("        ? 1 : -1];")
    }
  }

  /// The largest output of every other layer. The model's input is not counted: the caller owns it.
  private func largest(_ parity: Int) -> Int {
    layers.indices.filter { $0 % 2 == parity }.map { layers[$0].output.count }.max() ?? 1
  }

  private func dims(_ name: String, _ n: Int, _ h: Int, _ w: Int, _ c: Int) -> String {
    "static const cmsis_nn_dims \(name) = {/*n*/ \(n), /*h*/ \(h), /*w*/ \(w), /*c*/ \(c)};"
  }

  private func tile(_ h: Int, _ w: Int) -> String { "{/*w*/ \(w), /*h*/ \(h)}" }

  private func writeArrays(_ out: inout CText, _ layer: Layer, _ i: Int) {
    writeShapes(&out, layer, i)
    writeParameters(&out, layer, i)
    if layer.kind.hasWeights { writeWeights(&out, layer, i) }
    out.line()
  }

  private func writeShapes(_ out: inout CText, _ layer: Layer, _ i: Int) {
    let input = layer.input
    let output = layer.output
    out.line("/* \(i): \(layer.kind.rawValue), \(output) */")
    if layer.kind == .dense {
      out.line(dims("\(symbol)_input_\(i)", 1, 1, 1, input.count))
      out.line(dims("\(symbol)_filter_\(i)", input.count, 1, 1, output.channels))
    } else {
      out.line(dims("\(symbol)_input_\(i)", 1, input.height, input.width, input.channels))
      switch layer.kind {
      case .convolution:
        out.line(
          dims(
            "\(symbol)_filter_\(i)", output.channels, layer.kernel.height, layer.kernel.width,
            input.channels))
      default:
        out.line(
          dims(
            "\(symbol)_filter_\(i)", 1, layer.kernel.height, layer.kernel.width, output.channels))
      }
    }
    out.line(dims("\(symbol)_output_\(i)", 1, output.height, output.width, output.channels))
  }

  private func writeParameters(_ out: inout CText, _ layer: Layer, _ i: Int) {
    let range = layer.outputRange
    let activation = "/*activation*/ {/*min*/ \(range.lowerBound), /*max*/ \(range.upperBound)}"
    let window =
      "/*stride*/ \(tile(layer.stride.height, layer.stride.width)), "
      + "/*padding*/ \(tile(layer.paddingTop, layer.paddingLeft))"
    let offsets =
      "/*input_offset*/ \(-layer.inputQuantization.zeroPoint), "
      + "/*output_offset*/ \(layer.outputQuantization.zeroPoint)"
    guard layer.kind.hasWeights else {
      out.line("static const cmsis_nn_pool_params \(symbol)_params_\(i) = {")
      out.line("    \(window), \(activation)};")
      return
    }
    switch layer.kind {
    case .dense:
      out.line("static const cmsis_nn_fc_params \(symbol)_params_\(i) = {")
      out.line(
        "    /*input_offset*/ \(-layer.inputQuantization.zeroPoint), /*filter_offset*/ 0, "
          + "/*output_offset*/ \(layer.outputQuantization.zeroPoint),")
      out.line("    \(activation)};")
    default:
      let depthwise = layer.kind == .depthwise
      let type = depthwise ? "cmsis_nn_dw_conv_params" : "cmsis_nn_conv_params"
      out.line("static const \(type) \(symbol)_params_\(i) = {")
      out.line("    \(offsets),\(depthwise ? " /*ch_mult*/ 1," : "")")
      out.line("    \(window), /*dilation*/ {/*w*/ 1, /*h*/ 1},")
      out.line("    \(activation)};")
    }
  }

  private func writeWeights(_ out: inout CText, _ layer: Layer, _ i: Int) {
    out.line(dims("\(symbol)_bias_dims_\(i)", 1, 1, 1, layer.output.channels))
    out.array("static const int8_t \(symbol)_weights_\(i)[]", layer.weights.map { "\($0)" })
    out.array("static const int32_t \(symbol)_bias_\(i)[]", layer.biases.map(CText.int32))
    out.array(
      "static const int32_t \(symbol)_multiplier_\(i)[]",
      layer.requantizers.map { "\($0.multiplier)" })
    out.array(
      "static const int32_t \(symbol)_shift_\(i)[]", layer.requantizers.map { "\($0.shift)" })
    out.line("/* CMSIS-NN reads but doesn't declare these const. */")
    out.line("static const cmsis_nn_per_channel_quant_params \(symbol)_quant_\(i) = {")
    out.line(
      "    /*multiplier*/ (int32_t *)\(symbol)_multiplier_\(i), "
        + "/*shift*/ (int32_t *)\(symbol)_shift_\(i)};")
    out.line()
  }

  /// The expression for the scratch memory of a layer, by CMSIS-NN's own count.
  private func bufferSize(_ layer: Layer, _ i: Int) -> String? {
    let arguments =
      "(&\(symbol)_params_\(i), &\(symbol)_input_\(i), &\(symbol)_filter_\(i), "
      + "&\(symbol)_output_\(i))"
    switch layer.kind {
    case .convolution: return "arm_convolve_wrapper_s8_get_buffer_size" + arguments
    case .depthwise: return "arm_depthwise_conv_wrapper_s8_get_buffer_size" + arguments
    case .dense: return "arm_fully_connected_s8_get_buffer_size(&\(symbol)_filter_\(i))"
    case .averagePool:
      return "arm_avgpool_s8_get_buffer_size(\(layer.output.width), \(layer.input.channels))"
    default: return nil
    }
  }

  private func writeBufferSize(_ out: inout CText) {
    out.line("SCRIBE_EXPORT_SHARED int32_t \(symbol)_scratch_bytes(void) {")
    out.line("  int32_t bytes = 0;")
    for (i, layer) in layers.enumerated() {
      guard let size = bufferSize(layer, i) else { continue }
      out.line("  const int32_t bytes_\(i) =")
      out.line("      \(size);")
      out.line("  if (bytes_\(i) > bytes) bytes = bytes_\(i);")
    }
    out.line("  return bytes;")
    out.line("}")
    out.line()
  }

  private func writeRun(_ out: inout CText) {
    out.line("SCRIBE_EXPORT_SHARED arm_cmsis_nn_status \(symbol)_run(")
    out.line("    const int8_t *patch, int8_t *even, int8_t *odd, const cmsis_nn_context *scratch,")
    out.line("    int8_t *logits) {")
    out.line("  arm_cmsis_nn_status status = ARM_CMSIS_NN_SUCCESS;")
    out.line("  if (scratch->size < \(symbol)_scratch_bytes()) return ARM_CMSIS_NN_ARG_ERROR;")
    if layers.count == 1 { out.line("  (void)even;") }
    if layers.count < 3 { out.line("  (void)odd;") }
    for (i, layer) in layers.enumerated() {
      let from = i == 0 ? "patch" : i % 2 == 1 ? "even" : "odd"
      let to = i + 1 == layers.count ? "logits" : i % 2 == 0 ? "even" : "odd"
      let named = { (name: String) in "&\(symbol)_\(name)_\(i)" }
      out.line("  if (status == ARM_CMSIS_NN_SUCCESS) {")
      switch layer.kind {
      case .maxPool, .averagePool:
        let function = layer.kind == .maxPool ? "arm_max_pool_s8" : "arm_avgpool_s8"
        out.line("    status = \(function)(")
        out.line("        scratch, \(named("params")), \(named("input")), \(from),")
        out.line("        \(named("filter")), \(named("output")), \(to));")
      default:
        let function =
          switch layer.kind {
          case .dense: "arm_fully_connected_per_channel_s8"
          case .depthwise: "arm_depthwise_conv_wrapper_s8"
          default: "arm_convolve_wrapper_s8"
          }
        out.line("    status = \(function)(")
        out.line("        scratch, \(named("params")), \(named("quant")),")
        out.line(
          "        \(named("input")), \(from), \(named("filter")), \(symbol)_weights_\(i),")
        out.line(
          "        \(named("bias_dims")), \(symbol)_bias_\(i), \(named("output")), \(to));")
      }
      out.line("  }")
    }
    out.line("  return status;")
    out.line("}")
  }
}
