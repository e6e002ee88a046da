"""Training data of line readers: shards of labelled lines, drawn in batches of like width."""

import json
import pathlib
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy
import torch
from torch.nn import functional as F

from dataset.geometry import LINE

HEIGHT = LINE.rows
# Input columns to one column of logits.
STRIDE = 2
FOUND, PLACED = 0, 1  # sources: lines that the program found; that were drawn near texts, or not


# A line's labels, and the middles of its characters in columns of logits.
Frame = tuple[numpy.ndarray, numpy.ndarray]


def drawn_words(plans: list[dict[str, Any]]) -> str:
    """Where data come from, by the plans of their folders."""
    return " and ".join(f"{plan['images']} pictures of seed {plan['seed']}" for plan in plans)


class Labels:
    """A line network's labels: characters, then the space, then nothing."""

    def __init__(self, names: list[str]) -> None:
        if names[-2:] != [" ", ""]:
            raise SystemExit("labels of lines end with the space and with nothing")
        self.names = names
        self.space, self.blank = len(names) - 2, len(names) - 1
        self.of_code = numpy.full(1 << 16, -1, numpy.int64)
        for label, name in enumerate(names[:-1]):
            self.of_code[ord(name)] = label

    def encode(self, codes: Sequence[int] | numpy.ndarray) -> numpy.ndarray:
        """Code points -> labels, -1 where there is none."""
        return self.of_code[numpy.minimum(numpy.asarray(codes, numpy.int64), (1 << 16) - 1)]

    def decode(self, labels: Iterable[int]) -> str:
        return "".join(self.names[label] for label in labels)


