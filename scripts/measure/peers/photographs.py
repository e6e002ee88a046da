"""Reads sets of labelled photographs with every program and prints one table; see `photographs`."""

import argparse
import hashlib
import json
import os
import re
import statistics
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from measure import labelled, tables
from measure.labelled import Truths
from measure.peers import compare, peers, score
from measure.programs import ROOT

LINES, LINE, CHARACTER = "several lines", "one line", "one character"


class Entry(NamedTuple):
    """A way to run a program: of those that suit a set, the one that reads most is shown."""

    column: str
    label: str
    peer: peers.Peer
    suits: tuple[str, ...] = (LINES, LINE, CHARACTER)


def everyone(scribe: str) -> list[Entry]:
    recognizer, one = "PP-OCR's recognizer", (LINE, CHARACTER)
    return [
        Entry("SerialScribe", "", peers.Scribe(scribe)),
        Entry("RapidOCR", "", peers.Rapid(1, color=True)),
        Entry(recognizer, "v6", peers.Recognizer(), one),
        Entry(recognizer, "v4", peers.RecognizerV4(), one),
        Entry("Tesseract", "psm 6", peers.Tesseract(6), (LINES,)),
        Entry("Tesseract", "psm 7", peers.Tesseract(7), (LINE,)),
        Entry("Tesseract", "psm 10", peers.Tesseract(10), (CHARACTER,)),
    ]


def form(texts: Collection[str]) -> str:
    """What a set's true texts are, so that every picture of it is read with the same options."""
    if any(len(score.bare_lines(text)) > 1 for text in texts):
        return LINES
    return CHARACTER if all(len(score.bare(text)) == 1 for text in texts) else LINE


def only_digits(truths: Truths) -> bool:
    return all(re.fullmatch("[0-9]+", score.bare(truth["text"])) for truth in truths.values())


class Result(NamedTuple):
    exact: bool
    has: bool
    empty: bool


def judge(truth: str, text: str, digits: bool) -> Result:
    """`digits`: nothing but digits counts, so what else was read is dropped for every program."""
    is_, read = score.bare(truth), score.bare(text)
    counted = re.sub("[^0-9]", "", read) if digits else read
    return Result(counted == is_, is_ in counted, not read)


class Reading(NamedTuple):
    """What one entry made of a set."""

    entry: Entry
    texts: dict[str, str]
    results: dict[str, Result]
    milliseconds: float

    def share(self, what: str) -> float:
        return sum(getattr(result, what) for result in self.results.values()) / len(self.results)

    @property
    def rank(self) -> tuple[float, float]:
        return self.share("exact"), self.share("has")

    def cell(self) -> str:
        label = f" ({self.entry.label})" if self.entry.label else ""
        return (
            " / ".join(f"{100 * self.share(what):.1f}" for what in Result._fields)
            + f" %, {self.milliseconds:.3g} ms{label}"
        )


