"""Tells which mounts of a camera the search for them finds: turned and mirrored copies are read.

  scripts/python measure.tune.mounts [--scribe SCRIBE] FOLDER...

A row a mount that is searched for, three columns a folder of pictures whose print stands upright:
how many were read with that mount, how many with a wrong one, and milliseconds of a core a picture.
In folders without text each mount is a wrong one.
"""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from measure import tables
from measure.programs import SCRIBE, finished

Picture = np.ndarray

# As the camera is mounted, what its pictures look like.
MOUNTS: dict[str, Callable[[Picture], Picture]] = {
    "upright": lambda picture: picture,
    "upside-down": lambda picture: np.rot90(picture, 2),
    "upright,mirrored": np.fliplr,
    "upside-down,mirrored": np.flipud,
    "right": lambda picture: np.rot90(picture, 1),
    "left": lambda picture: np.rot90(picture, -1),
}
KINDS = (".png", ".jpg", ".jpeg", ".bmp")


class Found(NamedTuple):
    right: int
    wrong: int
    pictures: int
    milliseconds: float


def found(scribe: Path, folder: Path, mount: str) -> Found:
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in KINDS)
    if not paths:
        raise SystemExit(f"{folder}: no pictures ({', '.join(KINDS)})")
    with tempfile.TemporaryDirectory() as turned:
        for number, path in enumerate(paths):
            picture = cv2.imread(str(path))
            if picture is None:
                raise SystemExit(f"{path}: no picture that can be read")
            name = f"{turned}/{number:06}.png"
            cv2.imwrite(name, np.ascontiguousarray(MOUNTS[mount](picture)))
        read = finished([scribe, "recognize", "--json", "--jobs", "1", turned])
    told = [json.loads(line).get("mount", "upright") for line in read.output.splitlines()]
    right = told.count(mount)
    wrong = len(told) - right - (0 if mount == "upright" else told.count("upright"))
    return Found(right, wrong, len(paths), 1000 * read.seconds / len(paths))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path)
    parser.add_argument("--scribe", type=Path, default=SCRIBE)
    given = parser.parse_args()
    print(tables.head("mount", *(c for f in given.folders for c in (f.name, "wrong", "ms"))))
    for mount in MOUNTS:
        cells: list[str] = []
        for folder in given.folders:
            at = found(given.scribe, folder, mount)
            cells += [f"{at.right} of {at.pictures}", str(at.wrong), f"{at.milliseconds:.1f}"]
        print(tables.row(mount, *cells), flush=True)


if __name__ == "__main__":
    main()
