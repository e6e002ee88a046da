"""Which character, if any, a cut-out candidate shows."""

import numpy as np
from numpy.typing import ArrayLike

REJECT = 94  # not one whole character
DISCARD = 255  # between the thresholds: teaches nothing certain


def label(
    boxes: np.ndarray,
    light: ArrayLike,
    truth: np.ndarray,
    truth_light: ArrayLike,
    classes: ArrayLike,
    either: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels candidates against the true character boxes of one picture.

    boxes [c, 4], light bool [c]: the candidates; truth [t, 4], truth_light bool [t],
    classes uint8 [t]: the characters. Returns (labels uint8 [c], index of the matched character
    or -1 [c], whether it touches text [c]). `either` bool [t] marks characters that show in both
    polarities.

    A candidate is a character if it covers that character's ink box but for a few percent or a
    pixel, sticks out no more than that, and takes in no neighbour. It is a reject if it is
    clearly something else: a part, several together, the background, or of the other polarity.
    Absolute tolerances are pixels of the picture; they serve stops, quotes and thin strokes, whose
    cut is as much blur as ink.
    """
    count = len(boxes)
    labels = np.full(count, REJECT, np.uint8)
    match = np.full(count, -1, np.int64)
    if not count or not len(truth):
        return labels, match, np.zeros(count, bool)
    boxes = np.asarray(boxes, np.float64)
    truth = np.asarray(truth, np.float64)
    b, t = boxes[:, None, :], truth[None, :, :]
    size_b = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-6)[:, None, :]
    size_t = np.maximum(truth[:, 2:] - truth[:, :2], 1e-6)[None, :, :]
    both = np.minimum(b[..., 2:], t[..., 2:]) - np.maximum(b[..., :2], t[..., :2])
    both = np.maximum(both, 0)
    area = both[..., 0] * both[..., 1]
    area_b, area_t = size_b[..., 0] * size_b[..., 1], size_t[..., 0] * size_t[..., 1]
    union = area / (area_b + area_t - area)
    missing, extra = size_t - both, size_b - both
    edges = np.abs(b - t).max(axis=2)
    center = np.abs((b[..., :2] + b[..., 2:] - t[..., :2] - t[..., 2:]) / 2)

    def within(values: np.ndarray, share: float, pixels: float) -> np.ndarray:
        return (values <= np.maximum(share * size_t, pixels)).all(axis=2)

    fits = (
        within(missing, 0.22, 1.5)
        & within(extra, 0.3, 3.25)
        & within(center, 0.2, 1.25)
        & ((union >= 0.6) | (edges <= 2.1))
    )
    near = (union >= 0.5) | (within(missing, 0.35, 2.5) & within(extra, 0.6, 5.0) & (area > 0))
    same = np.asarray(light, bool)[:, None] == np.asarray(truth_light, bool)[None, :]
    if either is not None:
        same |= np.asarray(either, bool)[None, :]
    fits &= same
    near &= same

    best = np.where(fits, union, -1.0).argmax(axis=1)
    rows = np.arange(count)
    fit = fits[rows, best]
    inside = area / area_t
    intruding = inside - _shares(truth)[best]
    intruding[rows, best] = 0
    intruder = intruding.max(axis=1)
    # Several characters together, however close one of them comes.
    several = (inside >= 0.6).sum(axis=1) >= 2

    accepted = fit & (intruder < 0.25)
    labels[accepted] = np.asarray(classes, np.uint8)[best[accepted]]
    match[accepted] = best[accepted]
    unsure = ~accepted & ((fit & (intruder < 0.5)) | (~fit & near.any(axis=1) & ~several))
    labels[unsure] = DISCARD
    touches = (area > 0).any(axis=1)
    return labels, match, touches


def _shares(truth: np.ndarray) -> np.ndarray:
    """How much of each character's box lies in each one's. A neighbour counts as taken in by what
    lies inside beyond that: the stop under a T's arm is inside any cut of the T."""
    size = np.maximum(truth[:, 2:] - truth[:, :2], 1e-6)
    a, b = truth[:, None, :], truth[None, :, :]
    both = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0)
    return both[..., 0] * both[..., 1] / (size[:, 0] * size[:, 1])
