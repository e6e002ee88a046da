"""Finds the lines of users' own labelled photographs and makes training lines of them.

The program cuts what lines it sees; the line network reads them, and each line of a label goes to
the cut line whose reading is nearest to it by edit distance, or, where none is near, to the place
of many in the picture (or in the part that the label tells) at which its text is likeliest. Around
that place lines are drawn as far off as finders are. Whole photographs are kept for validation.
"""

import hashlib
import json
import pathlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy
import torch

from dataset import cutter, line_shards, own, places, scene, shards
from training import photographs
from training.line_report import alignment
from training.lines import STRIDE, Labels
from training.transfer import Trained

NEAR = 0.5  # errors a character up to which a reading may be of a text
SURE = 2.5  # a character's loss from which on a place isn't trusted though it is the best
DRAWN = 12  # lines drawn around a place, half of them where the aligner puts them
HELD_OUT = 0.2  # of the photographs
KIND = "own"


@dataclass
class Photograph:
    """A photograph and the lines that its label tells, with the part that shows each, if known."""

    name: str
    pixels: numpy.ndarray
    wanted: list[tuple[str, tuple[float, ...]]]


@dataclass
class Line:
    """A line of a photograph and where it was found."""

    photograph: Photograph
    text: str
    place: numpy.ndarray  # as cutter.PLACE
    coverage: numpy.ndarray  # uint8 [rows, columns]
    before: str  # what the network reads there

    @property
    def group(self) -> str:
        return f"{KIND}/{self.photograph.name}"


def read(folder: pathlib.Path) -> list[Photograph]:
    """Photographs as `dataset/own.py` reads labels, the large ones smaller. Raises ValueError that
    names what can't be used."""
    rows, bad = own.rows_of(folder)
    found: dict[str, Photograph] = {}
    for row in rows:
        try:
            image = own.image_of(row.path)
            height, width = image.shape
            part: tuple[float, ...] = ()
            if row.crop:
                part = own.inside(row.crop, width, height)
        except own.Bad as error:
            bad.append(f"{row.where}: {error}")
            continue
        scale = min(1.0, own.MOST_SIDE / max(image.shape))
        name = row.path.relative_to(folder).as_posix()
        if name not in found:
            found[name] = Photograph(name, own.shrunk(image, scale), [])
        texts = [" ".join(line.split()) for line in row.text.splitlines() if line.strip()]
        found[name].wanted += [(text, tuple(v * scale for v in part)) for text in texts]
    if bad:
        raise ValueError("\n  ".join([f"{len(bad)} bad rows", *bad[:20]]))
    if not found:
        raise ValueError(f"{folder}: no labelled photograph")
    return list(found.values())


