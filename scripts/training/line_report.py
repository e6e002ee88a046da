"""Measures what a line network makes of lines that it has not seen."""

from collections.abc import Callable, Iterator, Sequence

import numpy
import torch

from training import lines
from training.lines import STRIDE


def greedy(logits: torch.Tensor, widths: Sequence[int] | numpy.ndarray) -> list[list[int]]:
    """Best label of every column, repeats and blanks (the last label) left out."""
    blank = logits.shape[2] - 1
    best = logits.argmax(2).numpy()
    result = []
    for row, width in zip(best, widths):
        row = row[: width // STRIDE]
        keep = numpy.concatenate([[True], row[1:] != row[:-1]]) if len(row) else []
        result.append([int(label) for label in row[keep] if label != blank])
    return result


def alignment(truth: Sequence[int], found: Sequence[int]) -> list[tuple[int | None, int | None]]:
    """Pairs (label or None, label or None) of the cheapest way to turn one text into the other."""
    costs = numpy.zeros((len(truth) + 1, len(found) + 1), int)
    costs[:, 0], costs[0] = range(len(truth) + 1), range(len(found) + 1)
    for i, a in enumerate(truth, 1):
        for j, b in enumerate(found, 1):
            costs[i, j] = min(
                costs[i - 1, j - 1] + (a != b), costs[i - 1, j] + 1, costs[i, j - 1] + 1
            )
    i, j = len(truth), len(found)
    pairs: list[tuple[int | None, int | None]] = []
    while i or j:
        if i and j and costs[i, j] == costs[i - 1, j - 1] + (truth[i - 1] != found[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((truth[i], found[j]))
        elif i and costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
            pairs.append((truth[i], None))
        else:
            j -= 1
            pairs.append((None, found[j]))
    return pairs[::-1]


class Report:
    """What a network makes of lines that it has not seen."""

    def __init__(self, labels: lines.Labels) -> None:
        self.space = labels.space
        self.errors, self.counts = [0] * 3, [0] * 3
        self.right = self.total = self.spaces = self.empty = self.shown = 0
        # By truth and found; the last of each is "none".
        self.confusions = numpy.zeros((labels.blank, labels.blank), int)

    def add(self, truth: list[int], found: list[int], tier: int) -> None:
        if not len(truth):
            self.empty += 1
            self.shown += bool(found)
            return
        wanted = [label for label in truth if label != self.space]
        bare = [label for label in found if label != self.space]
        pairs = alignment(wanted, bare)
        for a, b in pairs:
            self.confusions[self.space if a is None else a, self.space if b is None else b] += 1
        wrong = sum(a != b for a, b in pairs)
        self.errors[tier] += min(wrong, len(wanted))
        self.counts[tier] += len(wanted)
        self.right += wrong == 0
        self.spaces += wrong == 0 and found != list(truth)
        self.total += 1

    def error_rate(self) -> float:
        """Of characters, an illegible line costing at most its own."""
        return sum(self.errors) / max(1, sum(self.counts))

    def words(self) -> str:
        rates = " / ".join(f"{100 * e / max(1, c):.2f}" for e, c in zip(self.errors, self.counts))
        total = max(1, self.total)
        return (
            f"CER {rates} % (clean / typical / hard, without spaces), "
            f"{100 * self.right / total:.1f} % of {self.total} lines right, "
            f"{100 * self.spaces / total:.1f} % but for spaces; "
            f"{100 * self.shown / max(1, self.empty):.1f} % of {self.empty} lines without "
            "text read as some"
        )


def read(
    logits_of: Callable[[torch.Tensor], torch.Tensor], data: lines.Lines, count: int
) -> Iterator[tuple[int, list[int]]]:
    """Yields (number, labels found) of the first `count` lines; `logits_of` takes float
    [N, 1, 32, width]."""
    by_width: dict[int, list[int]] = {}
    for k in range(min(count, len(data))):
        by_width.setdefault(len(data.pixels[k]), []).append(k)
    for _, indices in sorted(by_width.items()):
        for first in range(0, len(indices), 48):
            part = indices[first : first + 48]
            x, widths = lines.collate(data, part)
            with torch.no_grad():
                yield from zip(part, greedy(logits_of(x), widths))


def evaluate(
    logits_of: Callable[[torch.Tensor], torch.Tensor], data: lines.Lines, count: int
) -> Report:
    """Reads the first `count` validation lines."""
    report = Report(data.labels)
    for k, found in read(logits_of, data, count):
        report.add(data.texts[k].tolist(), found, data.tiers[k])
    return report


def photograph_words(
    logits_of: Callable[[torch.Tensor], torch.Tensor], data: lines.Lines, groups: list[str]
) -> str:
    """How many lines of photographs are read exactly, by kind, as a sentence."""
    right: dict[str, int] = {}
    total: dict[str, int] = {}
    for k, found in read(logits_of, data, len(data)):
        kind = groups[data.families[k]].split("/")[0]
        wanted = [label for label in data.texts[k].tolist() if label != data.labels.space]
        bare = [label for label in found if label != data.labels.space]
        total[kind] = total.get(kind, 0) + 1
        right[kind] = right.get(kind, 0) + (wanted == bare)
    return ", ".join(
        f"{kind} {100 * right[kind] / total[kind]:.1f} % of {total[kind]}" for kind in sorted(total)
    )
