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
from pathlib import Path
from typing import NamedTuple

from measure.peers import compare, peers, score

LINES, LINE, CHARACTER = "several lines", "one line", "one character"


class Entry(NamedTuple):
    """A way to run a program: of those that suit a set, the one that reads most is shown."""

    column: str
    label: str
    peer: peers.Peer
    suits: tuple = (LINES, LINE, CHARACTER)


def everyone(scribe):
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


def form(texts):
    """What a set's true texts are, so that every picture of it is read with the same options."""
    if any(len(score.bare_lines(text)) > 1 for text in texts):
        return LINES
    return CHARACTER if all(len(score.bare(text)) == 1 for text in texts) else LINE


def only_digits(truths):
    return all(re.fullmatch("[0-9]+", score.bare(truth["text"])) for truth in truths.values())


class Result(NamedTuple):
    exact: bool
    has: bool
    empty: bool


def judge(truth, text, digits):
    """`digits`: nothing but digits counts, so what else was read is dropped for every program."""
    is_, read = score.bare(truth), score.bare(text)
    counted = re.sub("[^0-9]", "", read) if digits else read
    return Result(counted == is_, is_ in counted, not read)


class Reading(NamedTuple):
    """What one entry made of a set."""

    entry: Entry
    texts: dict
    results: dict
    milliseconds: float

    def share(self, what):
        return sum(getattr(result, what) for result in self.results.values()) / len(self.results)

    def cell(self):
        label = f" ({self.entry.label})" if self.entry.label else ""
        return (
            " / ".join(f"{100 * self.share(what):.1f}" for what in Result._fields)
            + f" %, {self.milliseconds:.3g} ms{label}"
        )


def blank(path):
    """A small gray picture, without the packages that some peers need."""

    def chunk(kind, data):
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


def starting(peer):
    """Milliseconds that a command takes to start, as one and more blank pictures show."""
    more = 20
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "blank.png"
        blank(picture)

        def spent(count):
            with peers.timed() as seconds:
                peer.read(count * [picture])
            return 1000 * seconds[0]

        once = statistics.median(spent(1) for _ in range(15))
        # What reading the blank picture takes is no part of starting.
        return max(0, once - max(0, spent(1 + more) - once) / more)


class Runner:
    """Starts the entries once each and reads sets with those that are there."""

    def __init__(self, entries, home):
        self.home, self.entries, self.missing = home, [], []
        self.versions, self.fingerprints, self.starts = {}, {}, {}
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

    def columns(self):
        return list(dict.fromkeys(entry.column for entry in self.entries))

    def readings(self, folder, truths):
        """The best Reading of each column that suits the set."""
        kind = form([truth["text"] for truth in truths.values()])
        digits = only_digits(truths)
        digests = compare.digests_of(folder, truths)
        key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
        home = self.home / f"photographs-{folder.name}-{key}"
        best = {}
        for entry in self.entries:
            if kind not in entry.suits:
                continue
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
            reading = Reading(
                entry,
                texts,
                {name: judge(truth["text"], texts[name], digits) for name, truth in truths.items()},
                statistics.median(max(0, kept.milliseconds([name]) - start) for name in truths),
            )

            def rank(reading):
                return reading.share("exact"), reading.share("has")

            if entry.column not in best or rank(reading) > rank(best[entry.column]):
                best[entry.column] = reading
        return best

    def notes(self):
        """Who took part, and who did not and why."""
        versions, reasons = {}, {}
        for entry in self.entries:
            versions.setdefault((entry.column, self.versions[entry]), []).append(entry.label)
        for entry, reason in self.missing:
            reasons.setdefault((entry.column, reason), []).append(entry.label)

        def told(column, labels):
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


def table(columns, rows):
    """Markdown; `rows` are (name of the set, digits alone, pictures, readings by column)."""
    lines = [f"| Set | Pictures | {' | '.join(columns)} |", "|---" * (2 + len(columns)) + "|"]
    for name, digits, count, readings in rows:
        cells = [readings[column].cell() if column in readings else "-" for column in columns]
        lines.append(f"| {name}{'*' if digits else ''} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def failures(name, truths, readings):
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


def run(options, entries):
    sets = []
    for folder in options.folders:
        folder = folder.resolve()
        truths = compare.load_truths(folder, with_text=True)
        truths = {name: truths[name] for name in compare.choose(truths, options.images)}
        if not truths:
            print(f"Left out: {folder}: its truth.json tells no text", file=sys.stderr)
            continue
        # Found out before anything is read.
        compare.digests_of(folder, truths)
        sets.append((folder, truths))
    runner = Runner(entries, options.home)
    for entry, reason in runner.missing:
        if isinstance(entry.peer, peers.Scribe):
            raise SystemExit(reason)
    rows, failed = [], []
    for folder, truths in sets:
        print(f"{folder.name}: {len(truths)} pictures", file=sys.stderr)
        readings = runner.readings(folder, truths)
        rows.append((folder.name, only_digits(truths), len(truths), readings))
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


def count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main(arguments=None):
    root = Path(__file__).resolve().parents[3]
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
    parser.add_argument("--home", type=Path, default=root / ".data/peers", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    return run(options, everyone(options.scribe))


if __name__ == "__main__":
    sys.exit(main())