def blank(path: Path) -> None:
    """A small gray picture, without the packages that some peers need."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = 16 * (b"\0" + 16 * b"\xc8")
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 16, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def starting(peer: peers.Peer) -> float:
    """Milliseconds that a command takes to start, as one and more blank pictures show."""
    more = 20
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "blank.png"
        blank(picture)

        def spent(count: int) -> float:
            with peers.timed() as seconds:
                peer.read(count * [picture])
            return 1000 * seconds[0]

        once = statistics.median(spent(1) for _ in range(15))
        # What reading the blank picture takes is no part of starting.
        return max(0, once - max(0, spent(1 + more) - once) / more)


class Runner:
    """Starts the entries once each and reads sets with those that are there."""

    def __init__(self, entries: list[Entry], home: Path) -> None:
        self.home = home
        self.entries: list[Entry] = []
        self.missing: list[tuple[Entry, str]] = []
        self.versions: dict[Entry, str] = {}
        self.fingerprints: dict[Entry, str] = {}
        self.starts: dict[Entry, float] = {}
        for entry in entries:
            # Read alone, so that each picture has its own time.
            entry.peer.batch = 1
            try:
                version = entry.peer.start()
                if isinstance(entry.peer, (peers.Scribe, peers.Tesseract)):
                    self.starts[entry] = starting(entry.peer)
            except peers.Missing as reason:
                self.missing.append((entry, str(reason)))
                continue
            except RuntimeError as error:
                self.missing.append((entry, f"it fails on blank pictures: {error}"))
                continue
            self.entries.append(entry)
            self.versions[entry] = version
            # Ours is always read anew: its models may lie anywhere and change without it.
            anew = f" {time.time_ns()}" if isinstance(entry.peer, peers.Scribe) else ""
            self.fingerprints[entry] = version + anew

    def columns(self) -> list[str]:
        return list(dict.fromkeys(entry.column for entry in self.entries))

    def readings(self, folder: Path, truths: Truths) -> dict[str, Reading]:
        """The best Reading of each column that suits the set."""
        kind = form([truth["text"] for truth in truths.values()])
        digests = labelled.digests(folder, truths)
        key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
        home = self.home / f"photographs-{folder.name}-{key}"
        best: dict[str, Reading] = {}
        for entry in self.entries:
            if kind in entry.suits:
                reading = self.reading(entry, home, folder, truths, digests)
                if entry.column not in best or reading.rank > best[entry.column].rank:
                    best[entry.column] = reading
        return best

    def reading(
        self, entry: Entry, home: Path, folder: Path, truths: Truths, digests: dict[str, str]
    ) -> Reading:
        kept = compare.Readings(
            home,
            re.sub(r"\W+", "-", f"{entry.peer.key} {entry.label}".strip()),
            self.fingerprints[entry],
        )
        if entry not in self.starts and not all(
            kept.has(name, digest) for name, digest in digests.items()
        ):
            # What a package makes at its first picture is no part of reading.
            compare.read_one(entry.peer, folder / next(iter(digests)))
        # What it takes to start is kept with the times that it is taken off.
        start = kept.costs.setdefault("start", self.starts.get(entry, 0))
        compare.read_all(entry.peer, kept, folder, digests)
        texts = {name: kept.texts[name] for name in truths}
        digits = only_digits(truths)
        return Reading(
            entry,
            texts,
            {name: judge(truth["text"], texts[name], digits) for name, truth in truths.items()},
            statistics.median(max(0, kept.milliseconds([name]) - start) for name in truths),
        )

    def notes(self) -> list[str]:
        """Who took part, and who did not and why."""
        versions: dict[tuple[str, str], list[str]] = {}
        reasons: dict[tuple[str, str], list[str]] = {}
        for entry in self.entries:
            versions.setdefault((entry.column, self.versions[entry]), []).append(entry.label)
        for entry, reason in self.missing:
            reasons.setdefault((entry.column, reason), []).append(entry.label)

        def told(column: str, labels: list[str]) -> str:
            # Tesseract's labels are options of one program.
            return " ".join([column, *labels]) if len(labels) == 1 and labels[0] else column

        parts = (
            [
                "Programs: "
                + ", ".join(
                    f"{told(column, labels)} {version}"
                    for (column, version), labels in versions.items()
                )
                + "."
            ]
            if versions
            else []
        )
        return parts + [
            f"{told(column, labels)} was left out: {reason}."
            for (column, reason), labels in reasons.items()
        ]


NOTES = """\
Cells: exact / has it / empty, median CPU time a picture. Exact: the text is the true one. Has it: \
the true text stands in what was read. Empty: nothing was read. Spaces and line ends don't count.
Of sets of digits alone (marked *) characters other than digits are dropped from what any program \
read before "exact" and "has it" are judged.
Every program gets the whole picture, on one thread, with the same options for a whole set. \
PP-OCR's recognizer, RapidOCR's without the rest, looks for no lines: it takes the picture for one \
and is left out (-) of sets of several lines; of its two models the one that reads more of the \
set is shown.
User and system time; what commands take to start, measured on blank pictures, is taken off, and \
packages are loaded beforehand."""


class Row(NamedTuple):
    """A set in the table."""

    name: str
    digits: bool  # and nothing else
    pictures: int
    readings: dict[str, Reading]  # by column


def table(columns: list[str], rows: list[Row]) -> str:
    lines = [tables.head("Set", "Pictures", *columns)]
    for name, digits, pictures, readings in rows:
        cells = [readings[column].cell() if column in readings else "-" for column in columns]
        lines.append(tables.row(f"{name}{'*' if digits else ''}", pictures, *cells))
    return "\n".join(lines) + "\n"


def failures(name: str, truths: Truths, readings: dict[str, Reading]) -> Iterator[dict[str, Any]]:
    """A JSON object a picture and program that is not exact."""
    for column, reading in readings.items():
        for picture, result in reading.results.items():
            if not result.exact:
                yield {
                    "set": name,
                    "picture": picture,
                    "program": column,
                    "options": reading.entry.label,
                    "text": truths[picture]["text"],
                    "read": reading.texts[picture],
                    "has": result.has,
                }


def run(options: argparse.Namespace, entries: list[Entry]) -> int:
    sets = []
    for folder in options.folders:
        folder = folder.resolve()
        truths = labelled.load(folder, with_text=True)
        truths = {name: truths[name] for name in labelled.choose(truths, options.images)}
        if not truths:
            print(f"Left out: {folder}: its truth.json tells no text", file=sys.stderr)
            continue
        # Found out before anything is read.
        labelled.digests(folder, truths)
        sets.append((folder, truths))
    runner = Runner(entries, options.home)
    for entry, reason in runner.missing:
        if isinstance(entry.peer, peers.Scribe):
            raise SystemExit(reason)
    rows: list[Row] = []
    failed: list[dict[str, Any]] = []
    for folder, truths in sets:
        print(f"{folder.name}: {len(truths)} pictures", file=sys.stderr)
        readings = runner.readings(folder, truths)
        rows.append(Row(folder.name, only_digits(truths), len(truths), readings))
        failed += failures(folder.name, truths, readings)
    text = (
        table(runner.columns(), rows)
        + "\n"
        + "\n\n".join([*NOTES.splitlines(), *runner.notes()])
        + "\n"
    )
    print(text, end="")
    if options.out:
        options.out.write_text(text)
    if options.failures:
        options.failures.write_text(
            "".join(json.dumps(failure, ensure_ascii=False) + "\n" for failure in failed)
        )
    return 0 if rows else 1


def count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/measure/peers/photographs", description=__doc__)
    parser.add_argument("scribe", help="the program, as .build/release/scribe")
    parser.add_argument(
        "folders", type=Path, nargs="+", metavar="folder", help="pictures and a truth.json"
    )
    parser.add_argument(
        "--images", type=count, metavar="N", help="only N pictures of each set, evenly by name"
    )
    parser.add_argument("--out", type=Path, help="also write the table here")
    parser.add_argument(
        "--failures",
        type=Path,
        metavar="FILE",
        help="write here what was not read exactly, a line of JSON each",
    )
    parser.add_argument("--home", type=Path, default=ROOT / ".data/peers", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    return run(options, everyone(options.scribe))


if __name__ == "__main__":
    sys.exit(main())
