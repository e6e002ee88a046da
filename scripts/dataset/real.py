"""Real pictures with text, one door for training and validation.

  scripts/python dataset.real DIR      what there is, by kind and split

DIR holds images and a truth.json that maps names to `text`, perhaps `turn` and `box`, or folders of
such; a folder's name is the kind of its pictures. Near copies of one picture must not fall on both
sides of a validation, so each picture has a group, and `split` sends whole groups to one side. By
kind, it is

- `meter-digits`, `meter-rows`: the meter, which is the name of a digit's folder, or a row's name up
  to its last `_`, without a date or `-labeled-...` behind it, by which recordings of one meter
  differ
- `receipt-lines`: the receipt, which is the file's name up to its last `_`
- `barcode-digits`, `barcode-photos`: the goods, all codes that show together in some photograph
- `lcd-digits`: the recording, runs of one digit without a gap in the numbers of their frames
- others (`expiry-labels`): the text
"""

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

_GAP = 500  # frames between two recordings


class Real(NamedTuple):
    """A picture and what it says."""

    picture: np.ndarray  # uint8 [h, w]
    text: str  # lines parted by \n; of a drum between two digits the one that shows more
    group: str
    kind: str
    name: str  # folder/file
    turn: float = 0.0  # as scene.Character has it; 0.4 and more either way: nobody can tell
    box: tuple | None = None  # x0, y0, x1, y1 of the text where it is known


def split(group: str) -> str:
    """Which side a group is on: "valid" for one in five, by the first four bytes of the SHA-256 of
    its name, "train" for the others."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:4], "big")
    return "valid" if place % 5 == 0 else "train"


def read(folder: str | Path, kinds: tuple = (), side: str = "") -> Iterator[Real]:
    """The pictures of a folder in the order of their names; only `kinds`, and only the `side` that
    `split` names, where they are given. Raises ValueError for a picture that can't be read."""
    folder = Path(folder)
    found = list(_truths(folder))
    goods = _goods([truths for kind, truths in found if kind.startswith("barcode")])
    for kind, truths in found:
        if kinds and kind not in kinds:
            continue
        groups = _groups(kind, truths, goods)
        for name, truth in sorted(truths.items()):
            group = f"{_family(kind)}/{groups[name]}"
            if side and split(group) != side:
                continue
            path = folder / name if kind == folder.name else folder / kind / name
            picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if picture is None:
                raise ValueError(f"{path} is no image that can be read")
            text, turn = truth["text"], 0.0
            if truth.get("turn") is not None:
                text, turn = shown(truth["turn"])
            box = tuple(truth["box"]) if "box" in truth else None
            yield Real(picture, text, group, kind, f"{kind}/{name}", turn, box)


def shown(place: float) -> tuple[str, float]:
    """The digit that shows most of itself where a drum stands, and how far it has rolled on: 3.2 is
    a 3 that has rolled by 0.2, 3.7 a 4 with 0.3 still to go."""
    digit = int(np.floor(place + 0.5))
    return str(digit % 10), round(place - digit, 2)


def _truths(folder: Path) -> Iterator[tuple[str, dict]]:
    """(kind, truth.json) of the folder itself and of the folders in it."""
    for path in sorted([*folder.glob("truth.json"), *folder.glob("*/truth.json")]):
        yield path.parent.name, json.loads(path.read_text())


def _family(kind: str) -> str:
    """Kinds that show the same things share their groups."""
    return kind.split("-")[0]


def _groups(kind: str, truths: dict, goods: dict) -> dict:
    """The group of each name."""
    if kind in ("meter-digits", "meter-rows"):
        return {name: _meter(name) for name in truths}
    if kind == "receipt-lines":
        return {name: Path(name).stem.rsplit("_", 1)[0] for name in truths}
    if kind.startswith("barcode"):
        return {name: goods[truth["text"].split()[0]] for name, truth in truths.items()}
    if kind == "lcd-digits":
        return _recordings(truths)
    return {name: truth["text"] for name, truth in truths.items()}


def _meter(name: str) -> str:
    meter = name.split("/")[0] if "/" in name else Path(name).stem.rsplit("_", 1)[0]
    return re.sub(r"(-\d{8}|-labeled-.*)$", "", meter)


def _goods(sets: list) -> dict:
    """The first code of the goods that a code is on: those that some photograph shows side by side
    are of one thing."""
    shots: dict = {}
    for truths in sets:
        for name, truth in truths.items():
            stem = re.sub(r"_[LR]$", "", Path(name).stem)
            shots.setdefault(stem, set()).update(truth["text"].split())
    things: list = []
    for found in shots.values():
        joined = set(found).union(*(thing for thing in things if thing & found))
        things = [thing for thing in things if not thing & found] + [joined]
    return {code: min(thing) for thing in things for code in thing}


def _recordings(truths: dict) -> dict:
    groups, before, first = {}, None, 0
    numbered = sorted(
        (int(Path(name).stem.rsplit("_", 1)[1]), truth["text"], name)
        for name, truth in truths.items()
    )
    for number, text, name in numbered:
        if before is None or text != before[1] or number - before[0] > _GAP:
            first = number
        groups[name] = f"{text} from {first}"
        before = number, text
    return groups


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.real", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    groups: dict[tuple[str, str], set[str]] = {}
    try:
        for one in read(options.folder):
            side = split(one.group)
            counts[one.kind, side] += 1
            groups.setdefault((one.kind, side), set()).add(one.group)
    except ValueError as error:
        print(f"dataset.real: {error}", file=sys.stderr)
        return 1
    for (kind, side), count in sorted(counts.items()):
        print(f"{kind:16} {side:6} {count:5} pictures, {len(groups[kind, side]):3} groups")
    return 0


if __name__ == "__main__":
    sys.exit(main())
