"""Whether memory stays flat: scripts/page/hour [--minutes 60] [--rate 30]

A simulated board sends JPEGs of 320x240 pixels, 30 a second; `scribe live --page` reads each one
and shows it to a viewer. Tells, every twelfth of the time, the images read and the memory taken.
"""

import argparse
import time
from typing import NamedTuple

from measure import tables
from measure.programs import memory, processor_seconds
from page.browser import until
from page.delay import watched
from page.running import Page, simulated

PICTURES = ("--text", "METER 00471.3", "--size", "320x240", "--baud", "0", "--format", "jpeg")
PARTS = 12


class State(NamedTuple):
    time: float
    images: int
    read: int
    processor: float

    @classmethod
    def of(cls, served: Page) -> "State":
        told = served.get("/api/cameras/1/link")
        spent = processor_seconds(served.process.pid)
        return cls(time.monotonic(), told["images"], told["imagesRead"], spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=30)
    options = parser.parse_args()
    columns = ("minutes", "images a second", "read of them", "processor", "resident", "most so far")
    print(tables.head(*columns))
    with simulated(*PICTURES, "--rate", str(options.rate)) as served, watched(served) as viewer:
        until(served.has_read, "a reading")
        start = before = State.of(served)
        for _ in range(PARTS):
            time.sleep(options.minutes * 60 / PARTS)
            viewer.delays.clear()
            now, use = State.of(served), memory(served.process.pid)
            seconds = now.time - before.time
            print(
                tables.row(
                    f"{(now.time - start.time) / 60:.0f}",
                    f"{(now.images - before.images) / seconds:.1f}",
                    f"{(now.read - before.read) / seconds:.1f}",
                    f"{100 * (now.processor - before.processor) / seconds:.0f} %",
                    f"{use['resident']:.1f} MB",
                    f"{use['most']:.1f} MB",
                ),
                flush=True,
            )
            before = now


if __name__ == "__main__":
    main()
