"""TensorFlow Lite Micro as judge of a model's integer arithmetic.

    scripts/python training.oracle check models/glyph
    scripts/python training.oracle random FOLDER
    scripts/python training.oracle flatbuffer models/glyph FILE

`check` compares, and writes the model's vectors.bin; `random` writes small random models of every
kind of layer; `flatbuffer` writes a model as a .tflite file.

A model folder is rebuilt as a TensorFlow Lite flatbuffer and run by the interpreter that boards
run. Every layer's output must equal the exact emulation in integer.py; the interpreter's outputs
become the test vectors that the program and the boards are tested with.
"""

import argparse
import hashlib
import pathlib
import struct
import sys
from typing import Any

import numpy
import torch
from tflite_micro.python.tflite_micro import runtime

from training.export import write_manifest
from training.flatbuffer import flatbuffer
from training.integer import IntegerNet, checksum
from training.random_models import write_random


class Oracle:
    def __init__(self, directory: str | pathlib.Path) -> None:
        data, self.outputs = flatbuffer(directory)
        self.interpreter = runtime.Interpreter.from_bytes(
            data,
            arena_size=8 << 20,
            intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
        )

    def layer_outputs(self, patch: numpy.ndarray) -> list[numpy.ndarray]:
        """int8 output of every layer for one byte patch [height, width, channels]."""
        # What an lstm keeps would go on from the patch before.
        self.interpreter.reset()
        self.interpreter.set_input((patch ^ 0x80).view(numpy.int8)[None], 0)
        self.interpreter.invoke()
        return [self.interpreter.GetTensor(index, 0)["tensor_data"][0] for index in self.outputs]


def noise(shape: list[int], count: int, seed: int) -> numpy.ndarray:
    """Patches of noise, of one value, sparse ones, and gradients."""
    random = numpy.random.default_rng(seed)
    patches = random.integers(0, 256, (count, *shape), dtype=numpy.uint8)
    for i in range(0, count, 4):
        patches[i] = [0, 255, 128][i // 4 % 3]
    for i in range(1, count, 4):
        patches[i] = numpy.where(random.random(shape) < 0.1, 255, 0)
    return patches


def check(
    directory: str | pathlib.Path,
    patches: numpy.ndarray | None = None,
    random_count: int = 300,
    real_count: int = 1000,
    vectors: int = 12,
) -> None:
    """Compares every layer on noise and on real patches [N, channels, height, width]; writes
    vectors.bin and its entry in the manifest. Exits at a difference."""
    directory = pathlib.Path(directory)
    net = IntegerNet(directory)
    shape = net.manifest["input"]["shape"]
    inputs = list(noise(shape, random_count, 1))
    if patches is not None and len(patches):
        chosen = numpy.random.default_rng(2).choice(
            len(patches), min(real_count, len(patches)), replace=False
        )
        inputs += list(patches[chosen].transpose(0, 2, 3, 1))
    oracle = Oracle(directory)
    values = 0
    expected = []
    for i, patch in enumerate(inputs):
        judged = oracle.layer_outputs(patch)
        mine = net.layer_outputs(torch.from_numpy(patch.transpose(2, 0, 1).copy())[None])
        for number, (judge, output) in enumerate(zip(judged, mine)):
            output = output[0].numpy().reshape(judge.shape)
            if not numpy.array_equal(judge, output):
                wrong = int((judge != output).sum())
                raise SystemExit(
                    f"{directory}: layer {number} differs from TensorFlow Lite Micro in {wrong} "
                    f"of {judge.size} values (input {i})"
                )
            values += judge.size
        expected.append(judged)
    write_vectors(directory, net.manifest, inputs, expected, vectors)
    print(
        f"{directory}: equals TensorFlow Lite Micro on {len(inputs)} inputs, {values} values",
        file=sys.stderr,
    )


def write_vectors(
    directory: pathlib.Path,
    manifest: dict[str, Any],
    inputs: list[numpy.ndarray],
    expected: list[list[numpy.ndarray]],
    count: int,
) -> None:
    """A few of the noise at the front and of the real patches at the end."""
    half = min(count // 2, len(inputs))
    chosen = sorted({*range(half), *range(max(len(inputs) - (count - half), 0), len(inputs))})
    data = bytearray(
        struct.pack(
            "<4sIIIII",
            b"SSTV",
            1,
            len(chosen),
            int(numpy.prod(manifest["input"]["shape"])),
            len(manifest["layers"]),
            len(manifest["labels"]),
        )
    )
    for i in chosen:
        data += inputs[i].tobytes()
        for output in expected[i]:
            data += struct.pack("<I", checksum(output))
        data += expected[i][-1].tobytes()
    (directory / "vectors.bin").write_bytes(data)
    manifest = dict(manifest)
    manifest["vectors"] = {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "count": len(chosen),
    }
    write_manifest(directory, manifest)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.oracle", description=__doc__.split("\n\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="compare a model folder and write its vectors")
    command.add_argument("model")
    command.add_argument("--mnist", help="also compare real patches from mnist.npz")
    command.add_argument("--shard", help="also compare real patches from a shard")
    command = commands.add_parser("random", help="write small random models with vectors")
    command.add_argument("folder")
    command.add_argument("--count", type=int, default=50)
    command = commands.add_parser("flatbuffer", help="write a model folder as a .tflite file")
    command.add_argument("model")
    command.add_argument("file", type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.command == "check":
        patches = None
        if options.mnist:
            patches = numpy.load(options.mnist)["x_test"][:, None]
        if options.shard:
            patches = numpy.load(options.shard)["patches"].transpose(0, 3, 1, 2)
        check(options.model, patches)
    elif options.command == "flatbuffer":
        options.file.write_bytes(flatbuffer(options.model)[0])
    else:
        for seed in range(1, options.count + 1):
            folder = pathlib.Path(options.folder) / f"random-{seed}"
            write_random(folder, seed)
            check(folder, random_count=100, vectors=4)


if __name__ == "__main__":
    main()
