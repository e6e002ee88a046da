"""Looks at made data.

  scripts/python dataset.check patches DIR [--sheet OUT.png]
  scripts/python dataset.check pictures DIR [--sheet OUT.png]

Of patches: class counts, label yield, patches of each class. Of pictures: contrast, noise,
sharpness, sizes per tier, as measured in the pictures; for comparing two folders.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dataset import shards
from dataset.geometry import PATCH
from dataset.sample import TIERS

PERCENTILES = (2, 10, 25, 50, 75, 90, 98)


def patches(folder: Path, sheet: Path | None, across: int) -> None:
    paths = sorted(folder.glob("shard-*.npz"))
    if not paths:
        raise ValueError(f"no shards in {folder}")
    counts = np.zeros(95, np.int64)
    truths = hits = np.zeros((len(TIERS), 94), np.int64)
    kept: list[list[np.ndarray]] = [[] for _ in range(95)]
    rng = np.random.default_rng(1)
    for path in paths:
        arrays = shards.load(path)
        counts += np.bincount(arrays["labels"], minlength=95)[:95]
        truths, hits = truths + arrays["truths"], hits + arrays["hits"]
        if sheet:
            for label in range(95):
                where = np.flatnonzero(arrays["labels"] == label)
                for k in rng.permutation(where)[:across]:
                    kept[label].append(arrays["patches"][k])
    total = counts.sum()
    rare = np.argsort(counts[:94])[:12]
    print(f"{total} patches, {100 * counts[94] / max(1, total):.1f} % rejects")
    for first in range(0, 94, 8):
        row = range(first, min(94, first + 8))
        print("  ".join(f"{chr(0x21 + k)} {counts[k]:7d}" for k in row))
    print("rarest: " + "  ".join(f"{chr(0x21 + k)} {counts[k]}" for k in rare))
    for k, tier in enumerate(TIERS):
        print(
            f"yield {tier}: {hits[k].sum()} of {truths[k].sum()} characters, "
            f"{100 * hits[k].sum() / max(1, truths[k].sum()):.1f} %"
        )
    share = hits.sum(axis=0) / np.maximum(1, truths.sum(axis=0))
    worst = np.argsort(share)[:16]
    print("least yield: " + "  ".join(f"{chr(0x21 + k)} {100 * share[k]:.0f}%" for k in worst))
    if sheet:
        _patch_sheet(sheet, kept, across, rng)


def _patch_sheet(
    sheet: Path, kept: list[list[np.ndarray]], across: int, rng: np.random.Generator
) -> None:
    """Two columns of classes; each patch with its two channels one above the other."""
    cell, left = PATCH.rows + 2, 26
    rows = 48
    page = np.full((rows * (2 * cell + 4), 2 * (left + across * cell + 12)), 40, np.uint8)
    for label, found in enumerate(kept):
        column, row = divmod(label, rows)
        x, y = column * (left + across * cell + 12), row * (2 * cell + 4)
        name = chr(0x21 + label) if label < 94 else "rej"
        cv2.putText(page, name, (x + 2, y + 40), cv2.FONT_HERSHEY_SIMPLEX, 0.55, 255, 1)
        for place, k in enumerate(rng.permutation(len(found))[:across]):
            for channel in range(PATCH.channels):
                at = x + left + place * cell, y + channel * cell
                page[at[1] : at[1] + PATCH.rows, at[0] : at[0] + PATCH.columns] = found[k][
                    :, :, channel
                ]
    if not cv2.imwrite(str(sheet), page):
        raise OSError(f"cannot write {sheet}")
    print(f"sheet: {sheet}")


def pictures(folder: Path, sheet: Path | None) -> None:
    rows: dict[str, list[tuple[float, ...]]] = {tier: [] for tier in TIERS}
    tiles = []
    for path in sorted(folder.glob("*.json")):
        if path.name == "truth.json":
            continue
        about = json.loads(path.read_text())
        picture = cv2.imread(str(path.with_suffix(".png")), cv2.IMREAD_GRAYSCALE)
        if picture is None:
            raise ValueError(f"no picture beside {path}")
        if about["chars"]:
            rows[about["tier"]].append(measure(picture, about))
        tiles.append(picture)
    names = ("cap", "paper", "ink", "contrast", "noise", "neighbour", "edge", "signal", "mean")
    for tier in TIERS:
        if not rows[tier]:
            continue
        values = np.array(rows[tier])
        print(f"{tier}: {len(values)} pictures, percentiles {PERCENTILES}")
        for k, name in enumerate(names):
            print(
                f"  {name:10s}"
                + "".join(f"{v:8.2f}" for v in np.percentile(values[:, k], PERCENTILES))
            )
    if sheet:
        pick = np.random.default_rng(1).permutation(len(tiles))[:36]
        page = np.zeros((6 * 244, 6 * 324), np.uint8)
        for place, k in enumerate(pick):
            tile = tiles[k]
            if tile.shape[1] > 320:
                tile = cv2.resize(tile, (320, 240), interpolation=cv2.INTER_AREA)
            y, x = place // 6 * 244, place % 6 * 324
            page[y : y + tile.shape[0], x : x + tile.shape[1]] = tile[:240, :320]
        if not cv2.imwrite(str(sheet), page):
            raise OSError(f"cannot write {sheet}")
        print(f"sheet: {sheet}")


def measure(picture: np.ndarray, about: dict[str, Any]) -> tuple[float, ...]:
    """Cap height, paper, ink and contrast at the characters, noise and its correlation with the
    next pixel away from them, the steepest edge over the contrast, contrast over noise, mean."""
    gray = picture.astype(np.float32)
    free = np.ones(picture.shape, bool)
    found = []
    for char in about["chars"]:
        x0, y0, x1, y1 = char["box"]
        x0, y0, x1, y1 = max(0, int(x0) - 2), max(0, int(y0) - 2), int(x1) + 3, int(y1) + 3
        free[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = False
        area = gray[y0:y1, x0:x1]
        if area.size < 30:
            continue
        paper = np.median(np.concatenate([area[0], area[-1]]))
        low, high = np.percentile(area, (4, 96))
        ink = low if paper - low > high - paper else high
        found.append((paper, ink, np.abs(np.diff(area, axis=1)).max() / max(1, abs(paper - ink))))
    paper, ink, edge = np.median(np.array(found), axis=0)
    rough = gray - cv2.GaussianBlur(gray, (0, 0), 3)
    noise = np.median(np.abs(rough[free])) / 0.6745
    calm = free & (np.abs(rough) < 3 * noise + 1)
    pairs = calm[:, :-1] & calm[:, 1:]
    neighbour = (rough[:, :-1] * rough[:, 1:])[pairs].mean() / max(
        1e-3, (rough[:, :-1][pairs] ** 2).mean()
    )
    contrast = abs(paper - ink)
    return (
        about["cap_px"] or 0,
        paper,
        ink,
        contrast,
        noise,
        neighbour,
        edge,
        contrast / max(0.3, noise),
        gray.mean(),
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.check",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("patches", "pictures"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sheet", type=Path, help="write a contact sheet to this PNG")
    parser.add_argument("--across", type=int, default=20, help="patches of a class on the sheet")
    options = parser.parse_args()
    try:
        if options.what == "patches":
            patches(options.folder, options.sheet, options.across)
        else:
            pictures(options.folder, options.sheet)
    except (ValueError, OSError) as error:
        print(f"dataset.check: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
