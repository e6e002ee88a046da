"""Error rates as `scribe evaluate` counts them, for texts that any program read.

  scripts/python measure.peers.score TRUTH.json TEXTS.json

TRUTH.json maps image names to {"text", "tier"}, TEXTS.json maps them to the text that was read.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dataset.characters import DRAWN_ALIKE, FORMS
from measure.labelled import Truths

OVERALL = "ALL"
TIERS = ("clean", "typical", "hard")

_ASCII = str.maketrans(FORMS)
_FOLDED = str.maketrans(DRAWN_ALIKE)


def bare(text: str) -> str:
    """The characters that count."""
    return re.sub(r"\s+", "", text.translate(_ASCII))


def spaced(text: str) -> str:
    """The words parted by single spaces."""
    return re.sub(r"\s+", " ", text.translate(_ASCII)).strip()


def bare_lines(text: str) -> list[str]:
    return [line for line in map(bare, text.splitlines()) if line]


def distance(a: str, b: str) -> int:
    """Levenshtein's."""
    if a == b or not a or not b:
        return 0 if a == b else len(a) + len(b)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            diagonal, row[j] = row[j], min(diagonal + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


@dataclass
class Score:
    """Sums over images, and the rates that follow."""

    images: int = 0
    images_right: int = 0
    images_empty: int = 0
    text_free: int = 0
    text_free_read: int = 0
    lines: int = 0
    lines_right: int = 0
    characters: int = 0
    errors: int = 0
    capped_errors: int = 0
    folded_errors: int = 0
    spaced_characters: int = 0
    spaced_errors: int = 0

    def add(self, truth: str, text: str) -> None:
        is_, read = bare(truth), bare(text)
        errors = distance(is_, read)
        true_lines, read_lines = Counter(bare_lines(truth)), Counter(bare_lines(text))
        self.images += 1
        self.images_right += is_ == read
        self.images_empty += not read
        self.text_free += not is_
        self.text_free_read += not is_ and bool(read)
        self.lines += sum(true_lines.values())
        self.lines_right += sum((true_lines & read_lines).values())
        self.characters += len(is_)
        self.errors += errors
        self.capped_errors += min(errors, len(is_))
        self.folded_errors += distance(is_.translate(_FOLDED), read.translate(_FOLDED))
        self.spaced_characters += len(spaced(truth))
        self.spaced_errors += distance(spaced(truth), spaced(text))

    @property
    def cer(self) -> float:
        return self.spaced_errors / max(1, self.spaced_characters)

    @property
    def cer_without_spaces(self) -> float:
        return self.errors / max(1, self.characters)

    @property
    def cer_capped(self) -> float:
        return self.capped_errors / max(1, self.characters)

    @property
    def cer_folded(self) -> float:
        return self.folded_errors / max(1, self.characters)

    @property
    def lines_right_share(self) -> float:
        return self.lines_right / max(1, self.lines)

    @property
    def images_right_share(self) -> float:
        return self.images_right / max(1, self.images)


def score(truths: Truths, texts: Mapping[str, str]) -> dict[str, Score]:
    """A Score a tier, the known ones first, then OVERALL; an image without a text is empty."""
    scores: dict[str, Score] = {}
    for name, truth in truths.items():
        for tier in (truth.get("tier") or "all", OVERALL):
            scores.setdefault(tier, Score()).add(truth["text"], texts.get(name) or "")

    def rank(tier: str) -> tuple[bool, int, str]:
        return (tier == OVERALL, TIERS.index(tier) if tier in TIERS else len(TIERS), tier)

    return {tier: scores[tier] for tier in sorted(scores, key=rank)}


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    truths, texts = (json.loads(Path(path).read_text()) for path in arguments)
    print(
        f"{'tier':10}{'images':>8}{'CER':>9}{'CERnws':>9}{'CERcap':>9}{'CERfold':>9}"
        f"{'lines':>9}{'right':>9}"
    )
    for tier, it in score(truths, texts).items():
        rates = (
            it.cer,
            it.cer_without_spaces,
            it.cer_capped,
            it.cer_folded,
            it.lines_right_share,
            it.images_right_share,
        )
        print(f"{tier:10}{it.images:8}" + "".join(f"{100 * rate:8.2f}%" for rate in rates))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
