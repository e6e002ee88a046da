"""Labelled lines in shards, for line readers: what each line says that a cutter finds, or that is
drawn where a finder might see it."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np

from dataset import cutter, places
from dataset.line_shards import FOUND, PLACED, Row, arrays
from dataset.sample import TIERS, Pictures, Sample
from dataset.scene import Character, Text

_MOST_EMPTY = 0.18  # lines without text, as a share of those with text
_FOUND = (
    0.35  # share of the lines that the program finds and that are kept, where others are placed
)
_ELSEWHERE = 0.8  # places without text a picture
_NO_FAMILY = 0xFFFF

# A character that is seen for this much is one of the line's; for less than the least it is none.
_MOSTLY, _HARDLY = 0.6, 0.25
_LEAST_CAP, _MOST_CAP, _LARGE_CAP = 8, 26, 40  # rows of a line's capitals
_MOST_OFF = 6  # rows between its baseline and where it should be


class Cutters:
    """The program twice: as it finds lines, and as it draws lines at given places."""

    def __init__(self, command: list[str]) -> None:
        self.found = cutter.LineCutter([*command, "--lines"])
        try:
            self.placed = cutter.PlacedCutter([*command, "--lines", "--placed"])
        except cutter.CutterError:
            self.found.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.found.close()
        self.placed.close()


def _visible(extents: np.ndarray, width: int) -> np.ndarray:
    """How much of each character lies within a line's columns, 0...1."""
    wide = np.maximum(extents[:, 2] - extents[:, 0], 0.1)
    shown = np.minimum(extents[:, 2], width) - np.maximum(extents[:, 0], 0)
    return np.clip(shown / wide, 0, 1)


def _base(frame: places.Frame, text: Text, column: float) -> float:
    """The row of a text's baseline at a column of a line."""
    columns, rows = frame.strip((text.start, text.end))
    share = (column - columns[0]) / max(columns[1] - columns[0], 1e-6)
    return rows[0] + (rows[1] - rows[0]) * min(max(share, 0), 1)


def label(
    frame: places.Frame, light: bool, characters: list[Character], texts: Iterable[Text] = ()
) -> tuple[list[int], list[float]] | None:
    """Which of a picture's characters a line shows, and where.

    Returns (indices into `characters` left to right, their middles in columns), empty lists where
    the line shows no text, or None where what it shows teaches nothing certain. `texts`, if they
    are known, tell where the baselines are, and of which lines nobody knows what they say.
    """
    if not characters:
        return [], []
    extents = frame.extents([c.box for c in characters])
    row = (extents[:, 1] + extents[:, 3]) / 2
    tall = extents[:, 3] - extents[:, 1]
    number = np.array([c.line for c in characters])
    visible = _visible(extents, frame.width)
    seen = (visible > _HARDLY) & (row > 2) & (row < places.ROWS - 2)
    readable = np.array([c.either or c.light == light for c in characters], bool)
    if not (seen & readable).any():
        return [], []
    known = {text.line: text for text in texts}
    column = (extents[:, 0] + extents[:, 2]) / 2
    shown = None
    for line in np.unique(number[seen & readable]):
        mine = seen & (number == line)
        cap = np.array([characters[k].cap for k in np.flatnonzero(mine)]).mean() * frame.rows
        if cap > _LARGE_CAP:
            continue
        # Most characters' middles lie between the cap line and the baseline.
        between = (row[mine] > places.TOP - 3) & (row[mine] < places.BASE + 3)
        off = (
            line in known
            and abs(_base(frame, known[line], column[mine].mean()) - places.BASE) > _MOST_OFF
        )
        if off or between.mean() <= 0.6 or not _LEAST_CAP < cap < _MOST_CAP:
            # Parts of a line above or below, at the edge of this one, are no text of it.
            if cap > _MOST_CAP or (tall[mine] > 4).sum() > 1 and 5 < np.median(row[mine]) < 25:
                return None
            continue
        if shown is not None:
            return None
        shown = np.flatnonzero(mine)
    if shown is None:
        return [], []
    line = number[shown[0]]
    if not readable[shown].all() or (visible[shown] < _MOSTLY).any():
        return None
    if line in known and known[line].unsure:
        return None
    shown = shown[np.argsort(column[shown], kind="stable")]
    return shown.tolist(), column[shown].tolist()


