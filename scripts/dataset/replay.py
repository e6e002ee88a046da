"""Writes the lines that `scribe teach` replays, so that what it learns doesn't cost what was known.

  scripts/python dataset.replay --cutter .build/release/scribe --out models/replay

Pictures are made as for training, of the same families of fonts, with seeds of their own, and the
program draws their lines. A folder comes out: `replay.json` names the kinds and, in order, the
width and the text of each line, the first column and the end of each of its characters but spaces,
and whether it serves as a check; `KIND.webp` has the lines of a kind one below the other, 32 rows
each, 0 paper and 255 ink, filled up with paper to the widest.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from dataset import displays, places
from dataset.lines import Cutters, label, text_of, whole
from dataset.sample import Generator, Recipe, Sample

_MOST_COLUMNS = 320
_MOST_REPLAYED = 128  # columns: long lines cost much and add little, so they only check
_CHECKS = 4  # of so many lines one checks
_LOSSLESS = 101  # OpenCV's quality for it
_LEVELS = 16  # of ink: noise of more would fill the files
_SMALL = 9.0  # pixels of capitals
_FAINT = 48  # values between the darkest and the lightest twentieth of a line's picture


class Kind(NamedTuple):
    """Lines of one kind: how many, and where they come from."""

    number: int
    seed: int
    recipe: Recipe
    takes: Callable[[Sample, int], bool]  # picture and the line's number


def _cap(sample: Sample, line: int) -> float:
    return next(text.cap for text in sample.texts if text.line == line)


def _contrast(sample: Sample, line: int) -> float:
    """Values between paper and ink."""
    boxes = np.array([c.box for c in sample.characters if c.line == line])
    height, width = sample.picture.shape
    left, top = np.maximum(boxes[:, :2].min(0).astype(int) - 2, 0)
    right, bottom = np.minimum(boxes[:, 2:].max(0).astype(int) + 3, (width, height))
    low, high = np.percentile(sample.picture[top:bottom, left:right], (5, 95))
    return float(high - low)


def _is_segments(sample: Sample) -> bool:
    return sample.about.get("family") == displays.SEGMENTS or str(
        sample.about.get("kind")
    ).startswith("screen")


def _is_plain(sample: Sample) -> bool:
    return not sample.about.get("scene") and sample.about.get("finish") is None


_PRINT = Recipe(mix="natural", scenes=0.25, signs=True, empty=0, styles=(0, 0, 0))
KINDS = {
    "print": Kind(
        600,
        901,
        _PRINT,
        lambda s, k: _is_plain(s) and _cap(s, k) >= _SMALL and _contrast(s, k) >= _FAINT,
    ),
    "segments": Kind(
        220, 902, Recipe(scenes=0.5, empty=0, styles=(1, 0, 0)), lambda s, k: _is_segments(s)
    ),
    "meters": Kind(
        200,
        903,
        Recipe(scenes=1, empty=0),
        lambda s, k: s.about.get("kind") in ("counter", "cell"),
    ),
    "small": Kind(200, 904, _PRINT, lambda s, k: _cap(s, k) < _SMALL),
    "faint": Kind(200, 905, _PRINT, lambda s, k: _contrast(s, k) < _FAINT),
}


class Line(NamedTuple):
    coverage: np.ndarray  # uint8 [rows, width]
    text: str
    edges: list[list[int]]  # first column and end of each character but spaces
    checks: bool = False


def _drawn(kind: Kind, sample: Sample, rng: np.random.Generator, cutting: Cutters) -> list[Line]:
    """At most one line of each of a picture's texts, as a finder might see it."""
    wanted = [
        (whole(place, [c for c in sample.characters if c.line == line]), line)
        for place, line in places.guesses(rng, sample, count=1)
        if kind.takes(sample, line)
    ]
    if not wanted:
        return []
    cutting.placed.send_placed(sample.picture, [place for place, _ in wanted])
    lines = []
    for (place, _), (head, coverage) in zip(wanted, cutting.placed.receive()):
        frame = places.Frame(place)
        found = label(frame, head["polarity"] == 1, sample.characters, sample.texts)
        if found is not None and found[0] and coverage.shape[1] <= _MOST_COLUMNS:
            text = text_of(found[0], sample.characters, sample.lines)
            extents = frame.extents([sample.characters[k].box for k in found[0]])
            first = np.floor(extents[:, 0]).astype(int)
            end = np.maximum(np.ceil(extents[:, 2]).astype(int), first + 1)
            edges = np.stack([first, end], 1).tolist()
            lines.append(Line(_stepped(coverage), text, edges))
    return lines


def _stepped(coverage: np.ndarray) -> np.ndarray:
    """In fewer levels, of which the first and the last stay 0 and 255."""
    step = 255 / (_LEVELS - 1)
    return np.rint(np.rint(coverage / step) * step).astype(np.uint8)


def lines(kind: Kind, cutting: Cutters) -> Iterator[Line]:
    generator = Generator(kind.seed, kind.recipe)
    rng = np.random.default_rng(kind.seed)
    left, index = kind.number, 0
    while left:
        # Two of a picture at most: the rest of it looks the same.
        found = _drawn(kind, generator.make(index), rng, cutting)[: min(2, left)]
        yield from found
        left -= len(found)
        index += 1


def chosen(found: list[Line]) -> list[Line]:
    """Every fourth line to check by, and those of the others that are short enough to replay."""
    marked = [line._replace(checks=index % _CHECKS == 1) for index, line in enumerate(found)]
    return [line for line in marked if line.checks or line.coverage.shape[1] <= _MOST_REPLAYED]


def entry(line: Line) -> dict[str, Any]:
    """What `replay.json` says of a line."""
    about = {"width": line.coverage.shape[1], "text": line.text, "edges": line.edges}
    return about | ({"checks": True} if line.checks else {})


def sheet(rows: list[Line]) -> np.ndarray:
    """Lines one below the other."""
    width = max(line.coverage.shape[1] for line in rows)
    return np.concatenate(
        [np.pad(line.coverage, ((0, 0), (0, width - line.coverage.shape[1]))) for line in rows]
    )


def write(out: Path, cutter: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    record: dict[str, list[dict[str, Any]]] = {}
    with Cutters([cutter, "cut"]) as cutting:
        for name, kind in KINDS.items():
            rows = chosen(list(lines(kind, cutting)))
            file = str(out / f"{name}.webp")
            if not cv2.imwrite(file, sheet(rows), [cv2.IMWRITE_WEBP_QUALITY, _LOSSLESS]):
                raise SystemExit(f"{file} can't be written")
            record[name] = [entry(line) for line in rows]
            print(f"{name}: {len(rows)} lines, {sum(len(line.text) for line in rows)} characters")
    entries = ",\n".join(
        f'"{name}": [\n'
        + ",\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in rows)
        + "]"
        for name, rows in record.items()
    )
    (out / "replay.json").write_text("{" + entries + "}\n")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.replay", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--cutter", required=True, help="program that draws lines: `CUTTER cut`")
    parser.add_argument("--out", required=True, type=Path, help="folder to write")
    arguments = parser.parse_args()
    write(arguments.out, arguments.cutter)


if __name__ == "__main__":
    main()
