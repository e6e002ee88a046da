"""How well numbers part what is to be found from the rest."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LOOKED_AT = 0.1  # share of the pictures
STEPS = [round(0.05 * k, 2) for k in range(21)]  # that are tried


class Line(NamedTuple):
    confidence: float
    novelty: float
    is_wanted: bool  # whether it is what is to be found


class Picture(NamedTuple):
    """The lines that were read in a picture, and whether something of it was misread."""

    lines: list[tuple[float, float]]  # confidence, novelty
    is_wrong: bool


def area(found: np.ndarray, rest: np.ndarray) -> float:
    """The area under the curve: how often one of those to be found is above one of the rest."""
    both = np.concatenate([found, rest])
    _, place, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    above = ranks[: len(found)].sum() - len(found) * (len(found) + 1) / 2
    return float(above / max(1, len(found) * len(rest)))


def odds(share: float) -> float:
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def features(lines: Sequence[Line]) -> np.ndarray:
    """A constant, doubt and novelty, the last two as logarithms of odds."""
    return np.array([[1.0, -odds(line.confidence), odds(line.novelty)] for line in lines])


class Rule(NamedTuple):
    """How telling pictures are, as `Reading.telling` has it."""

    novelty: float  # what it counts beside doubt
    nothing_read: float  # how telling a picture is in which nothing is read

    def telling(self, picture: Picture) -> float:
        weight = self.novelty
        return max(
            ((1 - weight) * (1 - sure) + weight * novelty for sure, novelty in picture.lines),
            default=self.nothing_read,
        )


def found_first(pictures: Sequence[Picture], rule: Rule) -> float:
    """The share of all wrong pictures among those that are looked at, the most telling first; of
    pictures that tell as much, what is to be expected."""
    scores = np.array([rule.telling(picture) for picture in pictures])
    wrong = np.array([picture.is_wrong for picture in pictures], float)
    left, found = LOOKED_AT * len(pictures), 0.0
    for score in -np.unique(-scores):
        same = scores == score
        share = min(1.0, left / same.sum())
        found += share * wrong[same].sum()
        left -= share * same.sum()
        if left <= 0:
            break
    return float(found / max(1.0, wrong.sum()))


def best_possible(pictures: Sequence[Picture]) -> float:
    wrong = sum(picture.is_wrong for picture in pictures)
    return min(1.0, LOOKED_AT * len(pictures) / max(1, wrong))


def best_rule(kinds: Sequence[Sequence[Picture]], weights: Sequence[float] = STEPS) -> Rule:
    """By which most is found, on average over kinds of pictures. Of equals, one with the least
    novelty, and of those the middle one, farthest from where less is found."""
    found = {
        rule: round(sum(found_first(pictures, rule) for pictures in kinds), 6)
        for rule in (Rule(weight, nothing) for weight in weights for nothing in STEPS)
    }
    most = max(found.values())
    best = [rule for rule, value in found.items() if value == most]
    least = [rule for rule in best if rule.novelty == best[0].novelty]
    return least[len(least) // 2]
