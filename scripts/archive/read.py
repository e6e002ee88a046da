"""Reads an archive of images and recordings again, on one machine or many.

    scripts/archive/read photos/ recordings/ --out result
    scripts/archive/read s3://meters/2026 --out s3://read/2026 --cluster head:6379

Sources are folders with all folders in them, single files, or URLs that fsspec opens. The result is
a folder with a row a file, as Parquet; scripts/archive/check tells what is in it. The same command
goes on where an earlier one stopped, and reads what has been added to the sources since.

Exit codes: 0 all were read; 64 wrong options, or a result that was begun with others; 65 some files
couldn't be read, as the result says; 66 a source can't be listed; 69 no cluster, or a node that
can't read; 73 the result can't be written; 130 Ctrl-C. Where the cluster's head dies, Ray ends the
job with 1 after a minute: begin again once it is back.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from archive.files import File, Skipped, listed
from archive.reading import Way
from archive.refused import Exit, Refused
from archive.result import Result, batches
from archive.spreading import Cluster, Part
from archive.telling import Teller

MOST_FILES = 256
MOST_BYTES = 64 << 20
# So many parts for each core, or cores would wait for others at the end.
_PARTS = 8


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(Exit.USAGE, f"{self.prog}: {message}; --help tells all\n")


def options(words: list[str]) -> argparse.Namespace:
    parser = Parser(
        "archive/read", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("sources", nargs="+", metavar="SOURCE", help="folders, files or URLs")
    add("--out", required=True, metavar="RESULT", help="a folder or URL, for one job at a time")
    reading = parser.add_argument_group("reading")
    add = reading.add_argument
    add("--alphabet", help="characters that may be read, as digits")
    add("--pattern", metavar="REGEX", help="what a line looks like, as '[0-9]{5}'")
    add("--only-matching", action="store_true", help="leave out lines that don't match --pattern")
    add("--mount", help="how the camera hangs, as upside-down")
    add("--models", type=Path, metavar="FOLDER", help="models in place of the wheel's; sent along")
    add("--protocol", help="of all recordings, in place of what they name")
    cluster = parser.add_argument_group("cluster")
    add = cluster.add_argument
    add("--cluster", metavar="ADDRESS", help="of Ray's head, HOST:PORT; otherwise this machine")
    add("--cores", type=_count, metavar="N", help="of this machine, without --cluster (all)")
    add("--scribe", default="scribe", metavar="PROGRAM", help="that reads recordings, on each node")
    going = parser.add_argument_group("going on")
    add = going.add_argument
    add("--again", action="store_true", help="read files again that ended with an error")
    add("--part", type=_count, default=MOST_FILES, metavar="N", help="files at most in a part, 256")
    add("--every", type=_count, default=30, metavar="SECONDS", help="between lines in logs, 30")
    found = parser.parse_intermixed_args(words)
    if found.cluster and found.cores:
        parser.error("--cores is of this machine; a cluster has its own")
    if found.only_matching and not found.pattern:
        parser.error("--only-matching needs a --pattern")
    return found


def _count(word: str) -> int:
    count = int(word)
    if count < 1:
        raise ValueError(word)
    return count


def models(folder: Path | None) -> dict[str, bytes]:
    """The files of models, by name."""
    if folder is None:
        return {}
    found = {
        str(path.relative_to(folder)): path.read_bytes()
        for pattern in ("*/model.json", "*/*.bin")
        for path in sorted(folder.glob(pattern))
    }
    if not found:
        raise Refused(Exit.USAGE, f"--models {folder}: no models are there")
    return found


def way(chosen: argparse.Namespace, sent: dict[str, bytes]) -> Way:
    """How images are read, tried here first: what is wrong is told before a cluster is asked."""
    try:
        import serialscribe
    except ImportError as error:
        raise Refused(Exit.UNAVAILABLE, f"{error}: pip install SerialScribe's wheel") from error
    digest = hashlib.blake2b(digest_size=12)
    for name, content in sent.items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    wanted = {name: getattr(chosen, name) for name in ("alphabet", "pattern", "mount")}
    try:
        serialscribe.Reader(**wanted, only_matching=chosen.only_matching, models=chosen.models)
    except serialscribe.SerialScribeError as error:
        raise Refused(Exit.USAGE, str(error)) from error
    return Way(
        serialscribe.version(),
        digest.hexdigest() if sent else "",
        **wanted,
        only_matching=chosen.only_matching,
        protocol=chosen.protocol,
    )


def new_files(sources: Iterable[str], result: Result) -> tuple[list[File], Skipped]:
    """Files of the sources that are in no plan yet, each once."""
    known = {file.name for _, file in result.planned()}
    skipped = Skipped()
    found = []
    for source in sources:
        for file in listed(source, skipped):
            if file.name not in known:
                known.add(file.name)
                found.append(file)
    return found, skipped


def open_parts(result: Result, again: bool) -> Iterator[Part]:
    """Parts with files that are still to be read."""
    written = result.written()
    parts: dict[str, list[File]] = {}
    for name, file in result.planned():
        if name not in written or again:
            parts.setdefault(name, []).append(file)
    for name, files in parts.items():
        part = Part(name, files)
        if name in written:
            part.rows = {row["file"]: row for row in result.read(name) if row["error_kind"] is None}
        if not part.is_whole():
            yield part


def run(chosen: argparse.Namespace) -> Exit:
    sent = models(chosen.models)
    wanted = way(chosen, sent)
    result = Result(chosen.out)
    result.begin(asdict(wanted))
    cluster = Cluster(chosen.cluster, chosen.cores, chosen.scribe)
    teller = Teller(chosen.every)
    found, skipped = new_files(chosen.sources, result)
    teller.listed(len(found), skipped)
    spread = -(-len(found) // (_PARTS * max(1, cluster.progress.cores)))
    result.plan(batches(found, min(chosen.part, max(1, spread)), MOST_BYTES))
    todo = list(open_parts(result, chosen.again))
    teller.begin(
        total=sum(1 for _ in result.planned()), left=sum(len(part.missing()) for part in todo)
    )
    cluster.read(
        todo, wanted, sent, lambda part: result.write(part.name, part.in_order()), teller.tell
    )
    teller.end(cluster.progress, chosen.out)
    return Exit.DAMAGED if cluster.progress.errors else Exit.DONE


def main(words: list[str]) -> int:
    chosen = options(words)
    try:
        return run(chosen)
    except Refused as refused:
        print(f"archive/read: {refused}", file=sys.stderr)
        return refused.code
    except ConnectionError as error:
        print(f"archive/read: the cluster is gone: {error}", file=sys.stderr)
        return Exit.UNAVAILABLE
    except KeyboardInterrupt:
        print("archive/read: stopped; the same command goes on", file=sys.stderr)
        return Exit.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
