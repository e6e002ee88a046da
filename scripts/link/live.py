"""Images a second over a simulated HC-05: what a board sends, and what of it arrives.

usage: scripts/link/live [SCRIBE] [--seconds 20] [--module 20000]

A simulated board sends a QVGA page of text (that of scripts/measure/codecs/compare.py) at 921600
baud through a module that carries --module bytes a second and drops the rest; `scribe record`
receives.
"""

import argparse
import json
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2

from measure import tables
from measure.codecs import pages
from measure.programs import SCRIBE, Command, output

# What the board is told, and what the host.
CASES = [
    ("bilevel, packets of 512", ["--format", "bilevel", "--mtu", "512"], []),
    ("bilevel", ["--format", "bilevel"], []),
    ("bilevel, no wire back", ["--format", "bilevel", "--deaf"], []),
    ("bilevel, no wire back, pace 18000", ["--format", "bilevel", "--deaf", "--pace", "18000"], []),
    ("bilevel, 1 byte of 10,000 lost", ["--format", "bilevel", "--loss", "0.0001"], []),
    ("bilevel, 1 byte of 1,000 lost", ["--format", "bilevel", "--loss", "0.001"], []),
    ("lossless", ["--format", "lossless"], []),
    ("gray8", ["--format", "gray8"], []),
    ("gray8, a region of 160x60", ["--format", "gray8"], ["--region", "80,90,160x60"]),
]


def run(
    options: argparse.Namespace, folder: Path, page: Path, simulate: list[str], record: list[str]
) -> tuple[dict[str, Any], int]:
    """What `scribe inspect` tells of a recording, and how many bytes the module dropped."""
    link, file = folder / "board", folder / "session.pcapng"
    scribe, module = options.scribe, str(options.module)
    board = subprocess.Popen(
        [scribe, "simulate", "--image", page, "--link", link, "--module", module, *simulate],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not link.is_symlink():
        time.sleep(0.01)
    receiving: Command = [scribe, "record", "--port", link, "--seconds", str(options.seconds)]
    output([*receiving, "--overwrite", *record, file])
    board.send_signal(signal.SIGINT)
    told = board.communicate()[1]
    inspected = json.loads(output([scribe, "inspect", "--json", file]))
    dropped = re.search(r"the module dropped (\d+) bytes", told)
    return inspected, int(dropped.group(1)) if dropped else 0


HEAD = tables.head(
    "board sends", "images/s", "intact", "damaged", "lost", "kB/s", "dropped by the module"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/link/live", description=__doc__.split("\n")[0])
    parser.add_argument("scribe", nargs="?", default=SCRIBE)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--module", type=int, default=20000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "page.png"
        cv2.imwrite(str(page), pages.test_page())
        print(HEAD)
        for title, simulate, record in CASES:
            figures, dropped = run(options, folder, page, simulate, record)
            images = figures["images"]
            rate = f"{images['intact'] / figures['seconds']:.1f}"
            lost = sum(images["lost"].values())
            speed = f"{figures['received'] / figures['seconds'] / 1000:.1f}"
            cells = title, rate, images["intact"], images["damaged"], lost, speed, dropped
            print(tables.row(*cells), flush=True)


if __name__ == "__main__":
    main()
