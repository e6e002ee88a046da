"""Measures what novelty tells, beside the reader's confidence.

  scripts/python measure.novelty SCRIBE --photographs DIR --frames DIR [--write]

Prints two tables. The first: how well lines of fonts that no network has seen, and lines that are
no text at all, are parted from known print. The second: the share of all misread pictures that are
found when a tenth of all is looked at, the most telling first.

What is tuned, the weights of both together and how telling a picture is in which nothing is read,
is tuned on other pictures than those of the tables: of photographs by `dataset.real.split`, of
drawn ones by another seed, of frames every other one. `--write` puts the rule into
Sources/7-Text/Reading+Telling.swift.

DIR of photographs as `dataset.real` reads them; of frames a folder with a truth.json. Pictures are
drawn into --work.
"""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

import numpy as np

from dataset import make, real
from measure import labelled, tables
from measure.novelty import ranking
from measure.novelty.ranking import Line, Picture, Rule
from measure.programs import ROOT, records
from measure.tune.confidence import fit

TARGET = ROOT / "Sources" / "7-Text" / "Reading+Telling.swift"
SIDES = ("tune", "report")
SEEDS = {"tune": 181, "report": 182}
# As the recipes of all readers and of the autoencoder hold them out.
UNSEEN = json.loads((ROOT / "scripts/training/recipes/novelty.json").read_text())[
    "validation_families"
]
DRAWN = {
    "known": ["--mix", "natural", "--cycle-tiers", "--empty", "0", "--exclude", ",".join(UNSEEN)],
    "unseen": ["--mix", "natural", "--cycle-tiers", "--empty", "0", "--families", ",".join(UNSEEN)],
    "text-free": ["--cycle-tiers", "--empty", "1"],
    "scenes": ["--scenes", "1", "--empty", "0.1"],
}


def drawn(work: Path, side: str, kind: str, count: int) -> Path:
    """A folder of drawn pictures, made where it is missing."""
    folder = work / f"{side}-{kind}-{count}"
    if not (folder / "truth.json").exists():
        words = ["--seed", str(SEEDS[side]), "--images", str(count), "--folder"]
        if make.main([*words, *DRAWN[kind], "--out", str(folder)]) != 0:
            raise SystemExit(f"{folder} can't be drawn")
    return folder


def lines(scribe: Path, folder: Path, is_print: bool, is_wanted: bool) -> list[Line]:
    """Lines that are print, or aren't, of all that looks like a line."""
    found = [
        Line(line["confidence"], line["novelty"], is_wanted)
        for record in records([scribe, "evaluate", "--json", "--features", folder])
        for line in record.get("lines", ())
        if "image" in record and line["print"] == is_print and "novelty" in line
    ]
    if not found:
        raise SystemExit(f"{folder}: no line with a novelty: where is models/novelty?")
    return found


def bare(text: str) -> str:
    return "".join(text.split())


def read(scribe: Path, wanted: dict[Path, tuple[str, bool]]) -> list[Picture]:
    """What is read of pictures, each with its text and whether that may stand among other."""
    if not wanted:
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as names:
        names.write("".join(f"{path}\n" for path in wanted))
        names.flush()
        words: list[str | Path] = [scribe, "recognize", "--json", "--from", names.name]
        found = {Path(record["image"]): record for record in records(words)}
    result = []
    for path, (text, may_have_more) in wanted.items():
        record = found[path]
        right = (
            bare(text) in bare(record["text"])
            if may_have_more
            else bare(text) == bare(record["text"])
        )
        values = [(line["confidence"], line.get("novelty", 0.0)) for line in record["lines"]]
        result.append(Picture(values, not right))
    return result


def folder_truths(folder: Path) -> dict[Path, tuple[str, bool]]:
    return {folder / name: (about["text"], False) for name, about in labelled.load(folder).items()}


def photographs(folder: Path, side: str) -> dict[Path, tuple[str, bool]]:
    """Photographs whose text is known, on one side; other text may stand around it."""
    names = {"tune": "train", "report": "valid"}
    return {
        folder / picture.name: (picture.text, True)
        for picture in real.read(folder, side=names[side])
        if picture.text and abs(picture.turn) < 0.05 and (folder / picture.name).exists()
    }


