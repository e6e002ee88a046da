"""The geometry of patches and of drawn lines, as the program has it: `scribe cut --describe` wrote
geometry.json, and a test of the program compares the two."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Patch:
    """A candidate as it is cut."""

    rows: int
    columns: int
    channels: int


@dataclass(frozen=True)
class Line:
    """A line as it is drawn."""

    rows: int
    width_step: int  # widths are multiples of it
    capital_rows: int
    base_row: int  # of the baseline


@dataclass(frozen=True)
class Finder:
    """What the finder's values mean, by middle and factor each."""

    cell: int  # pixels of a side
    typical_height: int
    middles: tuple[float, ...]
    factors: tuple[float, ...]


@dataclass(frozen=True)
class Aligner:
    """What the aligner's values mean, by middle and factor each."""

    step: int  # columns
    middles: tuple[float, ...]
    factors: tuple[float, ...]


def _read(path: Path) -> tuple[Patch, Line, Finder, Aligner]:
    parts = json.loads(path.read_text())
    for name in ("finder", "aligner"):
        for values in ("middles", "factors"):
            parts[name][values] = tuple(float(value) for value in parts[name][values])
    return (
        Patch(**parts["patch"]),
        Line(**parts["line"]),
        Finder(**parts["finder"]),
        Aligner(**parts["aligner"]),
    )


PATCH, LINE, FINDER, ALIGNER = _read(Path(__file__).with_name("geometry.json"))