def held_out(names: Sequence[str]) -> set[str]:
    """A fifth of the photographs by their names' hash, one at least: which they are doesn't depend
    on their order."""
    order = sorted(set(names), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return set(order[: max(1, round(HELD_OUT * len(order)))]) if len(order) > 1 else set()


def place_of(
    head: numpy.void,
    coverage: numpy.ndarray,
    start: float | None = None,
    end: float | None = None,
) -> numpy.ndarray:
    """The place of a line that the program found, or of its part between two columns."""
    frame = places.Frame.of_line(head, coverage)
    height = (places.BASE - places.TOP) / frame.rows
    start = places.MARGIN if start is None else start
    end = frame.width - places.MARGIN + 1 if end is None else end
    first, last = (
        frame.corner + frame.along * (column - places.MARGIN) / frame.columns
        for column in (start, max(end, start + 1))
    )
    return places.place(head["polarity"] == 1, first, last, height)


class Reading(NamedTuple):
    """What a line says, and the column of each character."""

    text: str
    columns: list[float]

    def of(self, text: str) -> "Match":
        """How far this is from a text, leaving out words before and behind it."""
        wanted = [ord(c) for c in text if c != " "]
        places = [k for k, c in enumerate(self.text) if c != " "]
        pairs = alignment(wanted, [ord(self.text[k]) for k in places])
        errors = sum(a != b for a, b in pairs)
        before = next((k for k, (a, _) in enumerate(pairs) if a is not None), 0)
        behind = next((k for k, (a, _) in enumerate(reversed(pairs)) if a is not None), 0)
        # Less than a word may be a part of a character that was misread.
        start = end = None
        if before and places[before] - places[before - 1] > 1:
            start = (self.columns[places[before - 1]] + self.columns[places[before]]) / 2
            errors -= before
        if behind and places[-behind] - places[-behind - 1] > 1:
            end = (self.columns[places[-behind - 1]] + self.columns[places[-behind]]) / 2
            errors -= behind
        return Match(errors, start, end)


class Match(NamedTuple):
    """Errors of a reading, and the columns between which it stands, where there is more."""

    errors: int
    start: float | None
    end: float | None


class Finder:
    """Finds where a photograph shows the lines that its label tells."""

    def __init__(self, program: str, model: str) -> None:
        self.program = program
        self.net = Trained(model)
        self.labels = Labels(self.net.labels)

    def known(self, text: str) -> bool:
        return all(self.labels.of_code[min(ord(c), 0xFFFF)] >= 0 for c in text)

    @torch.no_grad()
    def reading(self, coverage: numpy.ndarray) -> "Reading":
        x = torch.from_numpy(coverage.copy())[None, None].float() / 255
        best = self.net(x)[0, : coverage.shape[1] // STRIDE].argmax(1).tolist()
        columns = [
            k
            for k, label in enumerate(best)
            if label != self.labels.blank and (k == 0 or best[k - 1] != label)
        ]
        text = self.labels.decode([best[k] for k in columns])
        return Reading(text, [STRIDE * (k + 0.5) for k in columns])

    def lines(self, some: Sequence[Photograph]) -> tuple[list[Line], list[str]]:
        """The lines, and what couldn't be found."""
        result, lost, searched = [], [], []
        with cutter.LineCutter([self.program, "cut", "--lines"]) as cutting:
            for photograph, cut in cutter.cut(cutting, ((one, one.pixels) for one in some)):
                drawn: list[cutter.DrawnLine] = list(cut)
                found, left = self.matched(photograph, drawn)
                result += found
                searched += [(photograph, text, part) for text, part in left]
        for photograph, text, part in list(searched):
            whole = len(photograph.wanted) == 1
            if not self.known(text) or not (part or whole):
                lost.append(f"{photograph.name}: {text!r}")
                searched.remove((photograph, text, part))
        found, missed = self.settled(searched)
        print(
            f"{len(result)} lines found as the program cuts, {len(found)} placed by their text, "
            f"{len(lost) + len(missed)} not found",
            file=sys.stderr,
        )
        return result + found, lost + missed

    def matched(
        self, photograph: Photograph, cut: list[cutter.DrawnLine]
    ) -> tuple[list[Line], list[tuple[str, tuple[float, ...]]]]:
        """Lines of the label that were cut, the nearest pairs first, and the rest of the label."""
        readings = [self.reading(coverage) for _, coverage in cut]
        options = []
        for number, (text, part) in enumerate(photograph.wanted):
            for k, (head, coverage) in enumerate(cut):
                if part and not within(place_of(head, coverage), part):
                    continue
                match = readings[k].of(text)
                length = len(text.replace(" ", ""))
                if self.known(text) and match.errors <= NEAR * length:
                    options.append((match.errors, number, k))
        result, left, used = [], dict(enumerate(photograph.wanted)), set()
        for _, number, k in sorted(options):
            if number in left and k not in used:
                text, _ = left.pop(number)
                used.add(k)
                head, coverage = cut[k]
                match = readings[k].of(text)
                place = place_of(head, coverage, match.start, match.end)
                if match.start is not None or match.end is not None:
                    coverage = self.drawn(photograph, text, place)
                result.append(Line(photograph, text, place, coverage, self.reading(coverage).text))
        alone = self.alone(photograph, cut, readings, used, list(left.values()))
        return (result + [alone], []) if alone else (result, list(left.values()))

    def alone(
        self,
        photograph: Photograph,
        cut: list[cutter.DrawnLine],
        readings: list[Reading],
        used: set[int],
        left: list[tuple[str, tuple[float, ...]]],
    ) -> Line | None:
        """The one text that is left where one line is left that is about as long: print that the
        reader can't read yet is what it has to learn."""
        if len(left) != 1 or not self.known(left[0][0]):
            return None
        ((text, part),) = left
        rest = [
            k
            for k, (head, coverage) in enumerate(cut)
            if k not in used and (not part or within(place_of(head, coverage), part))
        ]
        length = len(text.replace(" ", ""))
        fitting = [
            k for k in rest if abs(len(readings[k].text.replace(" ", "")) - length) <= NEAR * length
        ]
        spots = [place_of(*cut[k]) for k in fitting]
        # One line may be cut several times, a bit off each other.
        if not spots or not all(beside(spots[0], spot) for spot in spots):
            return None
        (_, coverage), place = cut[fitting[0]], spots[0]
        return Line(photograph, text, place, coverage, readings[fitting[0]].text)

    def drawn(self, photograph: Photograph, text: str, place: numpy.ndarray) -> numpy.ndarray:
        picture = photographs.Picture(photograph.pixels, text, (), KIND, KIND)
        ((coverage,),) = photographs.drawn(self.program, [picture], [[place]])
        return coverage

    def settled(
        self, some: list[tuple[Photograph, str, tuple[float, ...]]]
    ) -> tuple[list[Line], list[str]]:
        """Lines at the place where their text is likeliest."""
        if not some:
            return [], []
        pictures = [
            photographs.Picture(
                one.pixels, text, part or (0, 0, *one.pixels.shape[::-1]), KIND, KIND
            )
            for one, text, part in some
        ]
        options = photographs.settle(self.net, self.labels, self.program, pictures)
        spots = [picture.place(*option) for picture, (option, _) in zip(pictures, options)]
        strips = photographs.drawn(self.program, pictures, [[spot] for spot in spots])
        result, lost = [], []
        for (one, text, _), spot, (coverage,) in zip(some, spots, strips):
            (loss,) = photographs.losses(self.net, self.labels, text, [coverage])
            if loss < SURE:
                result.append(Line(one, text, spot, coverage, self.reading(coverage).text))
            else:
                lost.append(f"{one.name}: {text!r}")
        return result, lost


def beside(one: numpy.ndarray, other: numpy.ndarray) -> bool:
    """Whether two places are of one line."""
    high = float(one["height"])
    apart = (abs(float(one[name]) - float(other[name])) for name in ("start", "end"))
    level = abs(float(one["baseline"]) - float(other["baseline"]))
    return one["polarity"] == other["polarity"] and level < 0.5 * high and max(apart) < 1.5 * high


def within(place: numpy.ndarray, part: tuple[float, ...]) -> bool:
    """Whether a line's middle lies in a part of the picture."""
    x = (float(place["start"]) + float(place["end"])) / 2
    y = float(place["baseline"]) + float(place["slope"]) * x - float(place["height"]) / 2
    return part[0] <= x <= part[2] and part[1] <= y <= part[3]


def around(rng: numpy.random.Generator, line: Line) -> list[numpy.ndarray]:
    """Places near a line's."""
    one = line.place
    start, end = (
        (x, float(one["baseline"]) + float(one["slope"]) * x)
        for x in (float(one["start"]), float(one["end"]))
    )
    high = float(one["height"])
    text = scene.Text(0, start, end, high, 0.7 * high, bool(one["polarity"]), "")
    has_small = any(c.islower() for c in line.text)
    guesses = (places.guess(rng, text, has_small) for _ in range(DRAWN))
    return [one, *(guess for guess in guesses if guess is not None)]


def arrays(
    rng: numpy.random.Generator, program: str, some: Sequence[Line], groups: list[str]
) -> dict[str, numpy.ndarray]:
    """The shard of these lines and of others around them."""
    pictures = [
        photographs.Picture(line.photograph.pixels, line.text, (), line.group, KIND)
        for line in some
    ]
    wanted = [around(rng, line) for line in some]
    halves = [spots[::2] for spots in wanted], [spots[1::2] for spots in wanted]
    rows = []
    for half, how in zip(halves, ((), ("--aligned",))):
        for line, strips in zip(some, photographs.drawn(program, pictures, half, *how)):
            number, columns = (
                groups.index(line.group),
                [numpy.nan] * len(line.text.replace(" ", "")),
            )
            for coverage in [line.coverage, *strips] if not how else strips:
                source = line_shards.PHOTOGRAPHED
                rows.append(
                    line_shards.Row(coverage, line.text, columns, number, 1, number, source)
                )
    return line_shards.arrays(rng, rows)


def digest(folder: pathlib.Path) -> str:
    """Of all files of a folder of photographs."""
    state = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        state.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return state.hexdigest()


def make(
    folder: pathlib.Path, program: str, out: pathlib.Path, model: str = "line", seed: int = 1
) -> list[Line]:
    """Writes a shard of lines to `out`, and its plan, which names the photographs that are held
    out. Raises ValueError where there is nothing to learn from."""
    some = read(folder)
    found, lost = Finder(program, model).lines(some)
    for one in lost[:10]:
        print(f"  not found: {one}", file=sys.stderr)
    groups = sorted({line.group for line in found})
    if len(groups) < 2:
        raise ValueError(
            f"{folder}: the text of {len(groups)} photographs was found; two are needed, one to "
            "learn from and one to judge by. Tell its place (labels.csv with x0,y0,x1,y1, or "
            "truth.json)"
        )
    out.mkdir(parents=True, exist_ok=True)
    made = arrays(numpy.random.default_rng(seed), program, found, groups)
    shards.save(out / "shard-00000.npz", made)
    out_of_it = sorted(held_out(groups))
    plan = {
        "format": 1,
        "seed": seed,
        "images": len(groups),
        "shard_images": len(groups),
        "families": groups,
        "held_out": out_of_it,
        "lines": len(made["widths"]),
        "found": len(found),
        "lost": lost,
        "photographs_sha256": digest(folder),
        "sha256": shards.digest(made),
    }
    (out / "plan.json").write_text(json.dumps(plan, indent=1) + "\n")
    print(
        f"{len(made['widths'])} lines of {len(groups)} photographs, {len(out_of_it)} of them "
        "held out",
        file=sys.stderr,
    )
    return found


def png(coverage: numpy.ndarray) -> bytes:
    """A line's coverage as a picture, twice as large, ink dark."""
    picture = cv2.resize(255 - coverage, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    return cv2.imencode(".png", picture)[1].tobytes()
