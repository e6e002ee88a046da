"""A model folder compared with TensorFlow Lite Micro, fed with the file that it was made of."""

import pathlib
import sys

import numpy
import torch

from training.importing.original import Original
from training.importing.pixels import Unsupported
from training.integer import IntegerNet
from training.oracle import write_vectors


def compare(
    directory: pathlib.Path,
    original: Original,
    patches: list[numpy.ndarray],
    vectors: int = 24,
) -> int:
    """Compares every layer that the file has; writes vectors.bin. The number of equal values."""
    net = IntegerNet(directory)
    equal, expected = 0, []
    for patch, judged in zip(patches, original.layer_outputs(patches)):
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
    write_vectors(directory, net.manifest, patches, expected, vectors)
    print(
        f"{directory.name}: equals TensorFlow Lite Micro on {len(patches)} pictures, "
        f"{equal} values",
        file=sys.stderr,
    )
    return equal
