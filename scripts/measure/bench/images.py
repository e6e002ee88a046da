"""Other programs beside ours on the same images, all on one core; see `images`.

Times are processor time: of an image the median of one call in each round, of the images their
median and quartiles. Programs take turns in a round. What takes a program to start is left out.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy

from measure import labelled, tables
from measure.bench.plots import pyplot
from measure.labelled import Truths
from measure.peers import front, score
from measure.peers.peers import Missing
from measure.programs import ENVIRONMENT, ROOT, SCRIBE, records

# What images.json holds of each program.
Row = dict[str, Any]
Images = dict[str, numpy.ndarray]
TASK, SIZE = "text", "as they are"

# Tesseract, by its library: no headers are needed.


def library(name: str, *others: str) -> ctypes.CDLL:
    for found in (ctypes.util.find_library(name), *others):
        if found:
            try:
                return ctypes.CDLL(found)
            except OSError:
                continue
    raise Missing(f"no lib{name}")


class Tesseract:
    def __init__(self) -> None:
        self.lib = library("tesseract", "libtesseract.so.5", "libtesseract.so.4")
        self.lib.TessBaseAPICreate.restype = ctypes.c_void_p
        self.lib.TessBaseAPIGetUTF8Text.restype = ctypes.c_void_p
        self.lib.TessVersion.restype = ctypes.c_char_p
        self.version = self.lib.TessVersion().decode()
        self.api = ctypes.c_void_p(self.lib.TessBaseAPICreate())
        if self.lib.TessBaseAPIInit3(self.api, None, b"eng"):
            raise Missing("Tesseract has no data for English")
        # That it has to guess an image's resolution.
        self.lib.TessBaseAPISetVariable(self.api, b"debug_file", b"/dev/null")
        self.lib.TessBaseAPISetPageSegMode(self.api, 6)

    def close(self) -> None:
        self.lib.TessBaseAPIEnd(self.api)
        self.lib.TessBaseAPIDelete(self.api)

    def read(self, image: numpy.ndarray) -> str:
        height, width = image.shape
        self.lib.TessBaseAPISetImage(
            self.api,
            numpy.ascontiguousarray(image).ctypes.data_as(ctypes.c_void_p),
            width,
            height,
            1,
            width,
        )
        text = ctypes.c_void_p(self.lib.TessBaseAPIGetUTF8Text(self.api))
        try:
            return ctypes.string_at(text).decode(errors="replace")
        finally:
            self.lib.TessDeleteText(text)


def quartiles(values: list[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high


def missing(name: str, reason: object) -> Row:
    print(f"Left out: {name}: {reason}", file=sys.stderr)
    return {"task": TASK, "size": SIZE, "program": name, "reason": str(reason)}


class Run(NamedTuple):
    """What a program read in a round, and the milliseconds of each image."""

    program: str
    version: str
    texts: dict[str, str]
    times: dict[str, float]


def scored(truths: Truths, runs: list[Run]) -> Row:
    """Of a program's rounds."""
    program, version, texts, _ = runs[0]
    times = [statistics.median(run.times[name] for run in runs) for name in texts]
    low, median, high = quartiles(times)
    return {
        "task": TASK,
        "size": SIZE,
        "program": program,
        "version": version,
        "median_ms": median,
        "quartile1_ms": low,
        "quartile3_ms": high,
        "images": len(times),
        "errors": score.score(truths, texts)[score.OVERALL].cer_capped,
    }


def told(program: str, version: str, read: list[dict[str, Any]]) -> Run:
    """Of what a program told in JSON, a record an image."""
    return Run(
        program,
        version,
        {record["image"]: record["text"] for record in read},
        {record["image"]: record["milliseconds"] for record in read},
    )


def ours(scribe: str | Path, folder: Path) -> Run:
    read = records([scribe, "evaluate", "--jobs", "1", "--json", folder], ENVIRONMENT)
    return told("SerialScribe", "", [record for record in read if "image" in record])


def tesseract(images: Images) -> Iterator[Run | Row]:
    try:
        engine = Tesseract()
    except Missing as reason:
        yield missing("Tesseract", reason)
        return
    for name, prepare in (
        ("Tesseract, psm 6", lambda image: image),
        ("Tesseract, psm 6, x2 and front end", front.prepared),
    ):
        found, times = {}, {}
        for file, image in images.items():
            start = time.process_time_ns()
            found[file] = engine.read(prepare(image))
            times[file] = (time.process_time_ns() - start) * 1e-6
        yield Run(name, engine.version, found, times)
    engine.close()


