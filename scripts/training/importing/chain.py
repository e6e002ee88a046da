"""A chain of layers as it is put together, and the model folder that it becomes."""

import hashlib
import pathlib

import numpy

from training.arithmetic import multiplier_and_shift
from training.export import INPUT_SCALE, Weights, Writer
from training.importing.pixels import Unsupported
from training.recipe import Layer


class Chain:
    """Layers one after the other, each with the number of the foreign tensor that it gives."""

    def __init__(self, shape: list[int]) -> None:
        self.writer = Writer(shape)
        self.shape = shape
        self.tensors: list[int | None] = []

    def add(
        self,
        layer: Layer,
        tensor: int | None,
        weights: Weights | None = None,
        output: tuple[float, int] | None = None,
    ) -> None:
        default: Layer = {"activation": "none", "input": self.shape, "output": self.shape}
        layer = default | layer
        self.writer.add(layer, weights, output)
        self.shape = layer["output"]
        self.tensors.append(tensor)

    def map(
        self, values: numpy.ndarray, output: tuple[float, int], name: str, tensor: int | None = None
    ) -> None:
        """A table of any values, beginning with that of -128."""
        writer = self.writer
        scale, zero_point = float(numpy.float32(output[0])), int(output[1])
        writer.layers.append(
            {
                "kind": "table",
                "function": name,
                "input": self.shape,
                "output": self.shape,
                "activation": "none",
                "input_scale": writer.scale,
                "input_zero_point": writer.zero_point,
                "table_offset": writer.append(values.astype(numpy.int8).tobytes()),
                "output_scale": scale,
                "output_zero_point": zero_point,
            }
        )
        writer.scale, writer.zero_point = scale, zero_point
        self.tensors.append(tensor)

    def begin(self, values: numpy.ndarray, output: tuple[float, int]) -> None:
        """The input's bytes as the first layer wants them; no table where that is what they are."""
        same = float(numpy.float32(output[0])) == INPUT_SCALE and output[1] == -128
        if not same or not numpy.array_equal(values, numpy.arange(-128, 128)):
            self.map(values, output, "input")

    def rescale(self, product: float, scale: float, output: float) -> float:
        """The weights' scale at which a dense layer's multiplier is that of `product`, the float32
        product of input and weight scale that TensorFlow Lite Micro takes where a layer has one
        scale. Where none gives that, a table that keeps all values names the product as scale."""
        wanted = multiplier_and_shift(product, 1, output)
        if multiplier_and_shift(self.writer.scale, scale, output) == wanted:
            return scale
        self.map(numpy.arange(-128, 128), (product, self.writer.zero_point), "identity")
        return 1.0

    def end(self, labels: list[str]) -> None:
        if self.shape[2] != len(labels):
            raise Unsupported(f"the network has {self.shape[2]} outputs, {len(labels)} are named")

    def write(self, directory: pathlib.Path, name: str, labels: list[str], source: bytes) -> None:
        """Accuracies are 0 until they have been measured."""
        training = {
            "recipe": "imported",
            "seed": 0,
            "data_sha256": hashlib.sha256(source).hexdigest(),
            "float_accuracy": 0.0,
            "int8_accuracy": 0.0,
        }
        self.writer.write(directory, name, labels, training)
