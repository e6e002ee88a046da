"""How well a finder finds lines, by the exact integer arithmetic.

    scripts/python training.judge_finder models/finder FOLDER

FOLDER holds pictures with the JSON that dataset.make --folder writes.
"""

import argparse
import json
import pathlib
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy
import torch
from numpy.typing import ArrayLike

from training import finder
from training.integer import IntegerNet

COVERED = 0.7  # of a line's middle, for it to be found
TALL = set(string.ascii_uppercase + string.digits + "bdfhkl#%&/\\|()[]{}!?") - set("Q")
DEEP = set("gjpqyQ,;_()[]{}|/\\@$")


@dataclass
class Truth:
    start: tuple[float, float]
    end: tuple[float, float]
    cap: float
    light: int  # 2: either
    counts: bool = True

    @property
    def slope(self) -> float:
        return (self.end[1] - self.start[1]) / max(1e-6, self.end[0] - self.start[0])


def truths(rows: numpy.ndarray, unread: numpy.ndarray) -> list[Truth]:
    """Of a shard's rows and boxes, see finder_pictures.py; unread characters don't count."""
    return [
        Truth((row[1], row[2]), (row[3], row[4]), float(row[5]), int(row[7]), bool(row[5] >= 7))
        for row in rows
    ] + [Truth((x0, y1), (x1, y1), float(y1 - y0), 2, False) for x0, y0, x1, y1 in unread]


def described(record: dict[str, Any]) -> list[Truth]:
    """Of a picture's JSON: given lines, or worked out from the boxes of characters."""
    if "texts" in record:
        return [Truth(t["start"], t["end"], t["cap"], int(t["light"])) for t in record["texts"]]
    return [
        boxed([c for c in record["chars"] if c["line"] == number], record)
        for number in sorted({c["line"] for c in record["chars"]})
    ]


def boxed(chars: list[dict[str, Any]], record: dict[str, Any]) -> Truth:
    """A line's geometry from the boxes of its characters, which a slope makes higher."""
    boxes = numpy.array([c["box"] for c in chars])
    slope = numpy.tan(numpy.radians(record["angle_deg"]))
    wide = boxes[:, 2] - boxes[:, 0]
    x = (boxes[:, 0] + boxes[:, 2]) / 2
    lean = abs(slope) * wide / 2
    bottom, top = boxes[:, 3] - lean, boxes[:, 1] + lean
    standing = numpy.array([c["c"] not in DEEP | set("'\"`^*-=+~:") for c in chars])
    chosen = standing if standing.any() else numpy.ones(len(chars), bool)
    if chosen.sum() > 4:
        spread = x[chosen].max() - x[chosen].min()
        fit = numpy.polyfit(x[chosen], bottom[chosen], 1)[0] if spread > 60 else slope
        slope = fit if abs(fit - slope) < 0.03 else slope
    baseline = float(numpy.median(bottom[chosen] - slope * x[chosen]))
    tall = numpy.array([c["c"] in TALL for c in chars])
    cap = record["cap_px"]
    if (tall & standing).any():
        part = tall & standing
        cap = float(numpy.median(baseline + slope * x[part] - top[part])) / (1 + slope**2) ** 0.5
    left, right = float(boxes[:, 0].min()), float(boxes[:, 2].max())
    return Truth(
        (left, baseline + slope * left),
        (right, baseline + slope * right),
        cap,
        int(chars[0].get("light", record["inverted"])),
    )


class Report:
    def __init__(self) -> None:
        self.wanted = self.hit = self.found = self.right = self.pictures = 0
        self.empty = self.false = 0
        self.errors: list[tuple[float, ...]] = []

    def add(self, found: list[finder.FoundLine], wanted: list[Truth]) -> None:
        self.pictures += 1
        if not any(truth.counts for truth in wanted):
            self.empty += 1
            self.false += len(found)
        for truth in wanted:
            fits = [line for line in found if covers(line, truth)]
            if truth.counts:
                self.wanted += 1
                self.hit += bool(fits)
                if fits:
                    self.errors.append(apart(max(fits, key=lambda line: line.score), truth))
        for line in found:
            if sum(inside_of(line, truth) for truth in wanted if not truth.counts) >= 0.5:
                continue
            matches = [truth for truth in wanted if inside_of(line, truth) >= 0.5]
            self.found += 1
            self.right += bool(matches)

    def figures(self) -> dict[str, float]:
        errors = numpy.array(self.errors).reshape(-1, 5)
        return {
            "lines": self.wanted,
            "recall": self.hit / max(1, self.wanted),
            "precision": self.right / max(1, self.found),
            **dict(zip(("height", "baseline", "slope", "start", "end"), errors.mean(0))),
        }

    def words(self) -> str:
        f = self.figures()
        return (
            f"{f['lines']} lines: recall {100 * f['recall']:.1f} %, precision "
            f"{100 * f['precision']:.1f} %; mean errors: height {f['height']:.3f} (log), "
            f"baseline {f['baseline']:.3f} heights, slope {f['slope']:.2f} degrees, ends "
            f"{f['start']:.2f} and {f['end']:.2f} heights; {self.false} lines in "
            f"{self.empty} pictures without text"
        )


