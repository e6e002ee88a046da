"""Tells what the tests in a folder need and don't have: scripts/python tests.lacking FOLDER

A line of the folder's file `needs` is a module, `program NAME`, or `fonts` for those that may be
drawn.
"""

import importlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path


def lacking(needs: Iterable[str]) -> str | None:
    """Why the tests can't be run, or nothing."""
    for need in needs:
        kind, _, name = need.partition(" ")
        if name:
            if kind != "program":
                raise ValueError(f"needs: {need} is no module, program NAME or fonts")
            if shutil.which(name) is None:
                return f"there is no program {name}"
        elif need == "fonts":
            from dataset import fonts

            if fonts.missing():
                return "fonts are missing"
        else:
            try:
                importlib.import_module(need)
            except ImportError:
                return f"there is no {need}"
    return None


if __name__ == "__main__":
    reason = lacking((Path(sys.argv[1]) / "needs").read_text().splitlines())
    if reason:
        print(reason)