class Lines:
    """Lines of whole shards: coverage [width, 32], text, middles of the characters (NaN where they
    aren't known), tier, family, source."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.pixels: list[numpy.ndarray] = []
        self.texts: list[numpy.ndarray] = []
        self.columns: list[numpy.ndarray] = []
        self.tiers: list[int] = []
        self.families: list[int] = []
        self.sources: list[int] = []

    def __len__(self) -> int:
        return len(self.pixels)

    def add(self, shard: dict[str, numpy.ndarray], chosen: numpy.ndarray) -> None:
        widths = shard["widths"].astype(int)
        lengths = shard["lengths"].astype(int)
        texts = numpy.split(shard["text"], numpy.cumsum(lengths)[:-1])
        counts = [int((text != 0x20).sum()) for text in texts]
        columns = numpy.split(shard["columns"], numpy.cumsum(counts)[:-1])
        pixels = numpy.split(shard["pixels"], numpy.cumsum(widths * HEIGHT)[:-1])
        for k in numpy.flatnonzero(chosen):
            text = self.labels.encode(texts[k])
            if (text < 0).any():
                continue
            self.pixels.append(pixels[k].reshape(-1, HEIGHT).copy())
            self.texts.append(text)
            self.columns.append(columns[k].copy())
            self.tiers.append(int(shard["tier"][k]))
            self.families.append(int(shard["family"][k]))
            self.sources.append(int(shard["source"][k]))


class LineData:
    """Shards of one folder, or of several that commas part, held out by family, read in order while
    they are being made.

    Before step `n` of `steps` the first `n / steps` of each folder's shards and a head start are
    there; a shard that is not yet made is waited for. So what is drawn follows from the recipe
    alone.

    Photographs' lines come from a folder of their own, if there is one: they are read at once and
    are the recipe's share `photographs` of what is drawn.
    """

    HEAD_START = 0.03

    def __init__(
        self,
        recipe: dict[str, Any],
        labels: Labels,
        folder: str | pathlib.Path,
        photographs: str | pathlib.Path | None = None,
    ) -> None:
        self.recipe = recipe
        self.plans: list[dict[str, Any]] = []
        shards: list[tuple[float, int, pathlib.Path]] = []
        for path in map(pathlib.Path, str(folder).split(",")):
            plan = json.loads((path / "plan.json").read_text())
            count = -(-plan["images"] // plan["shard_images"])
            shards += [
                ((k + 0.5) / count, len(self.plans), path / f"shard-{k:05d}.npz")
                for k in range(count)
            ]
            self.plans.append(plan)
        self.shards = [(path, self.plans[number]) for _, number, path in sorted(shards)]
        self.train, self.valid, self.valid_photographs = Lines(labels), Lines(labels), Lines(labels)
        self.read = 0
        self.most_valid = recipe["validation_lines"]
        self.waiting: list[numpy.ndarray] = []
        self.kinds: list[str] = []
        self.own: list[dict[str, Any]] = []
        if photographs:
            self.read_photographs(pathlib.Path(photographs))
        self.photographs = len(self.train)

    @property
    def identity(self) -> dict[str, Any] | list[dict[str, Any]]:
        """What tells data from others."""
        plans = [*self.plans, *self.own]
        return plans[0] if len(plans) == 1 else plans

    def read_photographs(self, folder: pathlib.Path) -> None:
        """Groups of photographs, named KIND/GROUP, are what families are elsewhere."""
        plan = json.loads((folder / "plan.json").read_text())
        self.kinds = plan["families"]
        if "photographs_sha256" in plan:
            self.own.append({"photographs_sha256": plan["photographs_sha256"]})
        for path in sorted(folder.glob("shard-*.npz")):
            with numpy.load(path) as file:
                shard = {name: file[name] for name in file.files}
            out = self.held_out(shard["family"], plan)
            self.train.add(shard, ~out)
            self.valid_photographs.add(shard, out)

    def held_out(self, family: numpy.ndarray, plan: dict[str, Any]) -> numpy.ndarray:
        """By the recipe's families and by those that the data themselves hold out."""
        names = plan["families"]
        listed = {*self.recipe["validation_families"], *plan.get("held_out", ())}
        out = numpy.array([name in listed for name in names] + [False])
        return out[numpy.minimum(family, len(names))]

    def grow(self, share: float) -> None:
        """Reads shards up to `share` of them all."""
        total = len(self.shards)
        wanted = min(total, int(total * min(1, share + self.HEAD_START)) + 1)
        while self.read < wanted:
            path, plan = self.shards[self.read]
            told = False
            while not path.exists():
                if not told:
                    print(f"\nwaiting for {path}", file=sys.stderr, flush=True)
                told = True
                time.sleep(2)
            with numpy.load(path) as file:
                shard = {name: file[name] for name in file.files}
            family, image = shard["family"], shard["image"]
            known = family < len(plan["families"])
            out = self.held_out(family, plan)
            # Without text: with the rest of its picture, or every 16th picture.
            out |= ~known & numpy.isin(image, image[known & out])
            out |= ~known & ~numpy.isin(image, image[known]) & (image % 16 == 0)
            self.train.add(shard, ~out)
            if len(self.valid) < self.most_valid:
                self.valid.add(shard, out)
            self.read += 1

    def batch(self, rng: numpy.random.Generator) -> numpy.ndarray:
        """Indices of training lines of like width, about `batch_columns` together."""
        if not self.waiting:
            first, size = self.photographs, 2048
            pool = rng.integers(first, max(len(self.train), first + 1), size=size)
            found = numpy.flatnonzero(numpy.array(self.train.sources) == FOUND)
            placed = numpy.flatnonzero(numpy.array(self.train.sources) == PLACED)
            if len(found) and len(placed) and "found" in self.recipe:
                # Those that are no photographs' are found or placed.
                pool = numpy.where(
                    rng.random(size) < self.recipe["found"],
                    found[rng.integers(len(found), size=size)],
                    placed[rng.integers(len(placed), size=size)],
                )
            if first:
                share = self.recipe.get("photographs", 0)
                pool = numpy.where(rng.random(size) < share, rng.integers(first, size=size), pool)
            width = numpy.array([len(self.train.pixels[k]) for k in pool])
            order = numpy.argsort(width + rng.random(len(pool)) * 8)
            batches: list[numpy.ndarray] = []
            current: list[int] = []
            widest = 0
            for k in order:
                widest = max(widest, width[k])
                if current and widest * (len(current) + 1) > self.recipe["batch_columns"]:
                    batches.append(pool[current])
                    current, widest = [], width[k]
                current.append(k)
            batches.append(pool[current])
            self.waiting = [batches[k] for k in rng.permutation(len(batches))]
        return self.waiting.pop()


def collate(
    lines: Lines, indices: Sequence[int] | numpy.ndarray
) -> tuple[torch.Tensor, numpy.ndarray]:
    """(float [N, 1, 32, width] 0...1, widths)."""
    widths = numpy.array([len(lines.pixels[k]) for k in indices])
    x = numpy.zeros((len(indices), int(widths.max()), HEIGHT), numpy.uint8)
    for row, k in enumerate(indices):
        x[row, : widths[row]] = lines.pixels[k]
    return torch.from_numpy(x).permute(0, 2, 1).unsqueeze(1).float() / 255, widths


