"""TensorFlow Lite Micro, fed with the very file that was imported."""

import pathlib
import sys
from collections.abc import Sequence

import numpy
import torch
from tflite_micro.python.tflite_micro import runtime

from training.importing.pixels import Pixels, Unsupported
from training.importing.tflite import TFLite
from training.integer import IntegerNet
from training.oracle import write_vectors


class Original:
    def __init__(self, data: bytes, source: TFLite, pixels: Pixels) -> None:
        self.source, self.pixels = source, pixels
        self.interpreter = runtime.Interpreter.from_bytes(
            data,
            arena_size=16 << 20,
            intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
        )
        self.shape = source.tensor(source.input).shape

    def layer_outputs(self, patch: numpy.ndarray) -> list[numpy.ndarray | None]:
        """int8 output of every layer for one byte patch; None for tables that the file lacks."""
        if self.source.float_input:
            values = self.pixels.real(patch)
        else:
            scale = self.source.quantization(self.source.tensor(self.source.input))
            values = self.pixels.quantized(*scale)[patch]
        self.interpreter.set_input(values.reshape(self.shape), 0)
        self.interpreter.invoke()
        return [
            None if tensor is None else self.interpreter.GetTensor(tensor, 0)["tensor_data"]
            for tensor in self.source.chain.tensors
        ]


def compare(
    directory: pathlib.Path,
    original: Original,
    patches: Sequence[numpy.ndarray],
    vectors: int = 24,
) -> int:
    """Compares every layer that the file has; writes vectors.bin. The number of equal values."""
    net = IntegerNet(directory)
    equal, expected = 0, []
    for patch in patches:
        judged = original.layer_outputs(patch)
        mine = [
            output[0].numpy()
            for output in net.layer_outputs(torch.from_numpy(patch.transpose(2, 0, 1).copy())[None])
        ]
        for number, (judge, output) in enumerate(zip(judged, mine)):
            if judge is None:
                continue
            wrong = int((judge.reshape(output.shape) != output).sum())
            if wrong:
                kind = net.layers[number]["kind"]
                raise Unsupported(
                    f"layer {number} of the folder ({kind}): TensorFlow Lite Micro computes "
                    f"{wrong} of {judge.size} values otherwise"
                )
            equal += judge.size
        expected.append(mine)
    write_vectors(directory, net.manifest, list(patches), expected, vectors)
    print(
        f"{directory.name}: equals TensorFlow Lite Micro on {len(patches)} pictures, "
        f"{equal} values",
        file=sys.stderr,
    )
    return equal
