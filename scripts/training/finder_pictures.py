"""Makes a finder's training data: shards of whole pictures with the geometry of their lines.

    scripts/python training.finder_pictures finder --out .data/finder

The recipe, here recipes/finder.json, says which. Running it again goes on where it was stopped.
Every picture follows from seed, index and recipe.
"""

import argparse
import json
import multiprocessing
import pathlib
import string
import sys
import time
from typing import Any

import numpy

from dataset import sample, scene, shards
from training.recipe import Recipe

# Columns of `lines`, one row a line; pixels of its picture.
COLUMNS = ("picture", "x0", "y0", "x1", "y1", "cap", "x_height", "light", "characters")
EITHER = 2.0  # of `light`: relief, that shows in both polarities
# `unread` has boxes of characters that no one can read: neither text nor background.
SHARD = 200
MOST_FAMILIES = 12

_state: dict[str, Any] = {}


def x_height_of(text: scene.Text, shown: str) -> float:
    """log2 of x-height over cap where small letters show it, 0 without any, NaN between."""
    letters = sum(c in string.ascii_lowercase for c in shown)
    if not letters:
        return 0.0
    if letters * 4 < len(shown) or text.x_height <= 0:
        return numpy.nan
    return numpy.log2(text.x_height / text.cap)


def rows_of(made: sample.Sample, number: int) -> list[tuple[float, ...]]:
    """The rows of `lines` of one picture."""
    either = {c.line for c in made.characters if c.either}
    return [
        (
            number,
            *text.start,
            *text.end,
            text.cap,
            x_height_of(text, made.lines[text.line].replace(" ", "")),
            EITHER if text.line in either else float(text.light),
            len(made.lines[text.line].replace(" ", "")),
        )
        for text in made.texts
    ]


def build(generator: sample.Generator, first: int, count: int) -> dict[str, numpy.ndarray]:
    """The shard of the pictures first..<first + count as a dict of arrays."""
    families = {name: number for number, name in enumerate(generator.families)}
    pixels, sizes, rows, family, unread = [], [], [], [], []
    for number in range(count):
        made = generator.make(first + number)
        pixels.append(made.picture.reshape(-1))
        sizes.append(made.picture.shape)
        rows += rows_of(made, number)
        unread += [(number, *box) for box in made.about.get("unread", ())]
        names = sorted({families.get(text.family, len(families)) for text in made.texts})
        family.append((names + [-1] * MOST_FAMILIES)[:MOST_FAMILIES])
    return {
        "pixels": numpy.concatenate(pixels),
        "sizes": numpy.array(sizes, numpy.int32),
        "lines": numpy.array(rows, numpy.float32).reshape(-1, len(COLUMNS)),
        "unread": numpy.array(unread, numpy.float32).reshape(-1, 5),
        "family": numpy.array(family, numpy.int32),
    }


def _start(generator: sample.Generator) -> None:
    _state["generator"] = generator


def _make(task: tuple[pathlib.Path, int, int]) -> int:
    path, first, count = task
    shards.save(path, build(_state["generator"], first, count))
    return count


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.finder_pictures", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("recipe")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument(
        "--clutter", default="", metavar="DIR", help="photographs without text for backgrounds"
    )
    parser.add_argument("--images", type=int, help="instead of the recipe's")
    options = parser.parse_args()
    plan = dict(Recipe(options.recipe).pictures)
    images = options.images or plan["images"]
    settings: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in plan.items()
        if key not in ("seed", "images")
    }
    generator = sample.Generator(plan["seed"], sample.Recipe(**settings, clutter=options.clutter))
    about = json.loads(
        json.dumps(
            {
                "seed": plan["seed"],
                "images": images,
                "shard_images": SHARD,
                "recipe": generator.describe(),
                "families": generator.families,
            }
        )
    )
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "plan.json"
    if path.exists() and json.loads(path.read_text()) != about:
        raise SystemExit(f"{options.out} was begun with other settings; remove it")
    path.write_text(json.dumps(about, indent=1) + "\n")
    tasks = []
    for first in range(0, images, SHARD):
        shard = options.out / f"shard-{first // SHARD:05d}.npz"
        if not shard.exists():
            tasks.append((shard, first, min(SHARD, images - first)))
    began, done = time.monotonic(), 0
    with multiprocessing.Pool(options.jobs, _start, (generator,)) as pool:
        for count in pool.imap(_make, tasks):
            done += count
            print(
                f"\r{done} pictures, {done / (time.monotonic() - began):.0f} a second ",
                end="",
                file=sys.stderr,
                flush=True,
            )
    print(file=sys.stderr)


if __name__ == "__main__":
    main()
