"""Other programs beside ours on the same images, all on one core; see `images`.

Times are processor time: of an image that of one call, of the images their median and quartiles.
What takes a program to start is left out.
"""

import argparse
import ctypes
import ctypes.util
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import cv2
import numpy

from measure.peers import compare, front, score

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Missing(Exception):
    """Why a peer is left out."""


# Tesseract, by its library: no headers are needed.


def library(name, *others):
    for found in (ctypes.util.find_library(name), *others):
        if found:
            try:
                return ctypes.CDLL(found)
            except OSError:
                continue
    raise Missing(f"no lib{name}")


class Tesseract:
    def __init__(self):
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

    def close(self):
        self.lib.TessBaseAPIEnd(self.api)
        self.lib.TessBaseAPIDelete(self.api)

    def read(self, image):
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


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, median, high


def missing(rows, task, size, name, reason):
    print(f"Left out: {name}: {reason}", file=sys.stderr)
    rows.append({"task": task, "size": size, "program": name, "reason": str(reason)})


def row(task, size, program, version, times, **more):
    low, median, high = quartiles(times)
    return {
        "task": task,
        "size": size,
        "program": program,
        "version": version,
        "median_ms": median,
        "quartile1_ms": low,
        "quartile3_ms": high,
        "images": len(times),
        **more,
    }


def texts(options, folder, truths, images):
    """Whole images to text, each program on all of them."""

    def scored(name, version, texts, times):
        it = score.score(truths, texts)[score.OVERALL]
        return row("text", "as they are", name, version, list(times.values()), errors=it.cer_capped)

    rows = []
    result = subprocess.run(
        [options.scribe, "evaluate", "--jobs", "1", "--json", folder],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "SERIALSCRIBE_MODELS": str(ROOT / "models")},
    )
    read = [json.loads(line) for line in result.stdout.splitlines()]
    read = {line["image"]: line for line in read if "image" in line}
    rows.append(
        scored(
            "SerialScribe",
            "",
            {name: line["text"] for name, line in read.items()},
            {name: line["milliseconds"] for name, line in read.items()},
        )
    )
    try:
        tesseract = Tesseract()
        for name, prepare in (
            ("Tesseract, psm 6", lambda image: image),
            ("Tesseract, psm 6, x2 and front end", front.prepared),
        ):
            found, times = {}, {}
            for file, image in images.items():
                start = time.process_time_ns()
                found[file] = tesseract.read(prepare(image))
                times[file] = (time.process_time_ns() - start) * 1e-6
            rows.append(scored(name, tesseract.version, found, times))
        tesseract.close()
    except Missing as reason:
        missing(rows, "text", "as they are", "Tesseract", reason)
    try:
        result = subprocess.run(
            [options.peers_python, "-P", "-m", "measure.bench.rapid", folder, *images],
            check=True,
            capture_output=True,
            text=True,
        )
        read = [json.loads(line) for line in result.stdout.splitlines()]
        rows.append(
            scored(
                "RapidOCR",
                read[0]["version"],
                {line["image"]: line["text"] for line in read},
                {line["image"]: line["milliseconds"] for line in read},
            )
        )
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError) as error:
        told = (getattr(error, "stderr", None) or str(error)).strip().splitlines()[-1:]
        missing(rows, "text", "as they are", "RapidOCR", told[0] if told else "no output")
    return rows


def table(rows):
    ours = {
        (row["task"], row["size"]): row["median_ms"]
        for row in rows
        if row["program"] == "SerialScribe"
    }
    lines = [
        "| Task | Size | Program | Version | Median ms | Quartiles | Times ours | Errors |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        start = f"| {row['task']} | {row['size']} | {row['program']} | "
        if "median_ms" not in row:
            lines.append(start + f"left out: {row['reason']} | - | - | - | - |")
            continue
        ratio = row["median_ms"] / ours[row["task"], row["size"]]
        errors = f"{100 * row['errors']:.1f} %" if "errors" in row else "-"
        lines.append(
            start + f"{row['version']} | {row['median_ms']:.3g} | {row['quartile1_ms']:.3g} to "
            f"{row['quartile3_ms']:.3g} | "
            f"{ratio:.{0 if ratio >= 9.95 else 1}f} | {errors} |"
        )
    return "\n".join(lines) + "\n"


def plot(rows, path):
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot
    except ImportError as error:
        print(f"No plot: {error}", file=sys.stderr)
        return
    groups = {}
    for row in rows:
        if "median_ms" in row:
            groups.setdefault((row["task"], row["size"]), []).append(row)
    figure, axes = pyplot.subplots(
        len(groups),
        1,
        figsize=(9, 0.6 * len(groups) + 0.32 * len(rows)),
        squeeze=False,
        gridspec_kw={"height_ratios": [len(group) for group in groups.values()]},
    )
    for axis, ((task, size), group) in zip(axes[:, 0], groups.items()):
        group = sorted(group, key=lambda row: -row["median_ms"])
        medians = [row["median_ms"] for row in group]
        spread = [
            [row["median_ms"] - row["quartile1_ms"] for row in group],
            [row["quartile3_ms"] - row["median_ms"] for row in group],
        ]
        colors = ["#c0392b" if row["program"] == "SerialScribe" else "#7f8c8d" for row in group]
        axis.barh([row["program"] for row in group], medians, xerr=spread, color=colors)
        axis.margins(x=0.1)
        for row in group:
            axis.annotate(
                f" {row['median_ms']:.3g}",
                (row["quartile3_ms"], row["program"]),
                va="center",
                fontsize=8,
            )
        axis.set_title(f"{task}, {size}", loc="left", fontsize=10)
    axes[-1, 0].set_xlabel("ms an image on one core, median and quartiles")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(prog="scripts/measure/bench/images", description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="images and a truth.json")
    parser.add_argument("--images", type=int, default=0, help="only so many of them")
    parser.add_argument("--core", type=int, help="the core to run on (default: the first)")
    parser.add_argument("--scribe", default=ROOT / ".build/release/scribe")
    parser.add_argument("--peers-python", default=sys.executable, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / ".data/bench")
    options = parser.parse_args()
    # All that is started from here stays on it.
    core = min(os.sched_getaffinity(0)) if options.core is None else options.core
    os.sched_setaffinity(0, {core})
    cv2.setNumThreads(1)
    try:
        everything = json.loads((options.folder / "truth.json").read_text())
    except (OSError, ValueError) as error:
        parser.error(f"{options.folder} needs a truth.json beside its images: {error}")
    names = compare.choose(everything, options.images)
    truths = {name: everything[name] for name in names}
    with tempfile.TemporaryDirectory() as scratch:
        home = pathlib.Path(scratch)
        folder = home / "folder"
        folder.mkdir()
        for name in names:
            shutil.copy(options.folder / name, folder / name)
        (folder / "truth.json").write_text(json.dumps(truths))
        images = {name: cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE) for name in names}
        rows = texts(options, folder, truths, images)
    note = (
        f"\n{len(names)} images of {options.folder.name}, as they are. Processor time on one "
        "core, median and quartiles over the images; what programs take to start is left "
        "out. Errors are of characters without white space, of an image at most all of its own.\n"
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
