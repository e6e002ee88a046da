"""Pictures and clutter that a finder is trained on, and batches of crops of them."""

import hashlib
import json
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

import cv2
import numpy
import torch

from dataset.real import split
from training import finder
from training.finder_crops import Cropper

# Crops, the more often listed the more often drawn; tight ones are padded by reflection.
SHAPES = [(128, 160)] * 3 + [(96, 128), (160, 192), (112, 160)]
TIGHT = [
    (32, 32),
    (48, 64),
    (64, 80),
    (48, 48),
    (64, 64),
    (64, 96),
    (64, 160),
    (80, 192),
    (80, 128),
]
TIGHT_SHARE = 0.22
MOST_TIGHT = 72


class Pictures:
    """Pictures of shards with the rows of their lines; see finder_pictures.py."""

    def __init__(self) -> None:
        self.pixels: list[numpy.ndarray] = []
        self.lines: list[numpy.ndarray] = []
        self.unread: list[numpy.ndarray] = []

    def __len__(self) -> int:
        return len(self.pixels)

    def add(self, picture: numpy.ndarray, lines: numpy.ndarray, unread: numpy.ndarray) -> None:
        self.pixels.append(picture)
        self.lines.append(lines)
        self.unread.append(unread)

    def draw(
        self, rng: numpy.random.Generator
    ) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
        k = int(rng.integers(len(self)))
        return self.pixels[k], self.lines[k], self.unread[k]


def read_shard(
    path: pathlib.Path,
) -> Iterator[tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]]:
    """(picture, lines, unread, families) of each picture of a shard."""
    with numpy.load(path) as file:
        shard = {name: file[name] for name in file.files}
    areas = shard["sizes"].prod(1)
    pieces = numpy.split(shard["pixels"], numpy.cumsum(areas)[:-1])
    unread = shard.get("unread", numpy.zeros((0, 5), numpy.float32))
    for k, (piece, size) in enumerate(zip(pieces, shard["sizes"])):
        yield (
            piece.reshape(size).copy(),
            shard["lines"][shard["lines"][:, 0] == k],
            unread[unread[:, 0] == k, 1:],
            shard["family"][k],
        )


def read_clutter(folder: pathlib.Path) -> list[numpy.ndarray]:
    """Gray pictures, at most 1,600 pixels wide or high; those that scripts/dataset/pieces.py judges
    with are left out."""
    result = []
    for path in sorted(pathlib.Path(folder).iterdir()):
        if split(path.name) == "valid":
            continue
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            continue
        scale = min(1.0, 1600 / max(picture.shape))
        result.append(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return result


class FinderData:
    """Training and validation pictures of folders, families held out, and clutter."""

    def __init__(self, recipe: dict[str, Any], folders: Iterable[str | pathlib.Path]) -> None:
        self.recipe, self.folders = recipe, [pathlib.Path(folder) for folder in folders]
        self.train, self.valid = Pictures(), Pictures()
        self.plans = [json.loads((folder / "plan.json").read_text()) for folder in self.folders]
        self.read: set[pathlib.Path] = set()
        self.batches = 0
        self.grow()
        clutter = self.folders[0].parent / "clutter"
        self.clutter = read_clutter(clutter) if clutter.exists() else []
        self.cropper = Cropper(self.train, self.clutter)
        self.validator = Cropper(self.valid, self.clutter)

    def grow(self) -> None:
        """Reads the shards that are there."""
        for folder, plan in zip(self.folders, self.plans):
            held = {
                k
                for k, name in enumerate(plan["families"])
                if name in set(self.recipe["validation_families"])
            }
            for path in sorted(folder.glob("shard-*.npz")):
                if path in self.read:
                    continue
                self.read.add(path)
                for number, (picture, lines, unread, families) in enumerate(read_shard(path)):
                    out = bool(held & set(families.tolist())) or not len(lines) and number % 16 == 0
                    (self.valid if out else self.train).add(picture, lines, unread)

    def sizes(self) -> tuple[int, int]:
        return len(self.train), len(self.valid)

    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.plans, sort_keys=True).encode()).hexdigest()

    def batch(
        self, rng: numpy.random.Generator, pixels: int, valid: bool = False
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Toned crops [N, 1, h, w] in 0...1, and the wanted outputs as tensors."""
        self.batches += 1
        if self.batches % 300 == 0:
            self.grow()
        tight = rng.random() < TIGHT_SHARE
        if tight:
            shape = TIGHT[rng.integers(len(TIGHT))]
        else:
            shape = SHAPES[rng.integers(len(SHAPES))]
        count = max(1, pixels // (shape[0] * shape[1]))
        cropper = self.validator if valid else self.cropper
        made = [
            cropper.crop(shape, rng, tight)
            for _ in range(min(count, MOST_TIGHT) if tight else count)
        ]
        x = finder.TONE[numpy.stack([crop for crop, _ in made])[:, None]]
        wanted = [torch.from_numpy(numpy.stack(part)) for part in zip(*(w for _, w in made))]
        return torch.from_numpy(x).float() / 255, wanted
