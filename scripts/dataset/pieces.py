"""Cuts text-free pictures from photographs without text.

  scripts/python dataset.pieces PHOTOGRAPHS... --images N --seed S --side valid --out DIR

Each picture is a random piece of a photograph, scaled to a board's image size. Photographs fall on
two sides by a hash of their names, as real.py's groups do: finders train on "train", and pictures
of "valid" tell what they make of surroundings that they haven't seen.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from dataset.real import split

SIZES = ((160, 120), (320, 240), (640, 480))
SHARES = (0.25, 0.6, 0.15)
CUTS = ((40, 72), (64, 96), (96, 96), (120, 48))  # sizes as people cut out a display's digit or row
LEAST = 0.25  # of a photograph's shorter side that a piece takes, at the least


def photographs(paths: list[Path], side: str) -> list[Path]:
    """The files of folders, and files, that are on a side."""
    files = [
        file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])
    ]
    return [file for file in files if split(file.name) == side]


def piece(picture: np.ndarray, rng: np.random.Generator, cut: bool) -> np.ndarray:
    """A random piece of a gray picture at a random board's size, or at a cut-out's."""
    width, height = (
        CUTS[rng.integers(len(CUTS))] if cut else SIZES[rng.choice(len(SIZES), p=SHARES)]
    )
    most = min(picture.shape[1] / width, picture.shape[0] / height)
    step = most * np.exp(rng.uniform(np.log(LEAST), 0))
    w, h = int(width * step), int(height * step)
    x, y = rng.integers(picture.shape[1] - w + 1), rng.integers(picture.shape[0] - h + 1)
    how = cv2.INTER_AREA if step > 1 else cv2.INTER_LINEAR
    return cv2.resize(picture[y : y + h, x : x + w], (width, height), interpolation=how)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.pieces",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("photographs", nargs="+", type=Path)
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--side", choices=("train", "valid"), default="valid")
    parser.add_argument(
        "--cuts",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of pictures as small as what people cut out (default: 0)",
    )
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    pictures = []
    for file in photographs(options.photographs, options.side):
        picture = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            print(f"{file} is no image that can be read", file=sys.stderr)
        else:
            pictures.append((file.name, picture))
    if not pictures:
        parser.error(f"no photographs on the side {options.side}")
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    truth = {}
    for number in range(options.images):
        name, picture = pictures[number % len(pictures)]
        truth[f"{number:05d}.png"] = {"text": "", "photograph": name}
        cv2.imwrite(
            str(options.out / f"{number:05d}.png"), piece(picture, rng, rng.random() < options.cuts)
        )
    (options.out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    print(f"{options.images} pieces of {len(pictures)} photographs in {options.out}")


if __name__ == "__main__":
    main()
