internal import Inference

extension FirmwareModel {
  /// Writes the model for `scribe_net.h`: one header that holds everything, or, if `headerFile`
  /// names it, a header that a source file with the data includes.
  ///
  /// The same model gives the same bytes. `instructions` of one inference, as measured, are written
  /// into the header.
  public func sources(headerFile: String? = nil, instructions: Int? = nil) -> FirmwareSources {
    var header = CText()
    writeTitle(&header, instructions: instructions, hasSource: headerFile != nil)
    let guardName = "\(upper)_H"
    header.line("#ifndef \(guardName)")
    header.line("#define \(guardName)")
    header.line()
    header.line("#include \"scribe_model.h\"")
    header.line()
    header.line("#if SCRIBE_NET_VERSION != \(Self.version)")
    header.line("#error \"export this model again: scribe_net.h has another version\"")
    header.line("#endif")
    header.line()
    writeMacros(&header, instructions: instructions)
    header.line()
    header.beginC()
    header.line()
    header.line("extern const scribe_model \(symbol);")
    header.line()
    if headerFile == nil {
      header.line("#ifndef \(upper)_EXTERN")
      header.line()
      header.defineShared()
      header.line("extern const scribe_model \(symbol) SCRIBE_EXPORT_SHARED;")
      header.line()
      writeData(&header)
      header.line()
      header.line("#endif")
      header.line()
    }
    header.endC()
    header.line()
    header.line("#endif")
    guard let headerFile else { return FirmwareSources(header: header.text) }
    var source = CText()
    source.line("/* The data of \(CText.comment(name)): see \(CText.comment(headerFile)). */")
    source.line("#include \(CText.literal(headerFile))")
    source.line()
    writeData(&source)
    return FirmwareSources(header: header.text, source: source.text)
  }

  private var upper: String { symbol.uppercased() }

  private func writeTitle(_ out: inout CText, instructions: Int?, hasSource: Bool) {
    let need = requirement
    out.line(
      "/* \(CText.comment(name)): a quantized network for scribe_model.h, written by "
        + "`scribe export-firmware`.")
    out.line(" * Don't edit: the self-test would tell. Export it again.")
    out.line(" *")
    out.line(
      " * Patches of \(input.height) x \(input.width) x \(input.channels), "
        + "\(labels.count) labels, \(grouped(macs)) multiplications and additions a patch.")
    out.line(
      " * Flash: \(grouped(need.data)) bytes of data. "
        + "RAM: \(grouped(need.arena)) bytes of arena, \(grouped(patchBytes)) of patch, "
        + "\(grouped(labels.count)) of logits.")
    if let instructions {
      out.line(" * Measured on a Cortex-M4: \(grouped(instructions)) instructions a patch.")
    }
    out.line(" * weights.bin has SHA-256 \(weightsHash)")
    out.line(" *")
    if !hasSource {
      out.describeInclusion(upper: upper, orElse: ", or export with --source")
      out.line(" *")
    }
    for layer in layers {
      out.line(
        " * \(layer.name): \(layer.output), \(grouped(layer.macs)) MACs, "
          + "\(grouped(layer.flashBytes)) bytes"
          + (layer.narrow ? "" : "; sums too wide for the DSP kernel, so portable C"))
    }
    out.line(" */")
  }

  private func writeMacros(_ out: inout CText, instructions: Int?) {
    out.line("#define \(upper)_NAME \(CText.literal(name))")
    out.line("#define \(upper)_SHA256 \(CText.literal(weightsHash))")
    out.line("#define \(upper)_CRC32 \(CText.hex(checksum))")
    out.line("#define \(upper)_LABELS \(labels.count)")
    out.line("#define \(upper)_PATCH_HEIGHT \(input.height)")
    out.line("#define \(upper)_PATCH_WIDTH \(input.width)")
    out.line("#define \(upper)_PATCH_CHANNELS \(input.channels)")
    out.line("#define \(upper)_PATCH_BYTES \(patchBytes)")
    out.line("#define \(upper)_ARENA_WORDS \(arenaWords)")
    out.line("#define \(upper)_MACS \(macs)")
    if let instructions { out.line("#define \(upper)_INSTRUCTIONS \(instructions)") }
  }

