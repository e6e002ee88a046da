"""Tells what is in a result of scripts/archive/read: whether every file is in it once.

    scripts/archive/check result
    scripts/archive/check --errors result

Exit codes: 0 every planned file is there once; 64 wrong options; 65 files are missing, there twice,
or in no plan; 66 no result is there.
"""

from __future__ import annotations

import argparse
import collections
import sys

from archive.read import Parser
from archive.refused import Exit, Refused
from archive.result import Result

_COLUMNS = ["file", "error_kind", "error", "node"]


def run(url: str, errors: bool) -> Exit:
    result = Result(url)
    if result.way() is None:
        raise Refused(Exit.NO_INPUT, f"{url}: no result is there")
    planned = collections.Counter(file.name for _, file in result.planned())
    read: collections.Counter[str] = collections.Counter()
    kinds: collections.Counter[str] = collections.Counter()
    nodes: collections.Counter[str] = collections.Counter()
    for part in sorted(result.written()):
        for row in result.read(part, _COLUMNS):
            read[row["file"]] += 1
            nodes[row["node"] or "none"] += 1
            if row["error_kind"]:
                kinds[row["error_kind"]] += 1
                if errors:
                    print(f"{row['file']}\t{row['error_kind']}\t{row['error']}")
    missing = sum(name not in read for name in planned)
    twice = sum(count > 1 for counts in (planned, read) for count in counts.values())
    foreign = sum(name not in planned for name in read)
    by_kind = "".join(f", {count} {kind}" for kind, count in sorted(kinds.items()))
    by_node = ", ".join(f"{node} {count}" for node, count in sorted(nodes.items()))
    print(
        f"{len(planned)} files planned, {len(read)} read{by_kind}; "
        f"{missing} missing, {twice} twice, {foreign} in no plan",
        file=sys.stderr if errors else sys.stdout,
    )
    if by_node and not errors:
        print(f"by node: {by_node}")
    return Exit.DAMAGED if missing or twice or foreign else Exit.DONE


def main(words: list[str]) -> int:
    parser = Parser(
        "archive/check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("result", metavar="RESULT", help="a folder or URL")
    parser.add_argument("--errors", action="store_true", help="list what wasn't read, as TSV")
    chosen = parser.parse_args(words)
    try:
        return run(chosen.result, chosen.errors)
    except Refused as refused:
        print(f"archive/check: {refused}", file=sys.stderr)
        return refused.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
