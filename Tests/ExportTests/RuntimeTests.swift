import Export
import FirmwareProto
import Inference
import Testing

/// The C code that ships to boards, with its portable kernels, against the host's inference.
@Suite struct RuntimeTests {
  @Test(arguments: Repository.exportable) func shippedModels(name: String) throws {
    try compare(Repository.model(name), patches: Repository.patchCount(24))
  }

  /// Each kind of layer, padding, stride and zero point; odd numbers of channels.
  @Test(arguments: 1...12) func randomModels(seed: Int) throws {
    try compare(Repository.randomModel(seed), patches: 40)
  }

  /// Tables after every kind of layer, softmax over 2 to 256 labels.
  @Test(arguments: MadeModel.seedsWithTables) func tablesAndSoftmax(seed: UInt64) throws {
    let model = try MadeModel(tablesOfSeed: seed).load()
    let kinds = try FirmwareModel(model, vectors: 0).layers.map(\.kind)
    #expect(kinds.filter { $0 == .table }.count >= 4)
    #expect(kinds.last == (seed % 7 == 1 ? .table : .softmax))
    try compare(model, vectors: 0, patches: 200)
  }

  /// Dilated kernels in patches are refused with a reason; the others, those of lines among them,
  /// compute the same.
  @Test(arguments: 13...30) func randomModelsOfOtherKinds(seed: Int) throws {
    let model = try Repository.randomModel(seed)
    let expected: ExportError
    if model.positions > 1 {
      let failure = Result { () throws(ExportError) in try FirmwareModel(model, vectors: 0) }
      if case .failure(.unsupported(let number, _)) = failure {
        // Row by row there are convolutions alone, without gaps across the rows.
        let layer = model.layers[number]
        #expect(layer.kind != .convolution || layer.reach != layer.kernel)
        return
      }
      try FlowCheck(model).compare(pictures: 3)
      return
    } else if let number = model.layers.firstIndex(where: { $0.reach != $0.kernel }) {
      let dilation = model.layers[number].dilation
      expected = .unsupported(
        layer: number, what: "a kernel with a dilation of \(dilation.height)x\(dilation.width)")
    } else {
      try compare(model, patches: 40)
      return
    }
    #expect(throws: expected) { try FirmwareModel(model) }
  }

  /// Boards have no layers that remember from column to column.
  @Test(arguments: 41...50) func lstmsAreRefused(seed: Int) throws {
    let model = try Repository.randomModel(seed)
    let number = try #require(model.layers.firstIndex { $0.kind == .lstm })
    let error = #expect(throws: ExportError.self) { try FirmwareModel(model, vectors: 0) }
    #expect(error == .unsupported(layer: number, what: "lstm"))
    #expect("\(try #require(error))".hasPrefix("layer \(number): lstm "))
  }

  @Test func modelOfLinesIsNothingForCMSIS() throws {
    let line = try FirmwareModel(Repository.model("line"), vectors: 0)
    let error = #expect(throws: ExportError.self) { try line.cmsisHeader() }
    #expect(error == .readsLines(positions: 128))
    #expect(try #require(error).description.contains("128 places"))
  }

  private func compare(_ model: Model, vectors: Int = 4, patches count: Int) throws {
    let firmware = try FirmwareModel(model, vectors: vectors)
    let board = BoardModel(firmware)
    let (sound, failure, place) = board.selfTest()
    #expect(sound, "\(failure.fault) \(place)")

    var random = Seeded(state: 1)
    let patches = try random.patches(count, of: model)
    var workspace = Workspace()
    let expected = model.logits(of: patches, count: count, workspace: &workspace)
    let found = (0..<count).flatMap {
      board.logits(Array(patches[$0 * model.patchSize..<($0 + 1) * model.patchSize]))
    }
    #expect(found == expected)
    #expect(board.keptToArena)
  }

