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
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from measure.bench.programs import (
    ENVIRONMENT,
    ROOT,
    boards,
    finished,
    live,
    memory,
    processor_seconds,
)

CHARACTERS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
CAMERAS = [1, 2, 4, 8, 16]
PER_LINE = 40


def page(count):
    """Words of five characters that nothing but their shapes tell, as serial numbers."""
    alphabet, value, text = "ABDEFGHKLMNPQRTXYZ2346789", 7, ""
    for i in range(count):
        if i:
            text += r"\n" if i % PER_LINE == 0 else " " if i % 5 == 0 else ""
        value = (value * 1664525 + 1013904223) % 2**32
        text += alphabet[(value >> 16) % len(alphabet)]
    return text


def characters(scribe, count, images=6):
    with tempfile.TemporaryDirectory() as folder:
        recording = pathlib.Path(folder) / "page.pcapng"
        with boards(
            scribe,
            1,
            "--text",
            page(count),
            "--size",
            "800x600",
            "--text-height",
            "11",
            "--images",
            str(images),
            "--baud",
            "0",
            "--rate",
            "10",
        ) as links:
            subprocess.run(
                [
                    str(scribe),
                    "record",
                    "--no-packets",
                    "--no-reconnect",
                    "--port",
                    str(links[0]),
                    str(recording),
                ],
                check=True,
                capture_output=True,
                env=ENVIRONMENT,
            )
        replay = [scribe, "replay", "--json", "--jobs", "1", recording]
        one = statistics.median(finished([*replay, "--images", "1"])[0] for _ in range(3))
        runs = [finished(replay) for _ in range(3)]
        read = [json.loads(line) for line in runs[0][2].splitlines()]
        return {
            "what": "characters",
            "count": count,
            "images": len(read),
            "read": statistics.median(
                sum(len(line["characters"]) for line in it["lines"]) for it in read
            ),
            "ms": 1000 * (statistics.median(run[0] for run in runs) - one) / max(1, len(read) - 1),
            "mb": statistics.median(run[1] for run in runs),
            "skipped": 0,
        }


def cameras(scribe, count, seconds):
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "out"
        options = ("--text", r"SN 4711\nLOT B-27", "--baud", "921600")
        with boards(scribe, count, *options) as links, live(scribe, links, output) as pid:
            # Models loaded, boards greeted, the first image on its way.
            time.sleep(3)
            start, before = processor_seconds(pid), len(output.read_bytes().splitlines())
            time.sleep(seconds)
            taken = processor_seconds(pid) - start
            read = len(output.read_bytes().splitlines()) - before
            used = memory(pid)
        skipped = pathlib.Path(f"{output}.errors").read_text().count(" skipped")
        return {
            "what": "cameras",
            "count": count,
            "images": read,
            "read": read / seconds,
            "ms": 1000 * taken / max(1, read),
            "mb": used["most"],
            "skipped": skipped,
        }


def line(rows, key):
    """A straight line through the counts, and how far off it the worst is, as a share of it."""
    xs, ys = [row["count"] for row in rows], [row[key] for row in rows]
    slope, start = statistics.linear_regression(xs, ys)
    worst = max(abs(y / (start + slope * x) - 1) for x, y in zip(xs, ys))
    return slope, start, worst


def plot(rows, path):
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        print(f"No plot: {error}", file=sys.stderr)
        return
    figure, axes = pyplot.subplots(2, 2, figsize=(9, 6))
    for column, what in enumerate(("characters", "cameras")):
        group = [row for row in rows if row["what"] == what]
        for axis, key, label in (
            (axes[0, column], "ms", "ms of one core an image"),
            (axes[1, column], "mb", "MB at most"),
        ):
            axis.plot([row["count"] for row in group], [row[key] for row in group], "o-")
            axis.set_xlabel(f"{what}{' an image' if what == 'characters' else ''}")
            axis.set_ylabel(label)
            axis.set_ylim(bottom=0)
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/measure/bench/growth",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=10, help="of each number of cameras")
    parser.add_argument("--scribe", type=pathlib.Path, default=ROOT / ".build/release/scribe")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".data/bench")
    options = parser.parse_args()
    # What `images` installs can plot.
    python = ROOT / ".data/bench-images/venv/bin/python"
    if importlib.util.find_spec("matplotlib") is None and python.exists():
        os.execv(python, [str(python), *sys.argv])
    rows = []
    print(f"{'':11}{'count':>6}{'images':>8}{'read':>8}{'ms':>9}{'MB':>8}{'skipped':>9}")
    for measure, counts, rest in (
        (characters, CHARACTERS, ()),
        (cameras, CAMERAS, (options.seconds,)),
    ):
        for count in counts:
            row = measure(options.scribe, count, *rest)
            rows.append(row)
            print(
                f"{row['what']:11}{count:>6}{row['images']:>8}{row['read']:>8.1f}"
                f"{row['ms']:>9.2f}{row['mb']:>8.1f}{row['skipped']:>9}",
                flush=True,
            )
    for what, key, unit, one in (
        ("characters", "ms", "ms an image", "a character"),
        ("characters", "mb", "MB", "a character"),
        ("cameras", "mb", "MB", "a camera"),
    ):
        slope, start, worst = line([row for row in rows if row["what"] == what], key)
        print(
            f"{what}: {start:.1f} {unit} and {slope:.3f} {one}; "
            f"at most {100 * worst:.0f} % off this line"
        )
    times = [row["ms"] for row in rows if row["what"] == "cameras"]
    print(f"cameras: {min(times):.1f} to {max(times):.1f} ms an image, however many there are")
    options.out.mkdir(parents=True, exist_ok=True)
    keys = list(rows[0])
    (options.out / "growth.tsv").write_text(
        "\n".join(
            "\t".join(
                str(round(row[key], 3) if isinstance(row[key], float) else row[key]) for key in keys
            )
            for row in [dict(zip(keys, keys)), *rows]
        )
        + "\n"
    )
    plot(rows, options.out / "growth.png")


if __name__ == "__main__":
    main()
