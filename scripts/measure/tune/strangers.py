"""Tells what `scribe teach` learns of print that no network has seen, and what it forgets.

  scripts/python measure.tune.strangers SCRIBE WORK FONT [PHOTOGRAPHS...]

FONT is a file of an outline font that isn't one of dataset/fonts-train.txt. A display with digits
of its own is drawn too. PHOTOGRAPHS are further folders with a truth.json, of which every other
picture is kept to judge by. WORK gets the pictures and the models. A row a number of corrections:
characters that are wrong (capped at what there is) in pictures that were left out altogether,
before and after; the same of the drawn images and photographs in Tests/Fixtures; and of known print
(models/replay), of each network, as the command itself measures it; seconds of the processor, until
the networks of lines are written, with which `scribe live` reads, and in all.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dataset import displays
from dataset.sample import Generator, Recipe, Sample, _font_shares
from measure import tables
from measure.programs import ENVIRONMENT, ROOT, records

COUNTS = (5, 20, 100)
JUDGED = 60
FIXTURES = ("board-images", "photographs")
# Digits of a display that there is not: Greek letters and a Cyrillic one.
DIGITS = """0E 11 11 1F 11 11 0E|1F 10 10 10 10 10 10|04 04 0A 0A 11 11 1F|04 04 0A 0A 11 11 11
1F 00 00 0E 00 00 1F|1F 11 11 11 11 11 11|1F 10 08 04 08 10 1F|04 0E 15 15 0E 04 04
15 15 15 0E 04 04 04|15 15 0E 04 0E 15 15"""


def font_pictures(font: str, folder: Path, count: int) -> None:
    """Pictures with natural texts in one font."""
    generator = Generator(77, Recipe(mix="natural", empty=0, styles=(0, 0, 0), tiers=(0.6, 0.4, 0)))
    strange = dataclasses.replace(
        generator.fonts[0], lineage="strange", family="strange", path=font, index=0, lacks=""
    )
    generator.fonts, generator.families = [strange], ["strange"]
    generator._shares = _font_shares(generator.fonts)
    write(generator, folder, count)


def display_pictures(folder: Path, count: int) -> None:
    """Pictures of dot matrices whose digits are other signs."""
    shapes = displays.dot_shapes()
    for digit, rows in enumerate(DIGITS.replace("\n", "|").split("|")):
        shape = [int(row, 16) for row in rows.split()]
        shapes[str(digit)] = [shape]
        if digit == 0:
            shapes["O"] = [shape]  # which stands for a plain zero
    recipe = Recipe(empty=0, styles=(0, 1, 0), tiers=(0.6, 0.4, 0), alphabet="0123456789")
    write(Generator(78, recipe), folder, count)


def lines(sample: Sample) -> list[dict[str, Any]]:
    """Each line's text and box, left, top, width and height, as corrections have them."""
    found = []
    for number, text in enumerate(sample.lines):
        boxes = np.array([c.box for c in sample.characters if c.line == number])
        if len(boxes):
            first, end = boxes[:, :2].min(0), boxes[:, 2:].max(0)
            found.append({"text": text, "box": [*map(float, first), *map(float, end - first)]})
    return found


def write(generator: Generator, folder: Path, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    truth = {}
    for index in range(count):
        sample = generator.make(index)
        name = f"{index:04}.png"
        cv2.imwrite(str(folder / name), sample.picture)
        truth[name] = {"text": "\n".join(sample.lines), "lines": lines(sample)}
    (folder / "truth.json").write_text(json.dumps(truth))


def part(source: Path, folder: Path, names: list[str], truth: dict[str, Any]) -> None:
    """A folder of some of a folder's pictures."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, folder / name)
    (folder / "truth.json").write_text(json.dumps({name: truth[name] for name in names}))


def wrong(scribe: str, folder: Path, models: Path | None) -> str:
    """Characters that are wrong, per cent."""
    options = ["--models", str(models)] if models else []
    read = records([scribe, "evaluate", "--json", *options, str(folder)], ENVIRONMENT)
    total = next(record for record in read if record.get("tier") == "ALL" and "images" in record)
    return f"{100 * total['cerCapped']:.1f}"


def spent(process: int) -> float:
    """The seconds that a process took of the processor until now."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def taught(scribe: str, corrections: Path, out: Path) -> tuple[list[dict[str, Any]], float, float]:
    """What the command says, and the seconds that it took of the processor, until the networks of
    lines were written and in all."""
    command = [scribe, "teach", str(corrections), "--out", str(out), "--json"]
    before, lines = os.times(), 0.0
    networks = []
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, env=ENVIRONMENT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                networks.append(json.loads(line))
                if networks[-1]["network"] != "glyph":
                    lines = spent(process.pid)
        after = os.times()
        errors.seek(0)
        if process.returncode not in (0, 65):
            raise SystemExit(errors.read())
    seconds = (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )
    return networks, lines, seconds


def replayed(networks: list[dict[str, Any]]) -> str:
    def points(network: dict[str, Any]) -> str:
        counts = network["replayed"]
        change = 100 * (counts["wrongAfter"] - counts["wrongBefore"]) / counts["characters"]
        refused = "" if network["outcome"] == "learned" else f" ({network['outcome']})"
        return f"{network['network']} {change:+.2f}{refused}"

    return ", ".join(map(points, networks))


def rows(scribe: str, name: str, source: Path, work: Path) -> None:
    truth = json.loads((source / "truth.json").read_text())
    names = sorted(truth)
    drawn = len(names) >= JUDGED + max(COUNTS)
    judged = names[:JUDGED] if drawn else names[::2]
    rest = names[JUDGED:] if drawn else names[1::2]
    left_out = work / f"{name}-judged"
    part(source, left_out, judged, truth)
    fixtures = [ROOT / "Tests/Fixtures" / fixture for fixture in FIXTURES]
    before = [wrong(scribe, folder, None) for folder in (left_out, *fixtures)]
    for count in COUNTS:
        if count > len(rest):
            break
        corrections = work / f"{name}-{count}"
        part(source, corrections, rest[:count], truth)
        models = work / f"{name}-{count}-models"
        if models.exists():
            shutil.rmtree(models)
        networks, lines, seconds = taught(scribe, corrections, models)
        after = [
            wrong(scribe, folder, models if models.exists() else None)
            for folder in (left_out, *fixtures)
        ]
        changes = [f"{a} -> {b}" for a, b in zip(before, after)]
        times = f"{lines:.1f}", f"{seconds:.1f}"
        print(tables.row(name, count, *changes, replayed(networks), *times), flush=True)


def main() -> None:
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    scribe, work, font = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    count = JUDGED + max(COUNTS)
    font_pictures(font, work / "font", count)
    display_pictures(work / "display", count)
    print(
        tables.head(
            "print",
            "corrections",
            "left out, %",
            *(f"{name}, %" for name in FIXTURES),
            "known print, points",
            "s until live reads with it",
            "s in all",
        )
    )
    for name, source in (
        ("font", work / "font"),
        ("display", work / "display"),
        *((Path(folder).name, Path(folder)) for folder in sys.argv[4:]),
    ):
        rows(scribe, name, source, work)


if __name__ == "__main__":
    main()