  /// A constant of a layer, with the field of `scribe_net_layer` that points to it.
  private struct Constant {
    let field: String
    let type: String
    let values: [String]
  }

  private func constants(_ layer: FirmwareLayer) -> [Constant] {
    let channels = layer.channels.map {
      "{\(CText.int32($0.bias)), \($0.multiplier), \($0.left), \($0.right)}"
    }
    return [
      Constant(field: "weights", type: "uint32_t", values: layer.weights.map(CText.hex)),
      Constant(field: "taps", type: "int8_t", values: layer.taps.map { "\($0)" }),
      Constant(field: "channels", type: "scribe_net_channel", values: channels),
      Constant(field: "table", type: "uint8_t", values: layer.table.map { "\($0)" }),
      Constant(field: "powers", type: "int32_t", values: layer.powers.map { "\($0)" }),
    ]
  }

  private func writeData(_ out: inout CText) {
    let constants = layers.map(constants)
    for (i, constants) in constants.enumerated() where constants.contains(where: isWritten) {
      out.line("/* \(layers[i].name) */")
      for constant in constants.filter(isWritten) {
        out.array(
          "static const \(constant.type) \(symbol)_\(constant.field)_\(i)[]", constant.values)
      }
      out.line()
    }
    out.line("/* Refuses a file that was cut or merged: what it holds is checked at start-up. */")
    for (i, constants) in constants.enumerated() {
      for constant in constants.filter(isWritten) {
        writeSizeCheck(&out, "\(constant.field)_\(i)", constant.values.count)
      }
    }
    out.line()
    out.line("static const scribe_net_layer \(symbol)_layers[] = {")
    for i in layers.indices { writeDescription(&out, i, constants[i]) }
    out.line("};")
    out.line()
    out.array("static const char *const \(symbol)_names[]", layers.map { CText.literal($0.name) })
    out.array("static const uint32_t \(symbol)_crcs[]", layers.map { CText.hex($0.checksum) })
    out.array("static const char *const \(symbol)_labels[]", labels.map(CText.literal))
    writeSizeCheck(&out, "layers", layers.count)
    writeSizeCheck(&out, "names", layers.count)
    writeSizeCheck(&out, "crcs", layers.count)
    writeSizeCheck(&out, "labels", labels.count)
    out.line()
    for (i, vector) in vectors.enumerated() { write(&out, vector, i) }
    if !vectors.isEmpty {
      out.line("static const scribe_model_vector \(symbol)_vectors[] = {")
      for i in vectors.indices {
        out.line(
          "    {\(symbol)_patch_\(i), \(symbol)_outputs_\(i), \(symbol)_logits_\(i)},")
      }
      out.line("};")
      writeSizeCheck(&out, "vectors", vectors.count)
      out.line()
    }
    writeModel(&out)
  }

  private func writeSizeCheck(_ out: inout CText, _ array: String, _ count: Int) {
    out.line("SCRIBE_MODEL_WHOLE(\(symbol)_\(array), \(count));")
  }

  private func isWritten(_ constant: Constant) -> Bool { !constant.values.isEmpty }