def ends(line: finder.FoundLine) -> tuple[numpy.ndarray, numpy.ndarray]:
    return (
        numpy.array([line.start, line.baseline + line.slope * line.start]),
        numpy.array([line.end, line.baseline + line.slope * line.end]),
    )


def points(start: ArrayLike, end: ArrayLike, up: float) -> numpy.ndarray:
    """Nine along a line's middle."""
    start, end = numpy.asarray(start, float), numpy.asarray(end, float)
    way = (end - start) / max(1e-6, numpy.hypot(*(end - start)))
    share = (numpy.arange(9)[:, None] + 0.5) / 9
    return start + (end - start) * share + up * numpy.array([way[1], -way[0]])


def covers(line: finder.FoundLine, truth: Truth) -> bool:
    """Whether a found line shows most of a text at about its size."""
    if truth.light < 2 and line.light != bool(truth.light):
        return False
    if abs(numpy.log(line.height / truth.cap)) > 0.4:
        return False
    x, y = points(truth.start, truth.end, truth.cap / 2).T
    cosine = 1 / (1 + line.slope**2) ** 0.5
    over = (line.baseline + line.slope * x - y) * cosine / line.height
    foot = x - over * line.height * line.slope * cosine
    slack = 0.3 * line.height
    held = (over > 0.1) & (over < 0.9) & (foot > line.start - slack) & (foot < line.end + slack)
    return held.mean() >= COVERED


def inside_of(line: finder.FoundLine, truth: Truth) -> float:
    """The share of a found line's middle that lies on a text."""
    start, end = ends(line)
    x, y = points(start, end, line.height / 2).T
    begin, finish = numpy.asarray(truth.start, float), numpy.asarray(truth.end, float)
    length = max(1e-6, numpy.hypot(*(finish - begin)))
    way = (finish - begin) / length
    place = (x - begin[0]) * way[0] + (y - begin[1]) * way[1]
    over = ((x - begin[0]) * way[1] - (y - begin[1]) * way[0]) / truth.cap
    slack = 0.3 * truth.cap
    return float(
        ((over > -0.1) & (over < 1.1) & (place > -slack) & (place < length + slack)).mean()
    )


def apart(line: finder.FoundLine, truth: Truth) -> tuple[float, ...]:
    """(log height, baseline in heights, slope in degrees, start and end in heights)."""
    x = (truth.start[0] + truth.end[0]) / 2
    y = (truth.start[1] + truth.end[1]) / 2
    cosine = 1 / (1 + truth.slope**2) ** 0.5
    return (
        abs(numpy.log(line.height / truth.cap)),
        abs(line.baseline + line.slope * x - y) * cosine / truth.cap,
        abs(numpy.degrees(numpy.arctan(line.slope) - numpy.arctan(truth.slope))),
        abs(line.start - truth.start[0]) / truth.cap,
        abs(line.end - truth.end[0]) / truth.cap,
    )


def reader(net: IntegerNet) -> Callable[[numpy.ndarray], numpy.ndarray]:
    """From a toned picture to int8 logits by the exact integer network."""

    def logits(toned: numpy.ndarray) -> numpy.ndarray:
        return net.outputs(torch.from_numpy(toned.copy())[None, None])[0].numpy()

    return logits


def judge(
    logits_of: Callable[[numpy.ndarray], numpy.ndarray],
    pictures: Iterable[tuple[numpy.ndarray, list[Truth]]],
) -> Report:
    report = Report()
    for picture, wanted in pictures:
        report.add(finder.find(picture, logits_of), wanted)
    return report


def folder(path: str | pathlib.Path) -> Iterator[tuple[numpy.ndarray, list[Truth]]]:
    for record in sorted(pathlib.Path(path).glob("*.json")):
        values = json.loads(record.read_text())
        picture = cv2.imread(str(record.with_suffix(".png")), cv2.IMREAD_GRAYSCALE)
        if picture is not None and "chars" in values:
            yield picture, described(values)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.judge_finder", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("model")
    parser.add_argument("folder")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(judge(reader(IntegerNet(options.model)), folder(options.folder)).words())


if __name__ == "__main__":
    main()
