"""Measures how many cameras one core reads live: scripts/link/cameras [--seconds 20]

Simulated boards send QVGA images in turn as JPEG, each one a second at 230400 baud. `scribe live
--jobs 1` reads them all at once and is held to one core. The boards run on the same machine: they
take of all cores, and share memory and caches with it. For each number of boards a row: images read
and skipped, and how much of its core the program took. From the processor's time of an image in the
last row the last line tells how many cameras one core would read that send an image a second, or
each 10 s: reckoned, not tried.
"""

import argparse
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from measure import tables
from measure.programs import ENVIRONMENT, ROOT, SCRIBE, boards, processor_seconds

# As an OV2640 sends: some 8 KB an image.
SENT = ("--format", "jpeg", "--rate", "1", "--baud", "230400")
CAMERAS = (1, 2, 4, 8, 16, 32)
IMAGES = sorted((ROOT / "Tests/Fixtures/board-images").glob("clean_*.png"))[:4]


def measured(scribe: Path, count: int, seconds: float, core: int) -> tuple[int, int, float]:
    """Images read, images skipped, and processor's seconds of the reading program."""
    pictures = [word for image in IMAGES for word in ("--image", str(image))]
    with (
        tempfile.TemporaryDirectory() as name,
        boards(scribe, count, *pictures, *SENT) as links,
    ):
        ports = [word for link in links for word in ("--port", str(link))]
        log = Path(name) / "log"
        with open(Path(name) / "readings", "wb") as readings, open(log, "wb") as told:
            process = subprocess.Popen(
                ["taskset", "-c", str(core), scribe, "live", "--json", "--jobs", "1", *ports],
                stdout=readings,
                stderr=told,
                env=ENVIRONMENT,
            )
        try:
            # Boards begin when they are read; the first images load what is loaded once.
            time.sleep(3)
            read, skipped = so_far(name)
            start, clock = processor_seconds(process.pid), time.monotonic()
            time.sleep(seconds)
            taken = processor_seconds(process.pid) - start
            taken /= (time.monotonic() - clock) / seconds
            more, also = so_far(name)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
    return more - read, also - skipped, taken


def so_far(folder: str) -> tuple[int, int]:
    """Images that were read, and those that were skipped for newer ones."""
    read = skipped = 0
    last: dict[str, int] = {}
    for line in (Path(folder) / "readings").read_text().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue  # the last, half written
        read += 1
        source = told["source"]
        skipped += max(0, told["image"] - last.get(source, told["image"] - 1) - 1)
        last[source] = told["image"]
    return read, skipped


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--scribe", type=Path, default=SCRIBE)
    chosen = parser.parse_args()
    core = max(os.sched_getaffinity(0))
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(tables.head("cameras", "read", "skipped", "of the core", "ms an image"))
    cost = 0.0
    for count in CAMERAS:
        read, skipped, taken = measured(chosen.scribe, count, chosen.seconds, core)
        cost = 1000 * taken / max(1, read)
        share = 100 * taken / chosen.seconds
        row = tables.row(count, read, skipped, f"{share:.0f} %", f"{cost:.1f}")
        print(row, flush=True)
    print(f"a core: {1000 / cost:.0f} cameras at an image a second, {10_000 / cost:.0f} each 10 s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
