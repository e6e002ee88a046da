"""Labelled lines in shards, for line readers: what each line that a cutter finds says."""
import numpy as np

import cutter
from sample import TIERS

# Rows of a line's coverage: tall characters reach from the one to the other.
TOP, BASE = 20 / 3, 68 / 3
_MOST_EMPTY = 0.3  # lines without text, as a share of those with text
_NO_FAMILY = 0xFFFF


def label(head, width, characters):
    """Which of a picture's characters a line shows, and where.

    Returns (indices into `characters` left to right, their middles in columns), empty lists where
    the line shows no text, or None where what it shows teaches nothing certain.
    """
    if not characters:
        return [], []
    origin, step = head["origin"].astype(np.float64), head["step"].astype(np.float64)
    boxes = np.array([c.box for c in characters], np.float64)
    scale = np.hypot(*step)
    along, down = step / scale, np.array((-step[1], step[0])) / scale
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 - origin
    column, row = middle @ along / scale, middle @ down / scale
    tall = (boxes[:, 3] - boxes[:, 1]) / scale
    light = np.array([c.light for c in characters], bool)
    number = np.array([c.line for c in characters])
    inside = (column > 6) & (column < width - 6) & (row > 2) & (row < 30)
    if not inside.any() or (light[inside] != (head["polarity"] == 1)).all():
        return [], []
    shown = None
    for line in np.unique(number[inside]):
        mine = inside & (number == line)
        cap = np.array([characters[k].cap for k in np.flatnonzero(mine)]).mean() / scale
        # Most characters' middles lie between the cap line and the baseline.
        fits = ((row[mine] > TOP - 3) & (row[mine] < BASE + 3)).mean() > 0.6 and 8 < cap < 26
        if not fits:
            # Parts of a line above or below, at the edge of this one, are no text of it.
            if cap > 26 or (tall[mine] > 4).sum() > 1 and 5 < np.median(row[mine]) < 25:
                return None
            continue
        if shown is not None:
            return None
        shown = np.flatnonzero(mine)
    if shown is None:
        return None
    if (light[shown] != (head["polarity"] == 1)).any():
        return None
    shown = shown[np.argsort(column[shown], kind="stable")]
    return shown.tolist(), column[shown].tolist()


def text_of(shown, characters, lines):
    """The text of these characters of one line, with the spaces between them."""
    words = lines[characters[shown[0]].line]
    # A character's number within its line -> whether a space stands before it.
    after_space, spaced = [], False
    for char in words:
        if char == " ":
            spaced = True
        else:
            after_space.append(spaced)
            spaced = False
    first = next(k for k, c in enumerate(characters) if c.line == characters[shown[0]].line)
    text = ""
    for place, k in enumerate(shown):
        if place and k - first < len(after_space) and after_space[k - first]:
            text += " "
        text += characters[k].char
    return text


def build(generator, first, count, cutting):
    """The shard of the pictures first..<first + count as a dict of arrays."""
    family = {name: number for number, name in enumerate(generator.families)}
    rng = np.random.default_rng((generator.seed, first, 0x11E5))
    rows, empty = [], []
    truths = hits = unsure = 0

    def pictures():
        for index in range(first, first + count):
            sample = generator.make(index)
            yield (index, sample), sample.picture

    for (index, sample), found in cutter.cut(cutting, pictures()):
        truths += len(sample.characters)
        for head, coverage in found:
            width = coverage.shape[1]
            labelled = label(head, width, sample.characters)
            if labelled is None:
                unsure += 1
                continue
            shown, columns = labelled
            tier = TIERS.index(sample.tier)
            if not shown:
                empty.append((coverage, "", [], _NO_FAMILY, tier, index))
                continue
            hits += len(shown)
            font = sample.characters[shown[0]].font
            text = text_of(shown, sample.characters, sample.lines)
            rows.append((coverage, text, columns, family[font.family], tier, index))
    most = max(32, int(len(rows) * _MOST_EMPTY))
    rows += [empty[k] for k in rng.permutation(len(empty))[:most]]
    rows = [rows[k] for k in rng.permutation(len(rows))]
    return {"pixels": np.concatenate([row[0].T.reshape(-1) for row in rows]),
            "widths": np.array([row[0].shape[1] for row in rows], np.uint16),
            "text": np.frombuffer("".join(row[1] for row in rows).encode("ascii"), np.uint8),
            "lengths": np.array([len(row[1]) for row in rows], np.uint16),
            "columns": np.array([c for row in rows for c in row[2]], np.float32),
            "family": np.array([row[3] for row in rows], np.uint16),
            "tier": np.array([row[4] for row in rows], np.uint8),
            "image": np.array([row[5] for row in rows], np.uint32),
            "truths": np.array(truths), "hits": np.array(hits), "unsure": np.array(unsure)}
