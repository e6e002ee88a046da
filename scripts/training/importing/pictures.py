"""Pictures to measure a network with: each of one character, that its name begins with."""

import json
import pathlib

import numpy
import torch
from PIL import Image

from training.export import write_manifest
from training.importing.pixels import Unsupported
from training.integer import IntegerNet

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".pgm")


class Pictures:
    """`7_whatever.png`, or any name in a folder `7`, is a 7; `truth.json` knows better where it is
    there. Others than the network's labels are left out."""

    def __init__(self, folder: pathlib.Path, shape: list[int], labels: list[str]) -> None:
        self.patches: list[numpy.ndarray] = []
        self.truth: list[int] = []
        paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
        truth = folder / "truth.json"
        told = json.loads(truth.read_text()) if truth.exists() else {}
        for path in paths:
            label = path.parent.name if path.parent.name in labels else path.stem.split("_")[0]
            label = told.get(path.relative_to(folder).as_posix(), {}).get("text", label)
            if label not in labels or not label:
                continue
            self.truth.append(labels.index(label))
            self.patches.append(patch(path, shape))
        if not self.patches:
            raise Unsupported(f"no picture in {folder} is named by one of the labels")

    def measured(self, directory: pathlib.Path) -> str:
        """The share of pictures read rightly, which the manifest gets too."""
        net = IntegerNet(directory)
        batch = torch.from_numpy(numpy.stack(self.patches).transpose(0, 3, 1, 2).copy())
        right = (net.logits(batch).long().argmax(1).numpy() == numpy.array(self.truth)).sum()
        share = float(right) / len(self.truth)
        net.manifest["training"] |= {"int8_accuracy": share}
        write_manifest(directory, net.manifest)
        return f"{directory.name}: {right} of {len(self.truth)} pictures right, {100 * share:.2f} %"


def patch(path: pathlib.Path, shape: list[int]) -> numpy.ndarray:
    """Bytes [height, width, channels], gray or in color as the network takes them."""
    if shape[2] not in (1, 3):
        raise Unsupported(f"the input has {shape[2]} channels, pictures have 1 or 3")
    with Image.open(path) as image:
        sized = image.convert("L" if shape[2] == 1 else "RGB").resize(
            (shape[1], shape[0]), Image.Resampling.BILINEAR
        )
        return numpy.asarray(sized, numpy.uint8).reshape(shape)
