"""Whether memory stays flat: scripts/page/hour [--minutes 60] [--rate 30]

A simulated board sends JPEGs of 320x240 pixels, 30 a second; `scribe live --page` reads each one and
shows it to a viewer. Tells, every twelfth of the time, the images read and the program's memory.
"""

import argparse
import time

from measure import tables
from measure.programs import memory, processor_seconds
from page.browser import until
from page.delay import watched
from page.running import simulated

PICTURES = ("--text", "METER 00471.3", "--size", "320x240", "--baud", "0", "--format", "jpeg")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=30)
    options = parser.parse_args()
    columns = ("minutes", "images a second", "read of them", "processor", "resident", "most so far")
    print(tables.head(*columns))
    with simulated(*PICTURES, "--rate", str(options.rate)) as served, watched(served) as viewer:
        until(served.has_read, "a reading")
        process = served.process.pid
        start = time.monotonic()
        for part in range(13):
            told, spent = served.get("/api/cameras/1/link"), processor_seconds(process)
            images, read = told["images"], told["imagesRead"]
            if part > 0:
                seconds = time.monotonic() - since
                use = memory(process)
                print(
                    tables.row(
                        f"{(time.monotonic() - start) / 60:.0f}",
                        f"{(images - before[0]) / seconds:.1f}",
                        f"{(read - before[1]) / seconds:.1f}",
                        f"{100 * (spent - before[2]) / seconds:.0f} %",
                        f"{use['resident']:.1f} MB",
                        f"{use['most']:.1f} MB",
                    ),
                    flush=True,
                )
            since, before = time.monotonic(), (images, read, spent)
            viewer.delays.clear()
            time.sleep(options.minutes * 60 / 12 if part < 12 else 0)


if __name__ == "__main__":
    main()
