"""Measures how well digits are told by few labels: from random weights, from weights that were
learned without labels, and from those of `glyph`.

    scripts/python training.few_labels --mnist mnist.npz --meters DIR --cutter .build/release/scribe

Each training is a recipe's, exported and measured by its exact integer arithmetic on pictures that
are held out: MNIST's test set, and whole meters, another fifth of them for each seed. Stopped, the
same command goes on with the training where it was. Prints Markdown tables: mean and standard
deviation over the seeds, percent.
"""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy
import torch

from dataset import cutter, real, shards
from dataset.geometry import PATCH
from training import tasks
from training.recipe import ROOT, Recipe
from training.task import Options
from training.trainer import Trainer

RECIPES = {
    "stack": "random weights",
    "stack-sparse": "sparse autoencoders",
    "stack-denoising": "denoising autoencoders",
    "stack-rbm": "restricted Boltzmann machine",
    "stack-dbn": "deep belief network",
    "glyph-digits": "transfer from `glyph`",
}
COUNTS = (10, 100, 1000, 0)  # labels; 0: all
SIDE = 28
FOLDS = 5
# Pictures drawn in training: so many whatever the labels, and so many for each of them.
LEAST, EACH = 32_000, 2


class Cell(NamedTuple):
    """One training."""

    data: str
    recipe: str
    labelled: int
    seed: int


def is_light(picture: numpy.ndarray) -> bool:
    """Whether print is lighter than the picture's edge."""
    edge = numpy.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))
    return bool(numpy.median(edge) < numpy.quantile(picture, (0.02, 0.98)).mean())


def middle(candidates: numpy.ndarray, picture: numpy.ndarray) -> numpy.ndarray | None:
    """The largest patch of print, not of what is around it, about the picture's middle."""
    candidates = candidates[candidates["polarity"] == is_light(picture)]
    sides = numpy.array(picture.shape[::-1])
    boxes = candidates["box"]
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2 / sides
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    area[(numpy.abs(centre - 0.5) > 0.25).any(1)] = 0
    best = int(area.argmax()) if len(area) else 0
    return candidates["patch"][best] if len(area) and area[best] > 0 else None


def cut(program: str, pictures: Iterable[numpy.ndarray], what: str) -> numpy.ndarray:
    """Each picture's patch as the program cuts it, twice as large and with some room; nothing where
    it finds none, which then counts as an error like any other."""

    def larger() -> Iterator[tuple[numpy.ndarray, numpy.ndarray]]:
        for picture in pictures:
            picture = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
            picture = cv2.copyMakeBorder(picture, 16, 16, 16, 16, cv2.BORDER_REPLICATE)
            yield picture, picture

    patches, empty = [], 0
    with cutter.Cutter([program, "cut"]) as cutting:
        for picture, found in cutter.cut(cutting, larger()):
            patch = middle(found, picture)
            if patch is None:
                empty += 1
                patch = numpy.zeros((PATCH.rows, PATCH.columns, PATCH.channels), numpy.uint8)
            patches.append(patch)
    print(f"{what}: no patch of {empty} of {len(patches)} pictures", file=sys.stderr)
    return numpy.stack(patches)


def gray(picture: numpy.ndarray) -> numpy.ndarray:
    """A photograph as a small picture of full contrast."""
    low, high = numpy.quantile(picture, (0.01, 0.99))
    scaled = (picture.astype(numpy.float32) - low) * 255 / max(high - low, 1)
    return cv2.resize(
        scaled.clip(0, 255).astype(numpy.uint8), (SIDE, SIDE), interpolation=cv2.INTER_AREA
    )


def prepare(options: argparse.Namespace) -> dict[str, pathlib.Path]:
    """Data by name, as they are and, with `-glyph`, as patches that `glyph` knows."""
    out = options.out
    out.mkdir(parents=True, exist_ok=True)
    found = {}
    if options.mnist:
        found["mnist"] = options.mnist
        found["mnist-glyph"] = out / "mnist-glyph.npz"
        if "glyph-digits" in options.recipes and not found["mnist-glyph"].exists():
            with numpy.load(options.mnist) as file:
                arrays = {name: file[name] for name in file.files}
            for name in ("x_train", "x_test"):
                arrays[name] = cut(options.cutter, arrays[name], f"MNIST, {name}")
            shards.save(found["mnist-glyph"], arrays)
    if options.meters:
        found |= prepare_meters(options)
    return found


def fifths(groups: Iterable[str]) -> list[set[str]]:
    """Groups in five parts of about equal size: each seed holds out another."""
    parts: list[list[str]] = [[] for _ in range(FOLDS)]
    counts = collections.Counter(groups)
    for group in sorted(counts, key=lambda name: (-counts[name], name)):
        min(parts, key=lambda part: sum(counts[name] for name in part)).append(group)
    return [set(part) for part in parts]


