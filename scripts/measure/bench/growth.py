"""Measures how time and memory grow: with the characters of an image, and with cameras.

scripts/measure/bench/growth [--seconds N]

Characters: simulated boards photograph 1 to 1000 characters on 800x600 pixels, their images are
recorded, and `scribe replay --jobs 1` reads the recordings: processor time an image, from bytes to
text, less what starting takes, and the most memory. Cameras: `scribe live` reads 1 to 16 simulated
boards of QVGA images at 921600 baud at once: processor time an image that was read, and memory.

Prints a table and whether a straight line fits; .data/bench gets it as growth.tsv, with a plot,
growth.png, where matplotlib is there.
"""

import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measure import programs
from measure.bench.plots import pyplot
from measure.programs import ROOT, SCRIBE, Command

CHARACTERS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
CAMERAS = [1, 2, 4, 8, 16]
PER_LINE = 40


@dataclass(frozen=True)
class Row:
    what: str
    count: int
    images: int
    read: float  # characters of an image, or images a second
    ms: float  # an image
    mb: float
    skipped: int


def page(count: int) -> str:
    """Words of five characters that nothing but their shapes tell, as serial numbers."""
    alphabet, value, text = "ABDEFGHKLMNPQRTXYZ2346789", 7, ""
    for i in range(count):
        if i:
            text += r"\n" if i % PER_LINE == 0 else " " if i % 5 == 0 else ""
        value = (value * 1664525 + 1013904223) % 2**32
        text += alphabet[(value >> 16) % len(alphabet)]
    return text


def characters(scribe: Path, count: int, images: int = 6) -> Row:
    print_ = ("--text", page(count), "--size", "800x600", "--text-height", "11")
    sending = ("--images", str(images), "--baud", "0", "--rate", "10")
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "page.pcapng"
        record: Command = [scribe, "record", "--no-packets", "--no-reconnect", "--port"]
        with programs.boards(scribe, 1, *print_, *sending) as links:
            programs.output([*record, links[0], recording], programs.ENVIRONMENT)
        replay: Command = [scribe, "replay", "--json", "--jobs", "1", recording]
        one = statistics.median(
            programs.finished([*replay, "--images", "1"]).seconds for _ in range(3)
        )
        runs = [programs.finished(replay) for _ in range(3)]
    read = [json.loads(line) for line in runs[0].output.splitlines()]
    taken = statistics.median(run.seconds for run in runs) - one
    return Row(
        "characters",
        count,
        len(read),
        statistics.median(sum(len(line["characters"]) for line in it["lines"]) for it in read),
        1000 * taken / max(1, len(read) - 1),
        statistics.median(run.megabytes for run in runs),
        0,
    )


def cameras(scribe: Path, count: int, seconds: float) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "out"
        options = ("--text", r"SN 4711\nLOT B-27", "--baud", "921600")
        with (
            programs.boards(scribe, count, *options) as links,
            programs.live(scribe, links, file) as pid,
        ):
            # Models loaded, boards greeted, the first image on its way.
            time.sleep(3)
            start, before = programs.processor_seconds(pid), len(file.read_bytes().splitlines())
            time.sleep(seconds)
            taken = programs.processor_seconds(pid) - start
            read = len(file.read_bytes().splitlines()) - before
            used = programs.memory(pid)
        skipped = Path(f"{file}.errors").read_text().count(" skipped")
    return Row(
        "cameras", count, read, read / seconds, 1000 * taken / max(1, read), used["most"], skipped
    )


def line(rows: list[Row], key: str) -> tuple[float, float, float]:
    """A straight line through the counts, and how far off it the worst is, as a share of it."""
    xs, ys = [row.count for row in rows], [getattr(row, key) for row in rows]
    slope, start = statistics.linear_regression(xs, ys)
    worst = max(abs(y / (start + slope * x) - 1) for x, y in zip(xs, ys))
    return slope, start, worst


def plot(rows: list[Row], path: Path) -> None:
    plots = pyplot()
    if plots is None:
        return
    figure, axes = plots.subplots(2, 2, figsize=(9, 6))
    for column, what in enumerate(("characters", "cameras")):
        group = [row for row in rows if row.what == what]
        for axis, key, label in (
            (axes[0, column], "ms", "ms of one core an image"),
            (axes[1, column], "mb", "MB at most"),
        ):
            axis.plot([row.count for row in group], [getattr(row, key) for row in group], "o-")
            axis.set_xlabel(f"{what}{' an image' if what == 'characters' else ''}")
            axis.set_ylabel(label)
            axis.set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/measure/bench/growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=10, help="of each number of cameras")
    parser.add_argument("--scribe", type=Path, default=SCRIBE)
    parser.add_argument("--out", type=Path, default=ROOT / ".data/bench")
    options = parser.parse_args()
    # What `images` installs can plot.
    python = ROOT / ".data/bench-images/venv/bin/python"
    if importlib.util.find_spec("matplotlib") is None and python.exists():
        os.execv(python, [str(python), *sys.argv])
    measures: list[tuple[Callable[..., Row], list[int], tuple[float, ...]]] = [
        (characters, CHARACTERS, ()),
        (cameras, CAMERAS, (options.seconds,)),
    ]
    rows = []
    print(f"{'':11}{'count':>6}{'images':>8}{'read':>8}{'ms':>9}{'MB':>8}{'skipped':>9}")
    for measure, counts, rest in measures:
        for count in counts:
            row = measure(options.scribe, count, *rest)
            rows.append(row)
            print(
                f"{row.what:11}{row.count:>6}{row.images:>8}{row.read:>8.1f}"
                f"{row.ms:>9.2f}{row.mb:>8.1f}{row.skipped:>9}",
                flush=True,
            )
    for what, key, unit, one in (
        ("characters", "ms", "ms an image", "a character"),
        ("characters", "mb", "MB", "a character"),
        ("cameras", "mb", "MB", "a camera"),
    ):
        slope, start, worst = line([row for row in rows if row.what == what], key)
        print(
            f"{what}: {start:.1f} {unit} and {slope:.3f} {one}; "
            f"at most {100 * worst:.0f} % off this line"
        )
    times = [row.ms for row in rows if row.what == "cameras"]
    print(f"cameras: {min(times):.1f} to {max(times):.1f} ms an image, however many there are")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "growth.tsv").write_text(
        "".join(
            "\t".join(str(round(cell, 3) if isinstance(cell, float) else cell) for cell in row)
            + "\n"
            for row in (vars(rows[0]), *(vars(row).values() for row in rows))
        )
    )
    plot(rows, options.out / "growth.png")


if __name__ == "__main__":
    main()
