"""Makes lines that are drawn a bit off their text, and tells where the text is.

  scripts/python dataset.offsets --cutter .build/release/scribe --out .data/aligner --pictures 30000

Shards hold `pixels` (columns of 32 rows), `widths`, `lines` float32 [N, 5], `family` and `image`. A
line's row: the baseline's row at column 0 and its rise a column, the capitals' height in rows, and
the columns of its ends; NaN where there is no text.
"""

import argparse
import json
import math
import pathlib
import sys
from collections.abc import Iterable, Sequence

import numpy

from dataset import cutter, places
from dataset.sample import Generator, Recipe, Sample
from dataset.scene import Text

VIEWS = 3  # of each text
NOWHERE = 2  # a picture
FAR = 0.4  # share of views that are off as far as boxes laid over a picture are
# By how much views are off, near and far: log of the height, and in heights the baseline and the
# ends (inwards, outwards), degrees of the slope.
OFF = {False: (0.12, 0.08, (0.4, 0.7), 1.5), True: (0.6, 0.4, (0.8, 1.5), 4.0)}
# A line's text: rows of its middle, and of its height.
MIDDLES, HEIGHTS = (3, 27), (7, 30)
SMALL = (
    128  # pictures with a shorter side than this have boxes laid over them, as LineGrid has them
)
GRID = [(share, above) for share in (0.9, 0.75, 0.6) for above in (0.5, 0.3, 0.7)]
NO_FAMILY = 0xFFFF


def view(rng: numpy.random.Generator, text: Text) -> numpy.ndarray | None:
    """A place of a text, off by what finders and boxes are off."""
    far = rng.random() < FAR
    size, shift, (inwards, outwards), degrees = OFF[far]
    start, end = numpy.array(text.start, float), numpy.array(text.end, float)
    along = end - start
    length = max(float(numpy.hypot(*along)), 1e-6)
    along /= length
    if abs(along[1]) > 2 * abs(along[0]):
        return None
    down = numpy.array((-along[1], along[0]))
    middle = (start + end) / 2 + down * rng.uniform(-shift, shift) * text.cap
    most = min(math.radians(degrees), (0.8 if far else 0.3) * text.cap / length)
    turn = rng.uniform(-most, most)
    turned = along * math.cos(turn) + down * math.sin(turn)
    before, after = rng.uniform(-inwards, outwards, 2) * text.cap
    left = middle - turned * (length / 2 + before)
    right = middle + turned * (length / 2 + after)
    if right[0] - left[0] < 0.1 * text.cap:
        return None
    height = text.cap * math.exp(rng.uniform(-size, size))
    return places.place(text.light, left, right, height, places.draw_stretch(rng))


def views(rng: numpy.random.Generator, sample: Sample) -> list[numpy.ndarray]:
    """The places of a picture that are drawn."""
    height, width = sample.picture.shape
    found = [view(rng, text) for text in sample.texts if text.cap >= 5 for _ in range(VIEWS)]
    if min(height, width) < SMALL:
        for share, above in [GRID[k] for k in rng.permutation(len(GRID))[:3]]:
            foot = height * (share + (1 - share) * above)
            found.append(
                places.place(rng.random() < 0.5, (0.0, foot), (float(width), foot), height * share)
            )
    found += [places.elsewhere(rng, sample) for _ in range(NOWHERE)]
    return [one for one in found if one is not None]


def aligned(
    frame: places.Frame, light: bool, texts: Iterable[Text]
) -> tuple[tuple[float, ...], Text] | None:
    """(row of the line's own text, the text), or None where it shows none."""
    best = None
    for text in texts:
        columns, rows = frame.strip((text.start, text.end))
        wide = max(columns[1] - columns[0], 1e-3)
        rise = (rows[1] - rows[0]) / wide
        middle = min(max((columns[0] + columns[1]) / 2, 0), frame.width)
        middle = min(max(middle, min(columns)), max(columns))
        cap = text.cap * frame.rows
        row = rows[0] + rise * (middle - columns[0]) - cap / 2
        inside = min(columns[1], frame.width) - max(columns[0], 0)
        if not (MIDDLES[0] < row < MIDDLES[1] and HEIGHTS[0] < cap < HEIGHTS[1]) or inside < 2:
            continue
        off = abs(row - (places.TOP + places.BASE) / 2)
        if best is None or off < best[0]:
            best = off, (rows[0] - rise * columns[0], rise, cap, columns[0], columns[1]), text
    if best is None:
        return None
    return best[1], best[2]


def shard(generator: Generator, first: int, count: int, program: str) -> dict[str, numpy.ndarray]:
    from dataset import lines  # of this folder: another of that name makes batches for training

    rng = numpy.random.default_rng((generator.seed, first, 0xA11))
    number = {name: k for k, name in enumerate(generator.families)}
    pixels: list[numpy.ndarray] = []
    widths: list[int] = []
    geometry: list[Sequence[float]] = []
    family: list[int] = []
    image: list[int] = []
    waiting: list[tuple[int, Sample, list[numpy.ndarray]]] = []
    with cutter.PlacedCutter([program, "cut", "--lines", "--placed"]) as cutting:

        def answered() -> None:
            index, sample, some = waiting.pop(0)
            for place, (head, coverage) in zip(some, cutting.receive()):
                frame = places.Frame(place)
                light = bool(head["polarity"])
                texts = [
                    text
                    for text in sample.texts
                    if text.light == light or either.get((index, text.line))
                ]
                found = aligned(frame, light, texts)
                if found is None and (
                    lines.shows_unread(frame, sample.about.get("unread", ()))
                    or aligned(frame, light, [t for t in sample.texts if t.cap < 5])
                ):
                    continue
                pixels.append(coverage.T.reshape(-1))
                widths.append(coverage.shape[1])
                geometry.append(found[0] if found else [numpy.nan] * 5)
                family.append(number[found[1].family] if found else NO_FAMILY)
                image.append(index)

        either = {}
        for index in range(first, first + count):
            sample = generator.make(index)
            for c in sample.characters:
                if c.either:
                    either[index, c.line] = True
            some = views(rng, sample)
            cutting.send_placed(sample.picture, some)
            waiting.append((index, sample, some))
            if len(waiting) > 4:
                answered()
        while waiting:
            answered()
    return {
        "pixels": numpy.concatenate(pixels),
        "widths": numpy.array(widths, numpy.uint16),
        "lines": numpy.array(geometry, numpy.float32),
        "family": numpy.array(family, numpy.uint16),
        "image": numpy.array(image, numpy.uint32),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.offsets", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("--cutter", required=True, help="program that draws lines")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write")
    parser.add_argument("--pictures", type=int, default=24000)
    parser.add_argument("--shard", type=int, default=1000, metavar="N", help="pictures a shard")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    generator = Generator(options.seed, Recipe(mix="even", empty=0.05, scenes=0.6, signs=True))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "plan.json").write_text(
        json.dumps(
            {"seed": options.seed, "images": options.pictures, "families": generator.families},
            indent=1,
        )
        + "\n"
    )
    for first in range(0, options.pictures, options.shard):
        path = options.out / f"shard-{first // options.shard:05d}.npz"
        if path.exists():
            continue
        arrays = shard(
            generator, first, min(options.shard, options.pictures - first), options.cutter
        )
        partial = path.with_suffix(".part.npz")
        numpy.savez_compressed(partial, **arrays)
        partial.rename(path)
        print(
            f"{min(first + options.shard, options.pictures)}/{options.pictures} pictures, "
            f"{len(arrays['widths'])} lines of the last {options.shard}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