  /// The exporter counts the same scratch memory and weights as the C code.
  @Test func memoryIsWhatTheRuntimeSays() throws {
    let models =
      try Repository.exportable.map(Repository.model) + (1...12).map(Repository.randomModel)
      + MadeModel.seedsWithTables.map { try MadeModel(tablesOfSeed: $0).load() }
    for model in models {
      let firmware = try FirmwareModel(model, vectors: 0)
      let board = BoardModel(firmware)
      var outputs = [0]
      for (i, layer) in firmware.layers.enumerated() {
        var described = board.layers[i]
        let scratch = Int(scribe_net_scratch_words(&described))
        #expect(Int(scribe_net_weight_words(&described)) == layer.weights.count)
        #expect(scribe_model_layer_crc(&described) == layer.checksum)
        outputs.append((layer.output.count + 3) / 4)
        // Input, output and scratch lie apart, within the arena.
        var places = [
          layer.outputOffset..<layer.outputOffset + outputs[i + 1],
          layer.scratchOffset..<layer.scratchOffset + scratch,
        ]
        if i > 0 {
          let before = firmware.layers[i - 1].outputOffset
          places.append(before..<before + outputs[i])
        }
        for (a, place) in places.enumerated() {
          #expect(place.upperBound <= firmware.arenaWords)
          for other in places[(a + 1)...] { #expect(!place.overlaps(other)) }
        }
      }
    }
  }

  @Test func greatestLogit() throws {
    let board = BoardModel(try FirmwareModel(Repository.model("classic")))
    var model = board.model
    let best = { (logits: [Int8]) in scribe_model_best(&model, logits) }
    var answer = best([3, -128, 9, 127, 5, 0, 0, 0, 126, 1])
    #expect(answer.index == 3 && answer.margin == 1)
    #expect(String(cString: answer.label) == "3")
    answer = best([127, -128, -128, -128, -128, -128, -128, -128, -128, -128])
    #expect(answer.index == 0 && answer.margin == 255)
    answer = best([-5, 4, 4, 4, -5, -5, -5, -5, -5, -5])
    #expect(answer.index == 1 && answer.margin == 0)
  }

  // MARK: The self-test

  @Test func spoiltWeightsAreNamed() throws {
    let firmware = try FirmwareModel(Repository.model("glyph"))
    for (i, layer) in firmware.layers.enumerated() {
      let board = BoardModel(firmware)
      let weights = UnsafeMutablePointer(mutating: board.layers[i].weights)
      weights?[layer.weights.count / 2] ^= 0x0100
      let (sound, failure, place) = board.selfTest()
      #expect(!sound && failure.fault == SCRIBE_MODEL_DAMAGED)
      #expect(place == layer.name && failure.layer == i)
      #expect(failure.expected == layer.checksum && failure.found != layer.checksum)
    }
  }

  @Test func spoiltTablesAreNamed() throws {
    for (name, number) in [("mlp-tanh", 1), ("logistic", 1)] {
      let firmware = try FirmwareModel(Repository.model(name))
      let board = BoardModel(firmware)
      let layer = firmware.layers[number]
      #expect(layer.table.count + layer.powers.count == 256)
      UnsafeMutablePointer(mutating: board.layers[number].table)?[255] ^= 1
      UnsafeMutablePointer(mutating: board.layers[number].powers)?[255] ^= 1
      let (sound, failure, place) = board.selfTest()
      #expect(!sound && failure.fault == SCRIBE_MODEL_DAMAGED)
      #expect(place == layer.name && failure.layer == number)
      #expect(failure.expected == layer.checksum && failure.found != layer.checksum)
    }
  }

  @Test func spoiltShapesAndLabelsAreRefused() throws {
    let firmware = try FirmwareModel(Repository.model("classic"))
    func failure(_ spoil: (BoardModel) -> Void) -> (scribe_model_fault, String) {
      let board = BoardModel(firmware)
      spoil(board)
      let result = board.selfTest()
      #expect(!result.sound)
      return (result.failure.fault, result.place)
    }
    var found = failure { $0.layers[1].kernel_height = 7 }
    #expect(found.0 == SCRIBE_MODEL_DAMAGED && found.1 == firmware.layers[1].name)
    found = failure { $0.layers[2].scratch = 0 }
    #expect(found.0 == SCRIBE_MODEL_DAMAGED && found.1 == firmware.layers[2].name)
    found = failure { $0.spoil { $0.arena_words -= 1 } }
    #expect(found.0 == SCRIBE_MODEL_DAMAGED && found.1 == "labels and shapes")
    found = failure { board in board.spoil { $0.name = $0.weights_sha256 } }
    #expect(found.0 == SCRIBE_MODEL_DAMAGED && found.1 == "labels and shapes")
    found = failure { $0.spoil { $0.version += 1 } }
    #expect(found.0 == SCRIBE_MODEL_OTHER_VERSION)
  }

  /// Right data and a wrong result: as if a compiler or a core had failed.
  @Test func wrongResultsAreNamed() throws {
    let firmware = try FirmwareModel(Repository.model("classic"))
    let board = BoardModel(firmware)
    for (i, layer) in firmware.layers.enumerated() {
      let crcs = UnsafeMutablePointer(mutating: board.model.vectors[1].layer_crcs)
      crcs?[i] ^= 1
      let (sound, failure, place) = board.selfTest()
      #expect(!sound && failure.fault == SCRIBE_MODEL_WRONG_OUTPUT)
      #expect(place == layer.name && failure.layer == i && failure.vector == 1)
      crcs?[i] ^= 1
    }
    #expect(board.selfTest().sound)
    UnsafeMutablePointer(mutating: board.model.vectors[0].logits)?[3] ^= 1
    let (_, failure, place) = board.selfTest()
    #expect(failure.fault == SCRIBE_MODEL_WRONG_OUTPUT && place == "logits")
    #expect(failure.vector == 0)
  }
}