def parted(scribe: Path, work: Path, count: int) -> str:
    """The table of areas under the curve."""
    rows = [tables.head("to be found", "lines", "known print", "confidence", "novelty", "both")]
    known = {side: lines(scribe, drawn(work, side, "known", count), True, False) for side in SIDES}
    for words, kind, is_print in (
        ("fonts that no network has seen", "unseen", True),
        ("no text", "text-free", False),
    ):
        found = {
            side: lines(scribe, drawn(work, side, kind, count), is_print, True) for side in SIDES
        }
        some = [*known["tune"], *found["tune"]]
        weights = fit(ranking.features(some), np.array([line.is_wanted for line in some], float))
        x = [ranking.features(lines["report"]) for lines in (found, known)]
        areas = [ranking.area(*(part @ w for part in x)) for w in ((0, 1, 0), (0, 0, 1), weights)]
        counts = len(found["report"]), len(known["report"])
        rows.append(tables.row(words, *counts, *(f"{value:.3f}" for value in areas)))
    return "\n".join(rows)


def errors(
    scribe: Path, work: Path, count: int, folder: Path | None, frames: Path | None
) -> tuple[str, Rule]:
    """The table of errors that are found first, and the rule that was chosen for it."""
    kinds: dict[str, dict[str, list[Picture]]] = {}
    if folder:
        kinds["photographs"] = {side: read(scribe, photographs(folder, side)) for side in SIDES}
    if frames:
        truths = list(folder_truths(frames).items())
        kinds["images of a board"] = {
            side: read(scribe, dict(truths[k::2])) for k, side in enumerate(SIDES)
        }
    kinds["drawn scenes"] = {
        side: read(scribe, folder_truths(drawn(work, side, "scenes", count))) for side in SIDES
    }
    tuned = [sides["tune"] for sides in kinds.values()]
    rules = [ranking.best_rule(tuned, weights) for weights in ([0], [1], ranking.STEPS)]
    names = "confidence", "novelty", f"both, novelty {rules[2].novelty:g}"
    words = (f"{name}, nothing read {rule.nothing_read:g}" for name, rule in zip(names, rules))
    rows = [tables.head("pictures", "of them", "misread", "at random", *words, "at best")]
    for name, sides in kinds.items():
        for side in SIDES:
            pictures = sides[side]
            found = [ranking.found_first(pictures, rule) for rule in rules]
            shares = [ranking.LOOKED_AT, *found, ranking.best_possible(pictures)]
            wrong = sum(picture.is_wrong for picture in pictures)
            shown = name if side == "report" else f"({name}, tuned on)"
            rows.append(
                tables.row(shown, len(pictures), wrong, *(f"{100 * s:.0f} %" for s in shares))
            )
    return "\n".join(rows), rules[2]


def written(swift: str, rule: Rule) -> str:
    """The program's text with another rule."""
    for name, value in (("novelty", rule.novelty), ("nothingRead", rule.nothing_read)):
        swift = re.sub(rf"(static let {name} = )[\d.]+$", rf"\g<1>{value:.2f}", swift, flags=re.M)
    return swift


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python measure.novelty",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("scribe", type=Path)
    parser.add_argument("--photographs", type=Path, metavar="DIR")
    parser.add_argument("--frames", type=Path, metavar="DIR")
    parser.add_argument("--work", type=Path, default=ROOT / ".data" / "measure-novelty")
    parser.add_argument("--drawn", type=int, default=400, help="pictures drawn of each kind")
    parser.add_argument("--write", action="store_true", help="write the rule that was chosen")
    options = parser.parse_args()
    try:
        print(parted(options.scribe, options.work, options.drawn), flush=True)
        table, rule = errors(
            options.scribe, options.work, options.drawn, options.photographs, options.frames
        )
    except (RuntimeError, ValueError) as error:
        raise SystemExit(str(error)) from error
    print(f"\n{table}")
    if options.write:
        TARGET.write_text(written(TARGET.read_text(), rule))
        print(f"wrote {rule} to {TARGET}", file=sys.stderr)


if __name__ == "__main__":
    main()
