"""Training data: shards of glyph patches held out by font family, or MNIST."""

import hashlib
import json
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy
import torch

from training.recipe import Recipe

OWN = "own"  # the family of users' pictures, as dataset/own.py has it
OWN_HELD_OUT = 0.2


def file_hash(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def channels_first(patches: numpy.ndarray) -> torch.Tensor:
    """[N, channels, height, width] of [N, height, width] or [N, height, width, channels]."""
    if patches.ndim == 3:
        patches = patches[..., None]
    return torch.from_numpy(numpy.ascontiguousarray(patches.transpose(0, 3, 1, 2)))


def joined(parts: list[tuple[numpy.ndarray, ...]]) -> Iterator[torch.Tensor]:
    return (torch.from_numpy(numpy.concatenate(some)) for some in zip(*parts))


def own_pictures(shards: Sequence[pathlib.Path]) -> set[int]:
    """Users' own pictures that are held out: a fifth by their numbers' hash, one at least."""
    numbers: set[int] = set()
    for shard in shards:
        with numpy.load(shard) as file:
            numbers |= set(file["image"].tolist())
    order = sorted(numbers, key=lambda number: hashlib.sha256(str(number).encode()).hexdigest())
    return set(order[: max(1, round(OWN_HELD_OUT * len(order)))]) if len(order) > 1 else set()


class Data:
    """Patches as bytes [N, channels, height, width], split into training and validation."""

    train_patches: torch.Tensor
    train_labels: torch.Tensor
    train_own: torch.Tensor
    valid_patches: torch.Tensor
    valid_labels: torch.Tensor
    valid_own: torch.Tensor
    valid_tiers: torch.Tensor
    unlabelled: torch.Tensor

    def __init__(self, recipe: Recipe, path: str | pathlib.Path) -> None:
        self.families: list[str] = []
        self.held_out: list[str] = []
        if recipe.data == "mnist":
            self.load_mnist(pathlib.Path(path))
        else:
            self.load_shards(recipe, str(path))
            self.unlabelled = self.train_patches
        shape = [recipe.input[2], *recipe.input[:2]]
        if list(self.train_patches.shape[1:]) != shape:
            raise SystemExit(
                f"{path} holds patches of {list(self.train_patches.shape[1:])}, "
                f"the recipe wants {shape} (channels, height, width)"
            )
        highest = int(max(self.train_labels.max(), self.valid_labels.max()))
        if highest >= len(recipe.labels):
            raise SystemExit(f"{path} holds label {highest}, the recipe {len(recipe.labels)}")
        if "labelled" in recipe.values:
            self.keep(recipe.labelled, recipe.seed)
        self.prepare_sampling(recipe)

    def keep(self, count: int, seed: int) -> None:
        """Only so many labelled patches to train on, as many of each class as can be."""
        generator = torch.Generator().manual_seed(seed)
        order = torch.randperm(len(self.train_labels), generator=generator)
        seen: dict[int, int] = {}
        turns = []
        for k in order.tolist():
            label = int(self.train_labels[k])
            seen[label] = seen.get(label, 0) + 1
            turns.append(seen[label])
        kept = order[torch.tensor(turns).argsort(stable=True)][:count]
        self.train_patches, self.train_labels = self.train_patches[kept], self.train_labels[kept]
        self.train_own = self.train_own[kept]

    def load_mnist(self, path: pathlib.Path) -> None:
        with numpy.load(path) as file:
            self.train_patches = channels_first(file["x_train"])
            self.train_labels = torch.from_numpy(file["y_train"].astype(numpy.int64))
            self.valid_patches = channels_first(file["x_test"])
            self.valid_labels = torch.from_numpy(file["y_test"].astype(numpy.int64))
            name = "x_unlabelled" if "x_unlabelled" in file else "x_train"
            self.unlabelled = channels_first(file[name])
        self.valid_tiers = torch.zeros(len(self.valid_labels), dtype=torch.uint8)
        self.train_own, self.valid_own = (
            torch.zeros(len(labels), dtype=torch.bool)
            for labels in (self.train_labels, self.valid_labels)
        )
        self.hash = file_hash(path)
        self.description = "MNIST" if path.name == "mnist.npz" else path.stem

    def load_shards(self, recipe: Recipe, path: str) -> None:
        """Shards are `*.npz` with `patches` [N, height, width, channels], `labels`, `family` and
        `image`; `dataset.json` names the families. Several folders are parted by commas. What users
        photographed is one family (`own`): it is split by picture."""
        digest = hashlib.sha256()
        names = []
        # Patches, labels, tiers and whether they are users' own, of training and of validation.
        parts: dict[bool, list[tuple[numpy.ndarray, ...]]] = {False: [], True: []}
        for folder in map(pathlib.Path, path.split(",")):
            manifest = json.loads((folder / "dataset.json").read_text())
            names.append(manifest.get("name", folder.name))
            self.read_folder(recipe, folder, manifest["families"], parts, digest)
        self.hash = digest.hexdigest()
        self.description = " and ".join(names)
        for name in recipe.values.get("validation_families", []):
            if name not in self.families and self.families != [OWN]:
                print(f"no family {name} in {path} to hold out", file=sys.stderr)
        if any(sum(len(labels) for _, labels, *_ in part) == 0 for part in parts.values()):
            raise SystemExit(
                "nothing is left to train on or to validate on: two of your own pictures, or two "
                "families of which validation_share or validation_families hold out one, are needed"
            )
        self.train_patches, self.train_labels, _, self.train_own = joined(parts[False])
        self.valid_patches, self.valid_labels, self.valid_tiers, self.valid_own = joined(
            parts[True]
        )

    def read_folder(
        self,
        recipe: Recipe,
        folder: pathlib.Path,
        families: list[str],
        parts: dict[bool, list[tuple[numpy.ndarray, ...]]],
        digest: Any,
    ) -> None:
        own = families == [OWN]
        held_out = numpy.array([self.is_held_out(recipe, name) for name in families])
        self.families += families
        self.held_out += [name for name, out in zip(families, held_out) if out]
        shards = sorted(folder.glob("*.npz"))
        if not shards:
            raise SystemExit(f"{folder} holds no shards (*.npz)")
        pictures = own_pictures(shards) if own else set()
        classes = self.classes(recipe)
        for number, shard in enumerate(shards):
            digest.update(f"{shard.name} {file_hash(shard)}\n".encode())
            with numpy.load(shard) as file:
                patches, labels, family = file["patches"], file["labels"], file["family"]
                image = file["image"] if "image" in file else None
                numbers = numpy.zeros_like(labels) if image is None else image
                tier = file["tier"] if "tier" in file else numpy.zeros_like(labels)
            if own:
                chosen = numpy.isin(numbers, list(pictures))
            else:
                chosen = self.split(held_out, family, image, recipe.validation_share)
            for out in (False, True):
                mask = (chosen == out) & (classes[labels] >= 0)
                parts[out].append(
                    (
                        numpy.ascontiguousarray(patches[mask].transpose(0, 3, 1, 2)),
                        classes[labels[mask]],
                        tier[mask],
                        numpy.full(int(mask.sum()), own),
                    )
                )
            if sys.stderr.isatty():
                print(f"\r{number + 1}/{len(shards)} shards", end="", file=sys.stderr, flush=True)

    @staticmethod
    def classes(recipe: Recipe) -> numpy.ndarray:
        """The recipe's label of each of the shards': -1 where it has none, "" for no character."""
        if recipe.values["labels"] == "tenths+reject":
            return numpy.arange(len(recipe.labels))
        characters = [chr(0x21 + i) for i in range(94)] + [""]
        unknown = recipe.labels.index("") if "" in recipe.labels else -1
        return numpy.array(
            [
                recipe.labels.index(character) if character in recipe.labels else unknown
                for character in characters
            ],
            numpy.int64,
        )

    @staticmethod
    def split(
        held_out: numpy.ndarray, family: numpy.ndarray, image: numpy.ndarray | None, share: float
    ) -> numpy.ndarray:
        """Which patches of a shard are for validation.

        What is no character has no family (0xFFFF): it goes where most characters of its picture
        go, or by the picture's number if that has none.
        """
        named = family < len(held_out)
        chosen = numpy.zeros(len(family), bool)
        chosen[named] = held_out[family[named]]
        if named.all():
            return chosen
        if image is None:
            raise SystemExit("patches without a family need the number of their picture (image)")
        pictures, place = numpy.unique(image, return_inverse=True)
        count = numpy.bincount(place[named], minlength=len(pictures))
        out = numpy.bincount(place[named], chosen[named], minlength=len(pictures))
        by_number = (pictures.astype(numpy.uint64) * 2654435761 % 2**32) / 2**32 < share
        side = numpy.where(count > 0, 2 * out > count, by_number)
        chosen[~named] = side[place[~named]]
        return chosen

    @staticmethod
    def is_held_out(recipe: Recipe, name: str) -> bool:
        """By the family's name, so that new families don't move old ones."""
        listed = recipe.values.get("validation_families")
        if listed is not None:
            return name in listed
        number = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
        return number < recipe.validation_share

    def prepare_sampling(self, recipe: Recipe) -> None:
        """Classes are drawn in proportion to count ** balance: 1 as they come, 0 all alike."""
        count = torch.bincount(self.train_labels, minlength=len(recipe.labels))
        weight = torch.where(
            count > 0, count.double() ** recipe.balance, torch.tensor(0.0).double()
        )
        self.class_share = weight / weight.sum()
        self.order = torch.argsort(self.train_labels)
        self.count = count
        self.first = torch.cumsum(count, 0) - count
        self.own = torch.nonzero(self.train_own)[:, 0]
        self.own_share = recipe.values.get("own", 0.0)

    def draw(self, size: int, generator: torch.Generator) -> torch.Tensor:
        """Indices of a training batch."""
        labels = torch.multinomial(self.class_share, size, True, generator=generator)
        place = (
            torch.rand(size, generator=generator, dtype=torch.float64) * self.count[labels]
        ).long()
        drawn = self.order[self.first[labels] + place]
        if self.own_share and len(self.own):
            chosen = torch.rand(size, generator=generator) < self.own_share
            number = torch.randint(len(self.own), (size,), generator=generator)
            drawn = torch.where(chosen, self.own[number], drawn)
        return drawn


def augment(
    patches: torch.Tensor, settings: dict[str, float], generator: torch.Generator
) -> torch.Tensor:
    """Float patches 0...1 from bytes: shifted, with another contrast, brightness and noise."""
    x = patches.float() / 255
    batch, channels, height, width = x.shape
    device = x.device

    def random(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator).to(device)

    shift = settings.get("shift", 0)
    if shift:
        rows = torch.randint(-shift, shift + 1, (batch, 1), generator=generator).to(device)
        columns = torch.randint(-shift, shift + 1, (batch, 1), generator=generator).to(device)
        rows = (torch.arange(height, device=device) + rows).clamp(0, height - 1)
        columns = (torch.arange(width, device=device) + columns).clamp(0, width - 1)
        samples = torch.arange(batch, device=device)[:, None, None]
        x = x.permute(0, 2, 3, 1)[samples, rows[:, :, None], columns[:, None, :]]
        x = x.permute(0, 3, 1, 2)
    if contrast := settings.get("contrast", 0):
        gain = 1 + contrast * (2 * random(batch, 1, 1, 1) - 1)
        x = x * gain
    if brightness := settings.get("brightness", 0):
        x = x + brightness * (2 * random(batch, 1, 1, 1) - 1)
    if noise := settings.get("noise", 0):
        level = noise * random(batch, 1, 1, 1)
        x = x + level * torch.randn(x.shape, generator=generator).to(device)
    # Back to the steps of a byte, as the network will see them.
    return torch.round(x.clamp(0, 1) * 255) / 255
