"""What bilevel costs in reading: images as they are, and as a board makes ink of them.

    scripts/python measure.codecs.reading FOLDER [--scribe .build/release/scribe]

FOLDER is one for `scribe evaluate`. An image with "inverted" true in truth.json, or in a JSON
beside it, is cut as light ink, as whoever sets up a board would; else ink is dark. Prints the
tables of `scribe evaluate`, and the bytes of the coded images.
"""

import argparse
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from dataset import coders
from measure.codecs import compare
from measure.programs import SCRIBE


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python measure.codecs.reading", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scribe", default=str(SCRIBE))
    parser.add_argument(
        "--softness",
        type=int,
        default=0,
        metavar="1...255",
        help="of edges; 1 is a plain threshold, 0 the boards' own",
    )
    options = parser.parse_args()
    truth = json.loads((options.folder / "truth.json").read_text())
    sizes = []
    with tempfile.TemporaryDirectory() as work:
        for path in sorted(options.folder.glob("*.png")):
            gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            label = path.with_suffix(".json")
            facts = truth.get(path.name, {})
            if label.exists():
                facts = facts | json.loads(label.read_text())
            bits = coders.ink(gray, bool(facts.get("inverted")), options.softness)
            if bits is None:
                raise SystemExit(f"{path.name}: boards don't take {gray.shape[1]}x{gray.shape[0]}")
            if bits.shape == (240, 320):
                sizes.append(sum(compare.bilevel(bits)))
            cv2.imwrite(f"{work}/{path.name}", (1 - bits) * 255)
        shutil.copy(options.folder / "truth.json", work)
        for name, folder in (("gray", options.folder), ("bilevel", work)):
            print(name, flush=True)
            subprocess.run([options.scribe, "evaluate", str(folder)], check=True)
    if sizes:
        print(
            f"coded QVGA images: median {int(np.median(sizes))} bytes, "
            f"mean {int(np.mean(sizes))}, largest {max(sizes)}"
        )


if __name__ == "__main__":
    main()
