"""What a scene may draw on: fonts by their looks, photographs for backgrounds."""

import bisect
import functools
import itertools
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from dataset.fonts import Font, signs
from dataset.glyphs import Face
from dataset.texts import listed

# Families by what they are used for; what a recipe leaves out is left out here, too.
SANS = listed("""DejaVu Sans  Liberation Sans  Nimbus Sans  FreeSans  TeX Gyre Heros  Open Sans
Noto Sans  Inter  Cabin  National Park  Gillius ADF  Verana Sans  M PLUS 1  Manrope  Go
URW Gothic  TeX Gyre Adventor  Play""")
NARROW = ("Nimbus Sans Narrow", "TeX Gyre Heros Cn", "Dosis", "National Park", "Cabin")
PLATE = SANS + NARROW + NARROW + ("Hack", "Noto Mono", "M PLUS 1 Code", "Jura", "Liberation Mono")
MONO = listed("""DejaVu Sans Mono  Hack  Liberation Mono  Nimbus Mono PS  FreeMono  Noto Mono
Fira Code  OCRA  Anonymous Pro  Fantasque Sans Mono  M PLUS 1 Code  Go Mono  Monoid
Courier Prime""")
DRUM = SANS + listed(
    "OCRA  Noto Mono  DejaVu Sans Mono  Dosis  Comfortaa  Jura  Nimbus Sans Narrow"
)
BARCODE = listed("""OCRA  OCRA  DejaVu Sans Mono  Liberation Sans  Nimbus Sans  Liberation Mono
M PLUS 1 Code  Inter  Hack""")
_ITALIC = ("italic", "oblique", "slanted")


class Cast:
    """Fonts and photographs of a recipe."""

    def __init__(
        self, fonts: list[Font], shares: Iterable[float], signs: bool = False, clutter: str = ""
    ) -> None:
        self.fonts, self.signs = fonts, signs
        self._edges = list(itertools.accumulate(shares))
        self._pools: dict[tuple[tuple[str, ...], bool], list[list[Font]]] = {}
        self.folder = clutter
        # Share of a counter's drums, but the last, that stand between two digits.
        self.rolling = 0.08
        if clutter and not _photographs(clutter):
            raise ValueError(f"no PNG or JPEG image in {clutter}")

    def font(
        self,
        rng: np.random.Generator,
        text: str,
        families: tuple[str, ...] | None = None,
        bold: bool = False,
    ) -> Font:
        """A font that has all of a text: any, or one of some families."""
        for _ in range(40):
            if families is None:
                place = rng.random() * self._edges[-1]
                font = self.fonts[min(bisect.bisect(self._edges, place), len(self.fonts) - 1)]
            else:
                pool = self._pool(families, bold)
                if not pool:
                    families = None
                    continue
                family = pool[int(rng.integers(len(pool)))]
                font = family[int(rng.integers(len(family)))]
            if shown(font, text):
                return font
        return next(font for font in self.fonts if shown(font, text))

    def _pool(self, families: tuple[str, ...], bold: bool) -> list[list[Font]]:
        key = families, bold
        if key not in self._pools:
            pool = []
            for name in families:
                found = [
                    font
                    for font in self.fonts
                    if font.family == name
                    and font.weight >= 0.25
                    and not any(word in font.style.lower() for word in _ITALIC)
                ]
                heavy = [
                    font
                    for font in found
                    if any(
                        word in font.style.lower() for word in ("bold", "medium", "black", "semi")
                    )
                ]
                if found:
                    pool.append(heavy if bold and heavy else found)
            self._pools[key] = pool
        return self._pools[key]

    def photograph(self, rng: np.random.Generator, width: int, height: int) -> np.ndarray | None:
        """Part of a photograph without text, as reflectances, or None if there are none."""
        if not self.folder:
            return None
        found = _photographs(self.folder)
        whole = found[int(rng.integers(len(found)))]
        share = rng.uniform(0.25, 1.0)
        rows, columns = whole.shape
        scale = min(columns / width, rows / height) * share
        w, h = max(2, int(width * scale)), max(2, int(height * scale))
        x, y = int(rng.integers(columns - w + 1)), int(rng.integers(rows - h + 1))
        part = whole[y : y + h, x : x + w]
        if rng.random() < 0.5:
            part = part[:, ::-1]
        if rng.random() < 0.2:
            part = part[::-1]
        way = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
        part = cv2.resize(np.ascontiguousarray(part), (width, height), interpolation=way)
        part = part.astype(np.float32) * np.float32(rng.uniform(0.6, 1.0) / 255)
        if rng.random() < 0.15:
            part = part.max() - part
        return part + np.float32(rng.uniform(0, 0.15))


def shown(font: Face, text: str) -> bool:
    """Whether a font has all of a text."""
    own = signs(font) if isinstance(font, Font) else ""
    return all(c == " " or ("!" <= c <= "~" and c not in font.lacks) or c in own for c in text)


@functools.lru_cache(maxsize=4)
def _photographs(folder: str) -> list[np.ndarray]:
    """The images of a folder in gray, none of them larger than the camera's by much."""
    found = []
    for path in sorted(Path(folder).iterdir()):
        if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
            continue
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None or min(image.shape) < 32:
            continue
        scale = 720 / max(image.shape)
        if scale < 1:
            image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found.append(image)
    return found
