"""Training data: shards of glyph patches held out by font family, or MNIST."""

import hashlib
import json
import pathlib
import sys

import numpy
import torch

from training.recipe import Recipe


def file_hash(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class Data:
    """Patches as bytes [N, channels, height, width], split into training and validation."""

    def __init__(self, recipe: Recipe, path: str | pathlib.Path) -> None:
        self.families: list[str] = []
        self.held_out: list[str] = []
        path = pathlib.Path(path)
        if recipe.data == "mnist":
            self.load_mnist(path)
        else:
            self.load_shards(recipe, path)
        shape = [recipe.input[2], *recipe.input[:2]]
        if list(self.train_patches.shape[1:]) != shape:
            raise SystemExit(
                f"{path} holds patches of {list(self.train_patches.shape[1:])}, "
                f"the recipe wants {shape} (channels, height, width)"
            )
        highest = int(max(self.train_labels.max(), self.valid_labels.max()))
        if highest >= len(recipe.labels):
            raise SystemExit(f"{path} holds label {highest}, the recipe {len(recipe.labels)}")
        self.prepare_sampling(recipe)

    def load_mnist(self, path: pathlib.Path) -> None:
        with numpy.load(path) as file:
            self.train_patches = torch.from_numpy(file["x_train"]).unsqueeze(1)
            self.train_labels = torch.from_numpy(file["y_train"].astype(numpy.int64))
            self.valid_patches = torch.from_numpy(file["x_test"]).unsqueeze(1)
            self.valid_labels = torch.from_numpy(file["y_test"].astype(numpy.int64))
        self.valid_tiers = torch.zeros(len(self.valid_labels), dtype=torch.uint8)
        self.hash = file_hash(path)
        self.description = "MNIST"

    def load_shards(self, recipe: Recipe, path: pathlib.Path) -> None:
        """Shards are `*.npz` with `patches` [N, height, width, channels], `labels`, `family` and
        `image`; `dataset.json` names the families."""
        manifest = json.loads((path / "dataset.json").read_text())
        self.families = manifest["families"]
        held_out = numpy.array([self.is_held_out(recipe, name) for name in self.families])
        self.held_out = [name for name, out in zip(self.families, held_out) if out]
        for name in recipe.values.get("validation_families", []):
            if name not in self.families:
                print(f"no family {name} in {path} to hold out", file=sys.stderr)
        shards = sorted(path.glob("*.npz"))
        if not shards:
            raise SystemExit(f"{path} holds no shards (*.npz)")

        classes = self.classes(recipe)
        digest = hashlib.sha256()
        # Patches, labels and tiers of training and of validation.
        parts: dict[bool, tuple[list, list, list]] = {False: ([], [], []), True: ([], [], [])}
        for number, shard in enumerate(shards):
            digest.update(f"{shard.name} {file_hash(shard)}\n".encode())
            with numpy.load(shard) as file:
                patches, labels, family = file["patches"], file["labels"], file["family"]
                image = file["image"] if "image" in file else None
                tier = file["tier"] if "tier" in file else numpy.zeros_like(labels)
            chosen = self.split(held_out, family, image, recipe.validation_share)
            for out in (False, True):
                mask = (chosen == out) & (classes[labels] >= 0)
                parts[out][0].append(numpy.ascontiguousarray(patches[mask].transpose(0, 3, 1, 2)))
                parts[out][1].append(classes[labels[mask]])
                parts[out][2].append(tier[mask])
            if sys.stderr.isatty():
                print(f"\r{number + 1}/{len(shards)} shards", end="", file=sys.stderr, flush=True)
        self.hash = digest.hexdigest()
        self.description = manifest.get("name", path.name)
        if sum(map(len, parts[True][1])) == 0 or sum(map(len, parts[False][1])) == 0:
            raise SystemExit("one side of the split by family is empty: change validation_share")
        self.train_patches, self.train_labels, _ = (
            torch.from_numpy(numpy.concatenate(part)) for part in parts[False]
        )
        self.valid_patches, self.valid_labels, self.valid_tiers = (
            torch.from_numpy(numpy.concatenate(part)) for part in parts[True]
        )

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

    def draw(self, size: int, generator: torch.Generator) -> torch.Tensor:
        """Indices of a training batch."""
        labels = torch.multinomial(self.class_share, size, True, generator=generator)
        place = (
            torch.rand(size, generator=generator, dtype=torch.float64) * self.count[labels]
        ).long()
        return self.order[self.first[labels] + place]


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
