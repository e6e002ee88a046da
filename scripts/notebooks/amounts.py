"""How much the notebooks draw and train, and where they keep it."""

import os
import pathlib
from typing import TypeVar

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".data" / "notebooks"
# Set by the tests: all that is slow is made small.
QUICK = bool(os.environ.get("SERIALSCRIBE_NOTEBOOK_QUICK"))
T = TypeVar("T")


def amount(usual: T, quick: T) -> T:
    """So many pictures, steps or seeds."""
    return quick if QUICK else usual
