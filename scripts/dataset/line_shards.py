"""Shards of lines, as training reads them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

FOUND, PLACED, PHOTOGRAPHED = range(3)  # where a line is from


class Row(NamedTuple):
    """A line and what is said of it."""

    coverage: np.ndarray  # uint8 [rows, width]
    text: str
    columns: list[float]  # middles of the characters
    family: int
    tier: int
    image: int
    source: int


def arrays(rng: np.random.Generator, rows: Sequence[Row]) -> dict[str, np.ndarray]:
    """Lines as arrays, shuffled."""
    rows = [rows[k] for k in rng.permutation(len(rows))]
    codes = np.frombuffer("".join(row[1] for row in rows).encode("utf-32-le"), np.uint32)
    return {
        "pixels": np.concatenate([row[0].T.reshape(-1) for row in rows]),
        "widths": np.array([row[0].shape[1] for row in rows], np.uint16),
        "text": codes,
        "lengths": np.array([len(row[1]) for row in rows], np.uint16),
        "columns": np.array([c for row in rows for c in row[2]], np.float32),
        "family": np.array([row[3] for row in rows], np.uint16),
        "tier": np.array([row[4] for row in rows], np.uint8),
        "image": np.array([row[5] for row in rows], np.uint32),
        "source": np.array([row[6] for row in rows], np.uint8),
    }
