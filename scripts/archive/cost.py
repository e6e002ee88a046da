"""Measures what a job costs, and what a million images would.

    scripts/archive/cost                       the test images of boards, 320x240
    scripts/archive/cost --images 4000 photos/

Reads copies of a folder's images by a job on the cores of this machine, in parts of the usual size.
Tells images a second of a core, by the clock and by the processor's time, which other work here
lengthens less; what the job itself takes, which bounds how many cores it feeds; bytes of the
result; and what a million such images would take. That is reckoned from the processor's time: as
many times more as there are more images, while nodes fetch files faster than cores read.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import serialscribe

from archive.files import Skipped, listed
from archive.read import MOST_BYTES, MOST_FILES, Parser, open_parts
from archive.reading import Way
from archive.refused import Refused
from archive.result import Result, batches
from archive.spreading import Cluster
from measure.programs import ROOT

IMAGES = ROOT / "Tests/Fixtures/board-images"
MILLION = 1_000_000


def copied(images: list[Path], count: int, into: Path) -> None:
    """So many files, each image in turn."""
    for number in range(count):
        source = images[number % len(images)]
        (into / f"{number:07}{source.suffix}").write_bytes(source.read_bytes())


def measure(folder: Path, count: int) -> str:
    load = os.getloadavg()[0]
    images = [Path(file.name) for file in listed(str(folder), Skipped()) if file.kind == "image"]
    with tempfile.TemporaryDirectory() as name:
        source, result, once = Path(name, "source"), Result(f"{name}/all"), Result(f"{name}/once")
        source.mkdir()
        copied(images, count, source)
        way = Way(serialscribe.version(), "")
        start = time.perf_counter()
        files = list(listed(str(source), Skipped()))
        result.plan(batches(files, MOST_FILES, MOST_BYTES))
        planned = time.perf_counter() - start
        cluster = Cluster(None, None, "scribe")
        cores = cluster.progress.cores

        def read(into: Result) -> float:
            start = time.perf_counter()
            parts = open_parts(into, again=False)
            cluster.read(
                parts, way, {}, lambda part: into.write(part.name, part.in_order()), lambda _: None
            )
            return time.perf_counter() - start

        # Starts processes that load the networks, and keeps no image twice, since copies take
        # next to no room in the result.
        once.plan(batches(files[: len(images)], -(-len(images) // (2 * cores)), MOST_BYTES))
        read(once)
        own = time.process_time()
        taken = read(result)
        own = time.process_time() - own
        columns = ["processor_seconds", "error"]
        rows = [row for part in result.written() for row in result.read(part, columns)]
        kept = sum(path.stat().st_size for path in Path(name, "once/parts").iterdir())
    count = len(rows)
    core = sum(row["processor_seconds"] for row in rows) / count
    size = kept / min(len(images), count)
    errors = sum(row["error"] is not None for row in rows)
    return (
        f"load before: {load:.1f} on {cores} cores\n"
        f"{count} images of {folder.name}, {errors} errors, in {taken:.1f} s: "
        f"{count / taken / cores:.1f} a second of a core by the clock, beside that load\n"
        f"{1000 * core:.1f} ms of a processor an image: {1 / core:.1f} a second of a core\n"
        f"{1000 * own / count:.2f} ms an image in the job itself, which feeds "
        f"{core / (own / count):.0f} such cores at most\n"
        f"{size:.0f} bytes of the result an image, {1e6 * planned / count:.0f} us to list it\n"
        f"reckoned for a million such images: {MILLION * core / 3600:.1f} hours of a core, "
        f"{MILLION * core / 60 / 16:.0f} minutes on 16 such cores; "
        f"{size * MILLION / 1e9:.1f} GB of the result; "
        f"{planned / count * MILLION:.0f} s to list and plan"
    )


def main(words: list[str]) -> int:
    parser = Parser(
        "archive/cost",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="?", type=Path, default=IMAGES)
    parser.add_argument("--images", type=int, default=4096, metavar="N", help="copies (4096)")
    chosen = parser.parse_args(words)
    try:
        print(measure(chosen.folder.resolve(), chosen.images))
    except Refused as refused:
        print(f"archive/cost: {refused}", file=sys.stderr)
        return refused.code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
