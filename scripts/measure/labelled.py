"""Labelled folders: pictures, and a truth.json that tells what stands in them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# By the name of a picture; "text" is a string, "tier" may be there.
Truths = dict[str, dict[str, Any]]


def load(folder: Path, with_text: bool = False) -> Truths:
    """What truth.json says of each image; `with_text` leaves out those that it tells no text of."""
    try:
        truths = json.loads((folder / "truth.json").read_text())
        if with_text:
            truths = {
                name: truth for name, truth in truths.items() if truth.get("text") not in (None, "")
            }
        if not all(isinstance(truth["text"], str) for truth in truths.values()):
            raise TypeError
    except OSError as error:
        raise SystemExit(
            f"{error.filename}: {error.strerror}; a folder to compare on needs "
            "a truth.json beside its images"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SystemExit(
            f"{folder / 'truth.json'} is not an object of image names to "
            '{"text": ..., "tier": ...}'
        ) from error
    return dict(sorted(truths.items()))


def choose(names: Iterable[str], count: int | None) -> list[str]:
    """`count` images, evenly from all by name: of tiers that names begin with, equally many."""
    names = sorted(names)
    if not count or count >= len(names):
        return names
    return [names[i * len(names) // count] for i in range(count)]


def digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of each image."""
    try:
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    except OSError as error:
        raise SystemExit(f"{error.filename}: {error.strerror}") from error