def rapid(python: str | Path, truths: Truths, folder: Path) -> Run | Row:
    try:
        read = records([python, "-P", "-m", "measure.bench.rapid", folder, *truths])
        return told("RapidOCR", read[0]["version"], read)
    except (OSError, ValueError, IndexError, RuntimeError) as error:
        return missing("RapidOCR", error)


def of_rounds(truths: Truths, rounds: Sequence[Run | Row]) -> Row:
    """Of a program in all rounds, or why it is left out."""
    left_out = [ended for ended in rounds if not isinstance(ended, Run)]
    return left_out[0] if left_out else scored(truths, [e for e in rounds if isinstance(e, Run)])


def table(rows: list[Row]) -> str:
    base = next(row["median_ms"] for row in rows if row["program"] == "SerialScribe")
    lines = [
        tables.head(
            "Task", "Size", "Program", "Version", "Median ms", "Quartiles", "Times ours", "Errors"
        )
    ]
    for row in rows:
        cells = [f"left out: {row.get('reason')}", "-", "-", "-", "-"]
        if "median_ms" in row:
            ratio = row["median_ms"] / base
            cells = [
                row["version"],
                f"{row['median_ms']:.3g}",
                f"{row['quartile1_ms']:.3g} to {row['quartile3_ms']:.3g}",
                f"{ratio:.{0 if ratio >= 9.95 else 1}f}",
                f"{100 * row['errors']:.1f} %",
            ]
        lines.append(tables.row(row["task"], row["size"], row["program"], *cells))
    return "\n".join(lines) + "\n"


def plot(rows: list[Row], path: Path) -> None:
    plots = pyplot()
    if plots is None:
        return
    shown = sorted((row for row in rows if "median_ms" in row), key=lambda row: -row["median_ms"])
    figure, axis = plots.subplots(figsize=(9, 0.6 + 0.32 * len(rows)))
    spread = [
        [row["median_ms"] - row["quartile1_ms"] for row in shown],
        [row["quartile3_ms"] - row["median_ms"] for row in shown],
    ]
    axis.barh(
        [row["program"] for row in shown],
        [row["median_ms"] for row in shown],
        xerr=spread,
        color=["#c0392b" if row["program"] == "SerialScribe" else "#7f8c8d" for row in shown],
    )
    axis.margins(x=0.1)
    for row in shown:
        axis.annotate(
            f" {row['median_ms']:.3g}",
            (row["quartile3_ms"], row["program"]),
            va="center",
            fontsize=8,
        )
    axis.set_title(f"{TASK}, {SIZE}", loc="left", fontsize=10)
    axis.set_xlabel("ms an image on one core, median and quartiles")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/measure/bench/images", description=__doc__)
    parser.add_argument("folder", type=Path, help="images and a truth.json")
    parser.add_argument("--images", type=int, default=0, help="only so many of them")
    parser.add_argument("--rounds", type=int, default=5, help="calls an image (default: 5)")
    parser.add_argument("--core", type=int, help="the core to run on (default: the first)")
    parser.add_argument("--scribe", default=SCRIBE)
    parser.add_argument("--peers-python", default=sys.executable, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=ROOT / ".data/bench")
    options = parser.parse_args()
    # All that is started from here stays on it.
    core = min(os.sched_getaffinity(0)) if options.core is None else options.core
    os.sched_setaffinity(0, {core})
    cv2.setNumThreads(1)
    everything = labelled.load(options.folder)
    names = labelled.choose(everything, options.images)
    truths = {name: everything[name] for name in names}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name in names:
            shutil.copy(options.folder / name, folder / name)
        (folder / "truth.json").write_text(json.dumps(truths))
        images = {name: cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE) for name in names}
        rounds = [
            [
                ours(options.scribe, folder),
                *tesseract(images),
                rapid(options.peers_python, truths, folder),
            ]
            for _ in range(max(1, options.rounds))
        ]
    rows = [of_rounds(truths, program) for program in zip(*rounds, strict=True)]
    note = (
        f"\n{len(names)} images of {options.folder.name}, as they are. Processor time on one "
        f"core, of an image the median of {len(rounds)} rounds, median and quartiles over the "
        "images; what programs take to start is left out. Errors are of characters without "
        "white space, of an image at most all of its own.\n"
    )
    text = table(rows) + note
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "images.md").write_text(text)
    (options.out / "images.json").write_text(json.dumps(rows, indent=1) + "\n")
    plot(rows, options.out / "images.png")
    print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
