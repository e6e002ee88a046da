"""TensorFlow Lite Micro running a file that others made, in a process of its own: what it doesn't
expect in a file may end the process that runs it.

    python -m training.importing.original FOLDER TENSOR...

runs FOLDER/net.tflite on the inputs in FOLDER/inputs.npy and writes FOLDER/TENSOR.npy.
"""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import numpy

from training.importing.pixels import Pixels, Unsupported
from training.importing.tflite import TFLite
from training.recipe import ROOT

ARENA = 16 << 20
SECONDS, MEMORY = 120, 4 << 30  # of processor and of addresses that a batch may take
BATCH = 100


class Original:
    """The file, as its own runtime computes it."""

    def __init__(self, data: bytes, source: TFLite, pixels: Pixels) -> None:
        self.data, self.source, self.pixels = data, source, pixels
        self.shape = source.tensor(source.input).shape

    def layer_outputs(self, patches: list[numpy.ndarray]) -> Iterator[list[numpy.ndarray | None]]:
        """int8 output of every layer for each byte patch; None for tables that the file lacks."""
        for first in range(0, len(patches), BATCH):
            values = self.inputs(numpy.stack(patches[first : first + BATCH]))
            yield from zip(*self.run(values))

    def inputs(self, patches: numpy.ndarray) -> numpy.ndarray:
        source = self.source
        if source.float_input:
            values = self.pixels.real(patches)
        else:
            scale = source.quantization(source.tensor(source.input))
            values = self.pixels.quantized(*scale)[patches]
        return values.reshape(-1, *self.shape)

    def run(self, inputs: numpy.ndarray) -> list[list[None] | numpy.ndarray]:
        """Each layer's outputs for all inputs."""
        tensors = self.source.chain.tensors
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            (folder / "net.tflite").write_bytes(self.data)
            numpy.save(folder / "inputs.npy", inputs)
            words = [str(tensor) for tensor in tensors if tensor is not None]
            ended = subprocess.run(
                [sys.executable, "-P", "-m", __name__, place, *words],
                env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            if ended.returncode:
                raise Unsupported(f"TensorFlow Lite Micro can't run it: {reason(ended)}")
            return [
                [None] * len(inputs) if tensor is None else numpy.load(folder / f"{tensor}.npy")
                for tensor in tensors
            ]


def reason(ended: subprocess.CompletedProcess[bytes]) -> str:
    if ended.returncode < 0:
        number = -ended.returncode
        return f"it is ended by {signal.Signals(number).name}"
    lines = ended.stderr.decode(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "no reason given")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Only here, within the limits.
    from tflite_micro.python.tflite_micro import runtime

    folder, tensors = pathlib.Path(sys.argv[1]), [int(word) for word in sys.argv[2:]]
    interpreter = runtime.Interpreter.from_file(
        str(folder / "net.tflite"),
        arena_size=ARENA,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    outputs: dict[int, list[numpy.ndarray]] = {tensor: [] for tensor in tensors}
    for values in numpy.load(folder / "inputs.npy"):
        interpreter.set_input(values, 0)
        interpreter.invoke()
        for tensor, kept in outputs.items():
            kept.append(interpreter.GetTensor(tensor, 0)["tensor_data"].copy())
    for tensor, kept in outputs.items():
        numpy.save(folder / f"{tensor}.npy", numpy.stack(kept))


if __name__ == "__main__":
    main()
