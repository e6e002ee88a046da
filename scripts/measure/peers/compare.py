"""Reads a labelled folder with every program and prints a Markdown table a tier; see `run`."""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from measure import labelled, tables
from measure.labelled import Truths
from measure.peers import peers, score
from measure.programs import ROOT, SCRIBE


class Readings:
    """What a peer read in a folder and what it took, kept so that another run goes on from there.

    PEER.json maps images to texts, as `scribe evaluate --predictions` takes it; PEER.costs.json
    tells of each image its SHA-256 and the milliseconds, and the peer's fingerprint.
    """

    def __init__(self, home: Path, key: str, fingerprint: str) -> None:
        self.texts_file, self.costs_file = home / f"{key}.json", home / f"{key}.costs.json"
        self.texts: dict[str, str] = self._load(self.texts_file)
        self.costs = self._load(self.costs_file)
        if self.costs.get("fingerprint") != fingerprint:
            self.texts, self.costs = {}, {}
        self.costs.setdefault("images", {})
        self.costs["fingerprint"] = fingerprint

    @staticmethod
    def _load(file: Path) -> dict[str, Any]:
        try:
            content = json.loads(file.read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def has(self, name: str, digest: str) -> bool:
        return name in self.texts and self.costs["images"].get(name, {}).get("sha256") == digest

    def add(self, name: str, digest: str, text: str, milliseconds: float) -> None:
        self.texts[name] = text
        self.costs["images"][name] = {"sha256": digest, "milliseconds": round(milliseconds, 3)}

    def milliseconds(self, names: Sequence[str]) -> float:
        spent = [self.costs["images"][name]["milliseconds"] for name in names]
        return sum(spent) / max(1, len(spent))

    def save(self) -> None:
        self.texts_file.parent.mkdir(parents=True, exist_ok=True)
        # Texts first: a text without its cost is read again, a cost without its text is not missed.
        for file, content in ((self.texts_file, self.texts), (self.costs_file, self.costs)):
            part = file.with_suffix(".part")
            part.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
            part.replace(file)


def read_all(peer: peers.Peer, readings: Readings, folder: Path, digests: dict[str, str]) -> None:
    """Has `peer` read what it has not read yet; an image that it fails on counts as empty."""
    left = [name for name in digests if not readings.has(name, digests[name])]
    saved = time.monotonic()
    for first in range(0, len(left), peer.batch):
        names = left[first : first + peer.batch]
        with peers.timed() as spent:
            texts = _read(peer, [folder / name for name in names])
        for name, text in zip(names, texts):
            readings.add(name, digests[name], text, 1000 * spent[0] / len(names))
        if time.monotonic() - saved > 10:
            readings.save()
            saved = time.monotonic()
        print(
            f"\r{peer.name}: {first + len(names)} of {len(left)} images ",
            end="",
            file=sys.stderr,
            flush=True,
        )
    readings.save()
    if left:
        print(file=sys.stderr)


def read_one(peer: peers.Peer, path: Path) -> str:
    return _read(peer, [path])[0]


def _read(peer: peers.Peer, paths: list[Path]) -> list[str]:
    try:
        texts = peer.read(paths)
        if len(texts) != len(paths):
            raise RuntimeError(f"{len(texts)} texts for {len(paths)} images")
        return texts
    except RuntimeError as error:
        if len(paths) > 1:
            return [read_one(peer, path) for path in paths]
        print(f"\n{peer.name}, {paths[0].name}: {error}; counts as empty", file=sys.stderr)
        return [""]


class Column(NamedTuple):
    """What a table tells of a program."""

    name: str
    version: str
    texts: dict[str, str]
    milliseconds: Callable[[Sequence[str]], float]  # an image, of those with these names

    def cells(self, it: score.Score, names: list[str]) -> Iterable[str]:
        yield self.name
        for rate in (
            it.cer_without_spaces,
            it.cer_capped,
            it.cer_folded,
            it.lines_right_share,
            it.images_right_share,
        ):
            yield f"{100 * rate:.1f} %"
        yield f"{self.milliseconds(names):.0f}"
        yield self.version


HEAD = tables.head(
    "Program",
    "CER without spaces",
    "capped",
    "folded",
    "lines right",
    "images right",
    "ms CPU an image",
    "version",
)


def by_tier(truths: Truths, columns: list[Column]) -> str:
    """Markdown: a table a tier."""
    names: dict[str, list[str]] = {}
    for name, truth in truths.items():
        for tier in (truth.get("tier") or "all", score.OVERALL):
            names.setdefault(tier, []).append(name)
    scores = [score.score(truths, column.texts) for column in columns]
    lines = []
    for tier, one in scores[0].items() if scores else ():
        lines += [
            f"### {'All' if tier == score.OVERALL else tier}: {one.images} images, "
            f"{one.characters} characters",
            "",
            HEAD,
        ]
        for column, tiers in zip(columns, scores):
            lines.append(tables.row(*column.cells(tiers[tier], names[tier])))
        if one.text_free:
            read = (
                f"{column.name} {tiers[tier].text_free_read} of {one.text_free}"
                for column, tiers in zip(columns, scores)
            )
            lines += ["", f"Text-free images in which something was read: {', '.join(read)}."]
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/measure/peers/run", description=__doc__)
    parser.add_argument("folder", type=Path, help="images and a truth.json")
    parser.add_argument(
        "--scribe", default=str(SCRIBE), help="the program (default: the one that was built)"
    )
    parser.add_argument("--only", default="", metavar="NAME,NAME", help="only these programs")
    parser.add_argument("--out", type=Path, help="also write the tables here")
    parser.add_argument("--home", type=Path, default=ROOT / ".data/peers", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)

    folder = options.folder.resolve()
    truths = labelled.load(folder)
    digests = labelled.digests(folder, truths)
    wanted = [name for name in options.only.split(",") if name]
    everyone = peers.everyone(folder, options.scribe)
    unknown = sorted(set(wanted) - {peer.key for peer in everyone})
    if unknown:
        parser.error(
            f"no program {', '.join(unknown)}; there are "
            + ", ".join(peer.key for peer in everyone)
        )
    home = options.home / f"{folder.name}-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]}"

    columns: list[Column] = []
    notes: list[str] = []
    for peer in everyone:
        if wanted and peer.key not in wanted:
            continue
        try:
            version = peer.start()
        except peers.Missing as reason:
            print(f"Left out: {peer.name}: {reason}", file=sys.stderr)
            notes.append(f"{peer.name} was left out: {reason}.")
            continue
        readings = Readings(
            home, peer.key, peer.digest() if isinstance(peer, peers.Scribe) else version
        )
        read_all(peer, readings, folder, digests)
        columns.append(Column(peer.name, version, readings.texts, readings.milliseconds))
        notes += [peer.note] if peer.note else []
    notes.append(
        "One thread each. CPU time is user and system time, the front end included; "
        "starting Tesseract and SerialScribe is spread over 50 images, the Python "
        "packages are loaded beforehand."
    )
    text = by_tier(truths, columns) + "\n".join(notes) + "\n"
    print(text, end="")
    if options.out:
        options.out.write_text(text)
    print(f"What each read is in {home}", file=sys.stderr)
    return 0 if columns else 1


if __name__ == "__main__":
    sys.exit(main())
