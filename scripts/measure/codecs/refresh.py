"""What `refresh` costs and saves: bytes an image, and what one lost image takes with it.

Images of one page of text, a moment apart, each told by the one before, but each slice anew every
so many images. One image is lost; of those behind it a slice is missing until it is sent anew, by
its turn or since the board heard the host's REFRESH.
"""

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dataset import coders
from measure.codecs import compare, pages


class Slice(NamedTuple):
    start: int  # the first row
    end: int  # behind the last
    alone: int  # bytes
    told: int  # bytes, told by the image before


def sequence(size: float, amount: int) -> list[np.ndarray]:
    """A page as a fixed camera sees it: only the noise differs."""
    rng = np.random.default_rng(1)
    ink = pages.ink(rng, pages.plain_font(), pages.Setting(size=size))
    return [compare.binarize(pages.photograph(rng, ink)) for _ in range(amount)]


def slices(images: list[np.ndarray]) -> Iterator[list[Slice]]:
    """Of each image but the first."""
    for before, image in zip(images, images[1:]):
        cut = []
        for start, end in compare.good_ends(image, 32):
            rows, kept = (np.packbits(one[start:end], axis=1) for one in (image, before))
            size = [
                len(coders.encode(coders.BILEVEL, rows, image.shape[1], 255, previous)[0])
                for previous in (None, kept)
            ]
            cut.append(Slice(start, end, *size))
        yield cut


def fresh(image: int, start: int, refresh: int, after: bool) -> bool:
    """Whether this slice is sent anew, in the image so many after the lost one."""
    return after or (image + start // 32) % refresh == 0


def wire_bytes(cut: list[Slice], index: int, refresh: int) -> int:
    size = [it.alone if fresh(index, it.start, refresh, False) else it.told for it in cut]
    return sum(size) + 12 * sum(-(-one // 240) for one in size) + 100  # BEGIN and END


def damage(
    cuts: list[list[Slice]], lost: int, refresh: int, heard: int
) -> tuple[int, float] | None:
    """Images with rows missing and share of rows missing in them, the lost one aside."""
    missing = np.ones(240, bool)
    damaged, rows = 0, 0.0
    for index in range(lost + 1, len(cuts)):
        for start, end, *_ in cuts[index]:
            if fresh(index, start, refresh, index > lost + heard):
                missing[start:end] = False
            elif missing[start:end].any():
                missing[start:end] = True
        if not missing.any():
            return damaged, rows / max(damaged, 1)
        damaged += 1
        rows += missing.mean()
    return None


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python measure.codecs.refresh", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--size", type=float, default=10.5, help="of the print, in pixels an em")
    parser.add_argument("--line", type=float, default=20000, help="bytes a second")
    parser.add_argument(
        "--delay",
        type=float,
        default=0.25,
        help="seconds from a slice without reference to a fresh image",
    )
    options = parser.parse_args()
    cuts = list(slices(sequence(options.size, 100)))
    for refresh in (1, 2, 4, 8, 16, 32):
        size = np.mean([wire_bytes(cut, i, refresh) for i, cut in enumerate(cuts)])
        rate = options.line / size
        heard = 1 + int(np.ceil(options.delay * rate))
        result = []
        for reach in (heard, len(cuts)):
            found = [damage(cuts, lost, refresh, reach) for lost in range(32)]
            damaged, rows = np.mean([one for one in found if one is not None], axis=0)
            result.append(
                f"{damaged:.1f} images damaged behind a lost one ({100 * rows:.0f} % of their rows)"
            )
        print(
            f"refresh {refresh}: {size:.0f} bytes an image on the wire, {rate:.1f} a second; "
            f"{result[0]}, with a deaf board {result[1]}",
            flush=True,
        )


if __name__ == "__main__":
    main()
