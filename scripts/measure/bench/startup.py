"""Measures what starting takes, and memory while live.

scripts/measure/bench/startup [--runs N] [IMAGE]

From the start of `scribe recognize IMAGE` to its first character: time as it passes, and processor
time of the whole run; the same for `scribe --help`, which loads no model, for what the program by
itself takes. The time that models take to load is what scribe-bench measures. Memory of `scribe
live` is looked at while it reads a simulated board: all that is resident, and what no file backs.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measure import programs
from measure.programs import ROOT, SCRIBE, Command


def show(name: str, values: Sequence[float], unit: str) -> None:
    print(
        f"{name:36}{statistics.median(values):>9.1f}{min(values):>9.1f}{max(values):>9.1f} {unit}"
    )


def starts(name: str, command: Command, count: int) -> None:
    programs.first_byte(command)
    show(f"{name}, first output", [1000 * programs.first_byte(command) for _ in range(count)], "ms")
    runs = [programs.finished(command) for _ in range(count)]
    show(f"{name}, processor", [1000 * run.seconds for run in runs], "ms")
    show(f"{name}, memory", [run.megabytes for run in runs], "MB")


def loads(bench: Path, model: str, out: Path) -> None:
    only: Command = ["--models", ROOT / "models", "--only", f"load/{model}", "--out", out]
    programs.output([bench, *only], programs.ENVIRONMENT)
    result = json.loads(out.read_text())["results"][0]
    print(
        f"{'load ' + model:36}{result['median_us'] / 1000:>9.1f}"
        f"{result['least_us'] / 1000:>9.1f}{'':>9} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/measure/bench/startup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--seconds", type=float, default=10, help="of reading live")
    parser.add_argument("--scribe", type=Path, default=SCRIBE)
    parser.add_argument("--bench", type=Path, default=ROOT / ".build/release/scribe-bench")
    parser.add_argument(
        "image", nargs="?", type=Path, default=ROOT / "Tests/Fixtures/board-images/typical_000.png"
    )
    options = parser.parse_args()
    print(f"{'':36}{'median':>9}{'least':>9}{'most':>9}")

    starts("scribe --help", [options.scribe, "--help"], options.runs)
    recognize = [options.scribe, "recognize", options.image]
    starts(f"recognize {options.image.name}", recognize, options.runs)
    with tempfile.TemporaryDirectory() as folder:
        for model in ("glyph", "line"):
            loads(options.bench, model, Path(folder) / "bench.json")
        read = Path(folder) / "out"
        with (
            programs.boards(options.scribe, 1, "--text", r"SN 4711\nLOT B-27") as links,
            programs.live(options.scribe, links, read) as pid,
        ):
            time.sleep(options.seconds)
            used = programs.memory(pid)
        images = len(read.read_bytes().splitlines())
    print(
        f"live, after {images} images: {used['resident']:.1f} MB resident, of which "
        f"{used['anonymous']:.1f} MB no file backs; {used['most']:.1f} MB at most"
    )


if __name__ == "__main__":
    main()