def whole(place: np.ndarray, characters: list[Character]) -> np.ndarray:
    """The place, longer where it would show a part of a character of its line."""
    place = place.copy()
    for _ in range(4):
        frame = places.Frame(place)
        extents = frame.extents([c.box for c in characters])
        visible = _visible(extents, frame.width)
        part = (visible > 0.15) & (visible < 0.75)
        left, right = part & (extents[:, 0] < 0), part & (extents[:, 2] > frame.width)
        if not (left.any() or right.any()):
            break
        step = float(frame.along[0]) / frame.columns
        if left.any():
            place["start"] -= (1 - extents[left, 0].min()) * step
        if right.any():
            place["end"] += (extents[right, 2].max() + 1 - frame.width) * step
    return place


def text_of(shown: list[int], characters: list[Character], lines: list[str]) -> str:
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


def _places(rng: np.random.Generator, sample: Sample) -> list[np.ndarray]:
    """Places of a picture's texts, and some where there is none."""
    found = []
    for one, line in places.guesses(rng, sample):
        found.append(whole(one, [c for c in sample.characters if c.line == line]))
    nowhere = (places.elsewhere(rng, sample) for _ in range(rng.poisson(_ELSEWHERE)))
    return found + [one for one in nowhere if one is not None]


def shows_unread(frame: places.Frame, boxes: Sequence[Sequence[float]]) -> bool:
    """Whether a line shows text that is no truth: too small, too faint, or cut off."""
    if not boxes:
        return False
    extents = frame.extents(boxes)
    inside = (extents[:, 1] < places.ROWS - 6) & (extents[:, 3] > 6)
    return bool((inside & (extents[:, 0] < frame.width) & (extents[:, 2] > 0)).any())


class _Rows:
    """Lines of one shard: with text, and without by where they are from."""

    def __init__(self, families: list[str]) -> None:
        self.family = {name: number for number, name in enumerate(families)}
        self.texts: list[Row] = []
        self.empty: tuple[list[Row], list[Row]] = ([], [])
        self.hits = self.unsure = 0

    def add(
        self,
        frame: places.Frame,
        light: bool,
        coverage: np.ndarray,
        sample: Sample,
        index: int,
        source: int,
    ) -> None:
        labelled = label(frame, light, sample.characters, sample.texts)
        if labelled is None:
            self.unsure += 1
            return
        shown, columns = labelled
        tier = TIERS.index(sample.tier)
        if not shown and shows_unread(frame, sample.about.get("unread", ())):
            self.unsure += 1
            return
        if not shown:
            self.empty[source].append(Row(coverage, "", [], _NO_FAMILY, tier, index, source))
            return
        self.hits += len(shown)
        family = self.family[sample.characters[shown[0]].font.family]
        text = text_of(shown, sample.characters, sample.lines)
        self.texts.append(Row(coverage, text, columns, family, tier, index, source))

    def thinned(self, rng: np.random.Generator) -> list[Row]:
        """All with text and as many without as may be, half of each source if there are enough."""
        most = max(32, int(len(self.texts) * _MOST_EMPTY))
        kept: list[Row] = []
        for source, rest in ((FOUND, most // 2), (PLACED, most)):
            order = rng.permutation(len(self.empty[source]))
            kept += [self.empty[source][k] for k in order[: rest - len(kept)]]
        return self.texts + kept


def build(generator: Pictures, first: int, count: int, cutting: Cutters) -> dict[str, np.ndarray]:
    """The shard of the pictures first..<first + count as a dict of arrays."""
    rng = np.random.default_rng((generator.seed, first, 0x11E5))
    rows = _Rows(generator.families)
    truths = 0
    waiting: list[tuple[int, Sample, list[np.ndarray]]] = []

    def answered() -> None:
        index, sample, wanted = waiting.pop(0)
        for head, coverage in cutting.found.receive():
            if not wanted or rng.random() < _FOUND:
                rows.add(
                    places.Frame.of_line(head, coverage),
                    head["polarity"] == 1,
                    coverage,
                    sample,
                    index,
                    FOUND,
                )
        for place, (head, coverage) in zip(wanted, cutting.placed.receive()):
            rows.add(places.Frame(place), head["polarity"] == 1, coverage, sample, index, PLACED)

    for index in range(first, first + count):
        sample = generator.make(index)
        truths += len(sample.characters)
        wanted = _places(rng, sample)
        cutting.found.send(sample.picture)
        cutting.placed.send_placed(sample.picture, wanted)
        waiting.append((index, sample, wanted))
        if len(waiting) > 4:
            answered()
    while waiting:
        answered()
    return arrays(rng, rows.thinned(rng)) | {
        "truths": np.array(truths),
        "hits": np.array(rows.hits),
        "unsure": np.array(rows.unsure),
    }
