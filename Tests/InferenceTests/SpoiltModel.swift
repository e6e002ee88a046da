import Inference

/// A network of one layer a kind, to be spoilt.
func smallModel() -> RandomModel {
  var model = RandomModel(input: [6, 6, 2], seed: 1)
  model.add("conv2d", channels: 4, kernel: [3, 3])
  model.add("max_pool2d", kernel: [2, 2], stride: [2, 2], padding: "valid")
  model.add("dense", channels: 3, activation: "none")
  model.finish()
  return model
}

/// The error of loading a model; nil where it loads.
func loadingFailure(_ model: RandomModel) throws -> ModelError? {
  let folder = try TemporaryFolder()
  try model.write(to: folder)
  return loadingFailure(folder)
}

func loadingFailure(_ folder: TemporaryFolder) -> ModelError? {
  do throws(ModelError) {
    _ = try Model(directory: folder.path)
    return nil
  } catch {
    return error
  }
}