  private func writeDescription(_ out: inout CText, _ i: Int, _ constants: [Constant]) {
    let layer = layers[i]
    let fields: [(String, String)] = [
      ("kind", layer.kind.constant), ("pooled", layer.pooled ? "1" : "0"),
      ("narrow", layer.narrow ? "1" : "0"), ("input_zero", "\(layer.inputZero)"),
      ("output_zero", "\(layer.outputZero)"), ("low", "\(layer.low)"),
      ("kernel_height", "\(layer.kernel.height)"), ("kernel_width", "\(layer.kernel.width)"),
      ("stride_height", "\(layer.stride.height)"), ("stride_width", "\(layer.stride.width)"),
      ("pad_top", "\(layer.padTop)"), ("pad_left", "\(layer.padLeft)"),
      ("dilation_height", "\(layer.dilation.height)"),
      ("dilation_width", "\(layer.dilation.width)"), ("same", layer.isSame ? "1" : "0"),
      ("input_height", "\(layer.input.height)"), ("input_width", "\(layer.input.width)"),
      ("input_channels", "\(layer.input.channels)"), ("output_height", "\(layer.output.height)"),
      ("output_width", "\(layer.output.width)"), ("output_channels", "\(layer.output.channels)"),
      ("source", "\(layer.source)"), ("number", "\(layer.number)"),
      ("output", "\(layer.outputOffset)"),
      ("scratch", "\(layer.scratchOffset)"),
    ]
    let pointers = constants.map {
      ($0.field, isWritten($0) ? "\(symbol)_\($0.field)_\(i)" : "0")
    }
    writeFields(&out, "    {", fields + pointers, "},")
  }

  /// In the order of the struct: C++ knows no names of fields before 2020.
  private func writeFields(
    _ out: inout CText, _ head: String, _ fields: [(String, String)], _ tail: String
  ) {
    var row = head
    let indent = String(repeating: " ", count: head.count)
    for (i, (name, value)) in fields.enumerated() {
      let item = "/*\(name)*/ \(value)" + (i + 1 < fields.count ? "," : tail)
      if row.utf8.count + item.utf8.count > 98, row != indent {
        out.line(row)
        row = indent
      }
      row += (row == head || row == indent ? "" : " ") + item
    }
    out.line(row)
  }

  private func write(_ out: inout CText, _ vector: TestVector, _ i: Int) {
    out.array("static const uint8_t \(symbol)_patch_\(i)[]", vector.patch.map { "\($0)" })
    out.array(
      "static const uint32_t \(symbol)_outputs_\(i)[]",
      layers.map { CText.hex(vector.layerChecksums[$0.number]) })
    out.array("static const int8_t \(symbol)_logits_\(i)[]", vector.logits.map { "\($0)" })
    writeSizeCheck(&out, "patch_\(i)", patchBytes)
    writeSizeCheck(&out, "outputs_\(i)", layers.count)
    writeSizeCheck(&out, "logits_\(i)", vector.logits.count)
    out.line()
  }

  private func writeModel(_ out: inout CText) {
    out.line("const scribe_model \(symbol) = {")
    writeFields(
      &out, "    ",
      [
        ("version", "\(Self.version)"), ("crc", "\(upper)_CRC32"), ("name", "\(upper)_NAME"),
        ("weights_sha256", "\(upper)_SHA256"), ("labels", "\(symbol)_labels"),
        ("label_count", "\(upper)_LABELS"), ("height", "\(upper)_PATCH_HEIGHT"),
        ("width", "\(upper)_PATCH_WIDTH"), ("channels", "\(upper)_PATCH_CHANNELS"),
        ("order", order.constant), ("grain", "\(grain)"),
        ("layer_count", "\(layers.count)"), ("vector_count", "\(vectors.count)"),
        ("logit_zero_point", "\(logits.zeroPoint)"), ("logit_scale", Self.float(logits.scale)),
        ("arena_words", "\(upper)_ARENA_WORDS"), ("layers", "\(symbol)_layers"),
        ("layer_names", "\(symbol)_names"), ("layer_crcs", "\(symbol)_crcs"),
        ("vectors", vectors.isEmpty ? "0" : "\(symbol)_vectors"),
      ], "")
    out.line("};")
  }

  /// Nine digits give a float32 back exactly; Swift's description has no more than that.
  private static func float(_ value: Float) -> String {
    let text = "\(value)"
    return (text.contains(".") || text.contains("e") ? text : text + ".0") + "f"
  }
}
