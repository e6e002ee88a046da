"""Pictures as cheap cameras see them in the field: meters, displays, plates, labels, crops.

A kind is a function `kind(stage_of)` that returns a Sample, where `stage_of(size=None)` gives an
empty Stage of the picture's size or of another. `KINDS` has them all with their shares.
"""

from collections.abc import Callable

import numpy as np

from dataset.sample import Sample, Size
from dataset.scenes import empty, goods, meters, plates, prints, screens, shorts
from dataset.scenes.cast import Cast as Cast
from dataset.scenes.stage import Stage, StageOf

Kind = Callable[[StageOf], Sample | None]
KINDS: dict[str, tuple[float, Kind]] = {
    "counter": (10, meters.counter),
    "cell": (8, meters.cell),
    "screen": (12, screens.screen),
    "screen cell": (5, screens.cell),
    "dark panel": (4, screens.dark_panel),
    "plate": (9, plates.plate),
    "plate cut out": (5, plates.cut_out),
    "label": (11, goods.label),
    "bar code": (5, goods.code),
    "crop": (10, shorts.crop),
    "lone": (9, shorts.lone),
    "border": (3, shorts.border),
    "stencil": (4, prints.stencil),
    "raised": (2, prints.raised),
    "receipt": (5, prints.receipt),
    "pair": (4, prints.pair),
    "photograph": (9, empty.photograph),
    "things": (9, empty.things),
}
_FREE = 0.2  # share of whole pictures of any other size


def draw(rng: np.random.Generator, kinds: dict[str, tuple[float, Kind]] = KINDS) -> str:
    """The name of a kind by its share."""
    place = rng.random() * sum(share for share, _ in kinds.values())
    for name, (share, _) in kinds.items():
        place -= share
        if place < 0:
            return name
    return name


def make(
    rng: np.random.Generator, size: Size, tier: str, cast: Cast, kind: str | None = None
) -> Sample:
    """A scene's Sample; `size` is that of whole pictures, crops have their own."""
    kind = kind or draw(rng)
    if rng.random() < _FREE:
        wide = int(np.exp(rng.uniform(np.log(64), np.log(480))))
        size = wide, max(24, int(wide * rng.uniform(0.25, 1.1)))
    while True:
        found = KINDS[kind][1](lambda own=None: Stage(rng, own or size, tier, cast))
        if found is not None:
            found.about["kind"] = kind
            return found