def prepare_meters(options: argparse.Namespace) -> dict[str, pathlib.Path]:
    """Digits that stand still have labels; of the meters to train on, those that roll are seen,
    too."""
    names = [f"meters-{seed}{kind}" for seed in range(1, FOLDS + 1) for kind in ("", "-glyph")]
    paths = {name: options.out / f"{name}.npz" for name in names}
    if all(path.exists() for path in paths.values()):
        return paths
    pictures = list(real.read(options.meters))
    views = {
        "": numpy.stack([gray(one.picture) for one in pictures]),
        "-glyph": cut(options.cutter, (one.picture for one in pictures), "meters"),
    }
    labels = numpy.array([int(one.text) for one in pictures], numpy.uint8)
    still = numpy.array([one.turn == 0 for one in pictures])
    parts = fifths(one.group for one in pictures if one.turn == 0)
    for number, part in enumerate(parts, 1):
        out = numpy.array([one.group in part for one in pictures])
        for kind, x in views.items():
            shards.save(
                paths[f"meters-{number}{kind}"],
                {
                    "x_train": x[still & ~out],
                    "y_train": labels[still & ~out],
                    "x_test": x[still & out],
                    "y_test": labels[still & out],
                    "x_unlabelled": x[~out],
                },
            )
    return paths


def size(path: pathlib.Path) -> int:
    """How many labels there are."""
    with numpy.load(path) as file:
        return len(file["y_train"])


def train(cell: Cell, path: pathlib.Path, options: argparse.Namespace) -> tuple[float, int]:
    """Accuracy of the exported network, and how many labels there were."""
    recipe = Recipe(cell.recipe)
    recipe.set(seed=cell.seed, labelled=cell.labelled or None)
    labels = cell.labelled or size(path)
    most = options.samples or min(recipe.samples, max(LEAST, EACH * labels))
    name = "-".join(map(str, cell))
    given = Options(
        str(path),
        name,
        output=str(options.out / "model"),
        state=str(options.out / name),
        device=options.device,
        threads=options.threads,
        samples=most,
        oracle=False,
        report=False,
    )
    Trainer(tasks.of(recipe, given)).train()
    (options.out / name / "checkpoint.pt").unlink()
    (options.out / name).rmdir()
    manifest = json.loads((options.out / "model" / "model.json").read_text())
    return manifest["training"]["int8_accuracy"], labels


def cells(names: Iterable[str], recipes: Iterable[str], seeds: int) -> Iterator[Cell]:
    """All seeds' first ones first: what is there is a table at any time."""
    for seed in range(1, seeds + 1):
        for data in names:
            for recipe in recipes:
                for count in COUNTS:
                    yield Cell(data, recipe, count, seed)


def source(cell: Cell) -> str:
    fold = f"-{(cell.seed - 1) % FOLDS + 1}" if cell.data == "meters" else ""
    return f"{cell.data}{fold}" + ("-glyph" if cell.recipe == "glyph-digits" else "")


def show(results: dict[str, dict[str, float]], names: list[str], recipes: Iterable[str]) -> None:
    for data in names:
        all_of = [
            int(r["labels"]) for key, r in results.items() if re.match(rf"{data} \S+ 0 ", key)
        ]
        every = f"all {min(all_of):,}" + (f" to {max(all_of):,}" if len(set(all_of)) > 1 else "")
        counts = [count for count in COUNTS if count < min(all_of)]
        head = [data, *(f"{count:,}" if count else every for count in counts)]
        print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
        for recipe in recipes:
            row = [RECIPES[recipe]]
            for count in counts:
                keys = (f"{data} {recipe} {count} {seed}" for seed in range(1, 100))
                values = [100 * results[key]["accuracy"] for key in keys if key in results]
                spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
                row.append(f"{statistics.mean(values):.1f}{spread}" if values else "")
            print(f"| {' | '.join(row)} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.few_labels", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--mnist", type=pathlib.Path, help="mnist.npz")
    parser.add_argument(
        "--meters", type=pathlib.Path, help="folder meter-digits, see dataset/real.py"
    )
    parser.add_argument("--cutter", required=True, help="program that cuts patches")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".data" / "few-labels")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--recipes", default=",".join(RECIPES), help="some of them, with commas")
    parser.add_argument("--samples", type=int, help="pictures drawn in each training")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    recipes = options.recipes.split(",")
    paths = prepare(options)
    names = [
        name for name, given in (("mnist", options.mnist), ("meters", options.meters)) if given
    ]
    stored = options.out / "results.json"
    results = json.loads(stored.read_text()) if stored.exists() else {}
    sizes: dict[str, int] = {}
    began = time.monotonic()
    for cell in cells(names, recipes, options.seeds):
        key = " ".join(map(str, cell))
        if cell.labelled >= sizes.setdefault(source(cell), size(paths[source(cell)])):
            continue  # all there are come anyway
        digest = hashlib.sha256(Recipe(cell.recipe).text.encode()).hexdigest()[:16]
        if results.get(key, {}).get("recipe") != digest:
            accuracy, labels = train(cell, paths[source(cell)], options)
            results[key] = {"accuracy": accuracy, "labels": labels, "recipe": digest}
            stored.write_text(json.dumps(results, indent=1) + "\n")
            print(
                f"{key}: {100 * accuracy:.2f} %, {time.monotonic() - began:.0f} s", file=sys.stderr
            )
    show(results, names, recipes)


if __name__ == "__main__":
    main()
