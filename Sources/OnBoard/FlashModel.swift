package import Export
package import FirmwareProto
import Inference

/// A packed model in memory, as a board has it in flash, for the C code that ships to boards.
package final class FlashModel {
  package private(set) var model = scribe_model()
  /// The layers that `model.layers` points to.
  package let layers: UnsafeMutableBufferPointer<scribe_net_layer>
  private var allocations: [UnsafeMutableRawPointer] = []

  package init(_ firmware: FirmwareModel) {
    layers = .allocate(capacity: firmware.layers.count)
    for (i, layer) in firmware.layers.enumerated() {
      layers.initializeElement(at: i, to: self.layer(layer))
    }
    model.version = UInt32(FirmwareModel.version)
    model.crc = firmware.checksum
    model.name = text(firmware.name)
    model.weights_sha256 = text(firmware.weightsHash)
    model.labels = copy(firmware.labels.map { Optional(text($0)) })
    model.label_count = UInt16(firmware.labels.count)
    model.height = UInt16(firmware.input.height)
    model.width = UInt16(firmware.input.width)
    model.channels = UInt16(firmware.input.channels)
    model.order = firmware.order.rawValue
    model.grain = UInt8(firmware.grain)
    model.layer_count = UInt16(firmware.layers.count)
    model.vector_count = UInt16(firmware.vectors.count)
    model.logit_zero_point = Int16(firmware.logits.zeroPoint)
    model.logit_scale = firmware.logits.scale
    model.arena_words = UInt32(firmware.arenaWords)
    model.layers = UnsafePointer(layers.baseAddress)
    model.layer_names = copy(firmware.layers.map { Optional(text($0.name)) })
    model.layer_crcs = copy(firmware.layers.map(\.checksum))
    model.vectors = copy(
      firmware.vectors.map { vector in
        scribe_model_vector(
          patch: copy(vector.patch),
          layer_crcs: copy(firmware.layers.map { vector.layerChecksums[$0.number] }),
          logits: copy(vector.logits))
      })
  }

  deinit {
    for allocation in allocations { allocation.deallocate() }
    layers.deallocate()
  }

  private func layer(_ layer: FirmwareLayer) -> scribe_net_layer {
    scribe_net_layer(
      kind: layer.kind.rawValue, pooled: layer.pooled ? 1 : 0, narrow: layer.narrow ? 1 : 0,
      input_zero: layer.inputZero, output_zero: layer.outputZero, low: layer.low,
      kernel_height: UInt8(layer.kernel.height), kernel_width: UInt8(layer.kernel.width),
      stride_height: UInt8(layer.stride.height), stride_width: UInt8(layer.stride.width),
      pad_top: UInt8(layer.padTop), pad_left: UInt8(layer.padLeft),
      dilation_height: UInt8(layer.dilation.height), dilation_width: UInt8(layer.dilation.width),
      same: layer.isSame ? 1 : 0,
      input_height: UInt16(layer.input.height), input_width: UInt16(layer.input.width),
      input_channels: UInt16(layer.input.channels),
      output_height: UInt16(layer.output.height), output_width: UInt16(layer.output.width),
      output_channels: UInt16(layer.output.channels), source: UInt16(layer.source),
      number: UInt16(layer.number),
      output: UInt32(layer.outputOffset), scratch: UInt32(layer.scratchOffset),
      weights: layer.weights.isEmpty ? nil : copy(layer.weights),
      taps: layer.taps.isEmpty ? nil : copy(layer.taps),
      channels: layer.channels.isEmpty
        ? nil
        : copy(
          layer.channels.map {
            scribe_net_channel(
              bias: $0.bias, multiplier: $0.multiplier, left: $0.left, right: $0.right)
          }),
      table: layer.table.isEmpty ? nil : copy(layer.table),
      powers: layer.powers.isEmpty ? nil : copy(layer.powers))
  }

  private func copy<T>(_ values: [T]) -> UnsafePointer<T> {
    let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(values.count, 1))
    pointer.initialize(from: values, count: values.count)
    allocations.append(UnsafeMutableRawPointer(pointer))
    return UnsafePointer(pointer)
  }

  private func text(_ text: String) -> UnsafePointer<CChar> {
    copy(text.utf8.map { CChar(bitPattern: $0) } + [0])
  }
}
