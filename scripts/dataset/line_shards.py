"""Shards of lines, as training reads them."""

import numpy as np

FOUND, PLACED, PHOTOGRAPHED = range(3)  # where a line is from


def arrays(rng, rows):
    """Lines (coverage, text, middles, family, tier, picture, source) as arrays, shuffled."""
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
