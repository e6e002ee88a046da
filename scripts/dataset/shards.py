"""Labelled patches in shards: cut, labelled, thinned out and written, a range of pictures each."""

import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dataset import cutter, labels
from dataset.sample import TIERS, Pictures, Sample

_MOST_REJECTS = 1 / 3  # of the characters: a quarter of a shard
# Rejects by what they teach: parts and joined characters, the ground between strokes seen as ink,
# and pictures' other structure.
_REJECT_SHARES = (0.6, 0.15, 0.25)
_MOST_OF_ONE = 2  # good candidates kept of one character; they are near copies
_MOST_OF_GROUP = 24  # rejects of each kind held of one picture: some pictures have thousands


class Row(NamedTuple):
    """A candidate that is kept."""

    candidate: np.void  # as CANDIDATE
    label: int
    family: int
    tier: int
    image: int


def build(
    generator: Pictures, first: int, count: int, cutting: cutter.Cutter
) -> dict[str, np.ndarray]:
    """The shard of the pictures first..<first + count as a dict of arrays."""
    family = {name: number for number, name in enumerate(generator.families)}
    good: list[Row] = []
    bad: tuple[list[Row], ...] = ([], [], [])
    rng = np.random.default_rng((generator.seed, first, 0x5EED))
    tally = np.zeros((2, len(TIERS), 94), np.int64)

    def pictures() -> Iterator[tuple[tuple[int, Sample], np.ndarray]]:
        for index in range(first, first + count):
            sample = generator.make(index)
            yield (index, sample), sample.picture

    for (index, sample), found in cutter.cut(cutting, pictures()):
        tier = TIERS.index(sample.tier)
        truth = np.array([c.box for c in sample.characters]).reshape(-1, 4)
        light = np.array([c.light for c in sample.characters], bool)
        either = np.array([c.either for c in sample.characters], bool)
        classes = np.array([ord(c.char) - 0x21 for c in sample.characters], np.uint8)
        np.add.at(tally[0, tier], classes, 1)
        marks, match, touches = labels.label(
            found["box"], found["polarity"] == 1, truth, light, classes, either
        )
        np.add.at(tally[1, tier], classes[np.unique(match[match >= 0])], 1)
        text_light = (light | either).any() if len(light) else False
        text_dark = (~light | either).any() if len(light) else False
        seen: dict[int, int] = {}
        for k in _closest_first(found["box"], truth, match):
            number = match[k]
            seen[number] = seen.get(number, 0) + 1
            if seen[number] <= _MOST_OF_ONE:
                font = sample.characters[number].font
                good.append(Row(found[k].copy(), marks[k], family[font.family], tier, index))
        wrong = np.where(found["polarity"] == 1, not text_light, not text_dark)
        group = np.where(~touches, 2, np.where(wrong, 1, 0))
        for number in range(3):
            which = np.flatnonzero((marks == labels.REJECT) & (group == number))
            for k in rng.permutation(which)[:_MOST_OF_GROUP]:
                bad[number].append(Row(found[k].copy(), labels.REJECT, 0xFFFF, tier, index))

    rows = good + _thin(rng, bad, int(len(good) * _MOST_REJECTS) if good else 64)
    order = rng.permutation(len(rows))
    rows = [rows[k] for k in order]
    return {
        "patches": np.array([row.candidate["patch"] for row in rows], np.uint8).reshape(
            -1, *cutter.CANDIDATE["patch"].shape
        ),
        "labels": np.array([row.label for row in rows], np.uint8),
        "family": np.array([row.family for row in rows], np.uint16),
        "tier": np.array([row.tier for row in rows], np.uint8),
        "segments": np.array([row.candidate["segments"] for row in rows], np.uint8),
        "image": np.array([row.image for row in rows], np.uint32),
        "truths": tally[0],
        "hits": tally[1],
    }


def _closest_first(boxes: np.ndarray, truth: np.ndarray, match: np.ndarray) -> Iterable[int]:
    found = np.flatnonzero(match >= 0)
    if not len(found):
        return []
    apart = np.abs(boxes[found] - truth[match[found]]).sum(axis=1)
    return found[np.argsort(apart, kind="stable")]


def _thin(rng: np.random.Generator, groups: Sequence[list[Row]], most: int) -> list[Row]:
    """At most `most` rejects, shared over the groups; what one lacks, the others fill."""
    kept: list[Row] = []
    left: list[Row] = []
    for group, share in zip(groups, _REJECT_SHARES):
        order = rng.permutation(len(group))
        take = min(len(group), int(most * share))
        kept += [group[k] for k in order[:take]]
        left += [group[k] for k in order[take:]]
    more = min(most - len(kept), len(left))
    if more > 0:
        kept += [left[k] for k in rng.permutation(len(left))[:more]]
    return kept


def save(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Writes a shard as .npz, whole or not at all; fast compression, as patches are mostly flat."""
    path = Path(path)
    part = path.with_suffix(f".part{os.getpid()}")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"),
                data.getvalue(),
                compress_type=zipfile.ZIP_DEFLATED,
                compresslevel=1,
            )
    os.replace(part, path)


def load(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of a shard. Raises ValueError if it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is damaged, remove it and run again: {error}") from error


def digest(arrays: dict[str, np.ndarray]) -> str:
    """SHA-256 over what is trained on, whatever the files' compression."""
    state = hashlib.sha256()
    for name in ("patches", "labels", "pixels", "text", "family"):
        if name in arrays:
            state.update(np.ascontiguousarray(arrays[name]).tobytes())
    return state.hexdigest()