def augment(
    x: torch.Tensor, widths: numpy.ndarray, settings: dict[str, float], rng: numpy.random.Generator
) -> tuple[torch.Tensor, numpy.ndarray, numpy.ndarray]:
    """Other size, slant, place, contrast, light and noise. Returns (x, widths, stretches)."""
    count, _, height, width = x.shape

    def uniform(name: str, around: float = 0.0) -> numpy.ndarray:
        return (around + settings[name] * rng.uniform(-1, 1, count)).astype(numpy.float32)

    stretch = numpy.exp(uniform("stretch"))
    tall = numpy.exp(uniform("tall"))
    shift, slant = uniform("shift"), uniform("slant")
    step = LINE.width_step
    new_widths = numpy.maximum(step, (numpy.ceil(widths * stretch / step) * step).astype(int))
    wide = int(new_widths.max())
    # From places of the result to places of the source, both -1...1 over their sizes.
    theta = numpy.zeros((count, 2, 3), numpy.float32)
    theta[:, 0, 0] = wide / width / stretch
    theta[:, 0, 2] = theta[:, 0, 0] - 1
    theta[:, 0, 1] = slant * height / width
    theta[:, 1, 1] = 1 / tall
    theta[:, 1, 2] = 2 * shift / height
    grid = F.affine_grid(torch.from_numpy(theta), (count, 1, height, wide), align_corners=False)
    x = F.grid_sample(x, grid, align_corners=False)

    def each(name: str, around: float = 0.0) -> torch.Tensor:
        return torch.from_numpy(uniform(name, around))[:, None, None, None]

    x = x.clamp(min=1e-4) ** torch.exp(each("gamma"))
    x = x * each("contrast", 1.0) + each("brightness")
    level = torch.from_numpy((settings["noise"] * rng.random(count) ** 2).astype(numpy.float32))[
        :, None, None, None
    ]
    seed = torch.Generator().manual_seed(int(rng.integers(2**62)))
    noise = torch.randn(x.shape, generator=seed)
    smooth = rng.random(count) < 0.5
    noise[smooth] = F.avg_pool2d(noise[smooth], 3, 1, 1) * 2
    x = x + noise * level
    # At times a part of a character is gone or overlaid.
    for row in numpy.flatnonzero(rng.random(count) < settings["erase"]):
        left, top = rng.integers(new_widths[row]), rng.integers(height)
        w, h = rng.integers(1, 6), rng.integers(2, 12)
        x[row, 0, top : top + h, left : left + w] = float(rng.random())
    mask = torch.arange(wide)[None, :] < torch.from_numpy(new_widths)[:, None]
    x = x * mask[:, None, None, :]
    return torch.round(x.clamp(0, 1) * 255) / 255, new_widths, stretch


def targets(
    lines: Lines, indices: numpy.ndarray, stretch: numpy.ndarray
) -> tuple[numpy.ndarray, numpy.ndarray, list[Frame]]:
    """(labels one after the other, lengths, frame labels [N, T] with -1 where nothing is said)."""
    texts = [lines.texts[k] for k in indices]
    lengths = numpy.array([len(text) for text in texts])
    frames = []
    for k, text, factor in zip(indices, texts, stretch):
        place = lines.columns[k] * factor / STRIDE
        frames.append((text, place))
    return numpy.concatenate(texts), lengths, frames


def frame_labels(
    frames: list[Frame], widths: numpy.ndarray, wide: int, labels: Labels
) -> torch.Tensor:
    """Labels that columns of logits have for certain: a character's in its middle, blank between
    characters and away from them. None where the middles aren't known."""
    space, blank = labels.space, labels.blank
    result = numpy.full((len(frames), wide // STRIDE), -1, numpy.int64)
    for row, (text, place) in enumerate(frames):
        end = widths[row] // STRIDE
        if not len(text):
            result[row, :end] = blank
            continue
        if not numpy.isfinite(place).all():
            continue
        middle = numpy.clip(place.astype(int), 0, end - 1)
        result[row, : max(0, middle[0] - 7)] = blank
        result[row, middle[-1] + 8 : end] = blank
        number, spaced = 0, False
        for label in text:
            if label == space:
                spaced = True
                continue
            if number:
                left, right = middle[number - 1], middle[number]
                if spaced:
                    result[row, (left + right) // 2] = space
                elif right - left >= 4:
                    result[row, (left + right) // 2] = blank
            result[row, middle[number]] = label
            number, spaced = number + 1, False
    return torch.from_numpy(result)
