"""Tells what the tests in a folder need and don't have: scripts/python tests.lacking FOLDER

The folder's file `needs` lists modules, and `fonts` for those that may be drawn.
"""

import importlib
import sys
from pathlib import Path


def lacking(needs):
    """Why the tests can't be run, or nothing."""
    for need in needs:
        if need == "fonts":
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
    reason = lacking((Path(sys.argv[1]) / "needs").read_text().split())
    if reason:
        print(reason)
