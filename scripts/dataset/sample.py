"""One synthetic picture of a board camera with the exact box of every character.

A picture follows from (seed, index, recipe) alone, so any one can be made again and a stream can
be cut over processes. The order in which random numbers are drawn decides every pixel, so all that
draws from a picture's generator stands here together, long as that is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np

from dataset import (
    camera,
    coders,
    displays,
    finish as finishes,
    fonts,
    frames,
    layout,
    scene,
    texts,
)
from dataset.glyphs import Face

TIERS = ("clean", "typical", "hard")
_SIZES = ((160, 120), (320, 240), (640, 480))
_LEAST_CAP = 8.5
Size = tuple[int, int]  # width, height
Shares = tuple[float, ...]

cv2.setNumThreads(1)  # processes share the cores; threads would only fight


@dataclass(frozen=True)
class Recipe:
    """What a stream of pictures is drawn from; written into every data set."""

    mix: str = "balanced"  # of texts, see texts.MIXES
    tiers: Shares = (0.3, 0.4, 0.3)
    cycle_tiers: bool = False  # tier by index, for sets with equal shares
    sizes: Shares = (0.24, 0.64, 0.12)  # shares of 160x120, 320x240, 640x480
    empty: float = 0.06  # share of pictures without text
    families: tuple[str, ...] = ()  # lineages or families; empty: all
    exclude: tuple[str, ...] = ()
    styles: Shares = (0.05, 0.04, 0.025)  # shares of segment displays, dots, relief; 0: plain print
    alphabet: str = fonts.PRINTABLE
    faults: bool = True  # wrong exposure, barrel distortion, frames close to the text
    ink: float = 0.0  # share of pictures that come as a board's bitmaps
    scenes: float = 0.0  # share of pictures of the field, see scenes/
    clutter: str = ""  # folder of photographs without text for their backgrounds
    signs: bool = False  # whether their texts have signs beyond ASCII, see characters.SIGNS


@dataclass
class Sample:
    picture: np.ndarray  # uint8 [h, w]
    characters: list[scene.Character]  # in reading order
    lines: list[str]
    tier: str
    about: dict[str, Any] = field(default_factory=dict)
    texts: list[scene.Text] = field(default_factory=list)  # of each line that shows

    def record(self) -> dict[str, Any]:
        """The JSON that goes beside the picture."""
        height, width = self.picture.shape
        return {
            "tier": self.tier,
            "w": width,
            "h": height,
            **self.about,
            "lines": self.lines,
            "chars": [
                {
                    "c": c.char,
                    "line": c.line,
                    "box": _rounded(c.box),
                    "light": c.light,
                    **({"turn": c.turn} if c.turn else {}),
                }
                for c in self.characters
            ],
            "texts": [
                {
                    "line": t.line,
                    "start": _rounded(t.start),
                    "end": _rounded(t.end),
                    "cap": round(t.cap, 2),
                    "x_height": round(t.x_height, 2),
                    "light": t.light,
                    "family": t.family,
                    **({"unsure": True} if t.unsure else {}),
                }
                for t in self.texts
            ],
        }


class Pictures(Protocol):
    """What makes pictures, one for each index: a Generator, or a user's own images."""

    seed: int
    families: list[str]

    @property
    def fonts(self) -> Sequence[fonts.Font]: ...
    def describe(self) -> dict[str, Any]: ...
    def make(self, index: int) -> Sample: ...


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(float(v), 2) for v in values]


class Generator:
    """Makes the pictures of one seed and recipe."""

    def __init__(self, seed: int, recipe: Recipe = Recipe()) -> None:
        self.seed, self.recipe = seed, recipe
        if recipe.ink:
            coders.library()  # once, before there are processes
        self.lines = texts.Lines(recipe.mix, recipe.alphabet)
        self._shown = {mix: texts.Lines(mix, recipe.alphabet) for mix in ("seven", "fourteen")}
        self.fonts = [
            font
            for font in fonts.select(recipe.families, recipe.exclude)
            if set(recipe.alphabet) - set(font.lacks)
        ]
        if not self.fonts:
            raise ValueError("no font has a character of the alphabet")
        self.families = sorted({font.family for font in self.fonts})
        self.families += [name for name, share in zip(finishes.FAMILIES, recipe.styles) if share]
        self._shares = _font_shares(self.fonts)
        self.cast = None
        if recipe.scenes:
            from dataset import scenes  # they stand on this module

            if recipe.alphabet != fonts.PRINTABLE:
                raise ValueError("scenes need all characters")
            self._scene = scenes.make
            self.cast = scenes.Cast(self.fonts, self._shares, recipe.signs, recipe.clutter)
            self.families = sorted({*self.families, *finishes.FAMILIES})

    def describe(self) -> dict[str, Any]:
        return asdict(self.recipe)

    def make(self, index: int) -> Sample:
        """The sample number `index`."""
        if self.cast:
            rng = np.random.default_rng((self.seed, index, 0x5CE))
            if rng.random() < self.recipe.scenes:
                tier, size = self._tier(rng, index), _SIZES[_draw(rng, self.recipe.sizes)]
                return self._scene(rng, size, tier, self.cast)
        rng = np.random.default_rng((self.seed, index))
        tier, size = self._tier(rng, index), _SIZES[_draw(rng, self.recipe.sizes)]
        empty = rng.random() < self.recipe.empty
        finish = None
        if any(self.recipe.styles) and not empty:
            finish = finishes.draw(rng, self.recipe.styles, tier)
        while True:
            blocks = [] if empty else self._blocks(rng, size, tier, finish)
            sample = _Shot(rng, size, tier, blocks, finish, self.recipe.faults).take()
            if sample is not None:
                return self._sent(sample, index)

    def _tier(self, rng: np.random.Generator, index: int) -> str:
        return TIERS[index % 3 if self.recipe.cycle_tiers else _draw(rng, self.recipe.tiers)]

    def _sent(self, sample: Sample, index: int) -> Sample:
        """As it is, or as the bitmap that a board may send. Its numbers are drawn apart, so that
        the pictures are the same without."""
        if not self.recipe.ink:
            return sample
        rng = np.random.default_rng((self.seed, index, 0x1AC))
        if rng.random() >= self.recipe.ink:
            return sample
        bits = coders.ink(sample.picture, sample.about["inverted"])
        if bits is None:
            return sample
        scale = bits.shape[1] / sample.picture.shape[1]
        for character in sample.characters:
            x0, y0, x1, y1 = character.box
            character.box = scale * x0, scale * y0, scale * x1, scale * y1
            character.cap *= scale
            character.light = character.light != sample.about["inverted"]  # ink comes out black
        for text in sample.texts:
            text.light = text.light != sample.about["inverted"]
            text.start, text.end = ((scale * x, scale * y) for x, y in (text.start, text.end))
            text.cap *= scale
            text.x_height *= scale
        sample.picture = (1 - bits) * np.uint8(255)
        sample.about["ink"] = True
        return sample

    def _font(self, rng: np.random.Generator, finish: finishes.Finish | None) -> Face:
        own = finish and finish.font(rng)
        # An alphabet may hold nothing that a display can show.
        if own and set(self.recipe.alphabet) - set(own.lacks):
            return own
        return self.fonts[_draw(rng, self._shares)]

    def _blocks(
        self, rng: np.random.Generator, size: Size, tier: str, finish: finishes.Finish | None
    ) -> list[scene.Placed]:
        """One label, at times two, one above the other, placed inside the picture."""
        width, height = size
        while True:
            two = rng.random() < 0.1 and width > 160
            split = rng.uniform(0.38, 0.62) if two else 1.0
            regions = [(0, height * split)] + ([(height * split, height)] if two else [])
            angle = frames.angle(rng, tier)
            tilt = rng.uniform(-1, 1, 2) * {"clean": 0.02, "typical": 0.08, "hard": 0.16}[tier]
            placed = [
                self._placed(rng, size, tier, region, angle, tilt, finish) for region in regions
            ]
            whole = [one for one in placed if one is not None]
            if len(whole) == len(placed):
                return whole

    def _placed(
        self,
        rng: np.random.Generator,
        size: Size,
        tier: str,
        region: tuple[float, float],
        angle: float,
        tilt: np.ndarray,
        finish: finishes.Finish | None,
    ) -> scene.Placed | None:
        """A label in the rows `region`, or None if this one would be unreadably small."""
        width, (top, bottom) = size[0], region
        font = self._font(rng, finish)
        display = font.lineage == "displays"
        count = 1 + _draw(rng, (0.27, 0.36, 0.21, 0.13, 0.03))
        lines = self.lines
        if isinstance(font, displays.SegmentFont):
            lines, count = self._shown[font.shapes], min(count, 3)
        same_kind = lines.kind(rng) if rng.random() < 0.3 else None
        runs: list[layout.Run] = []
        for _ in range(count):
            if runs and rng.random() < 0.08 and not display:
                font = self._font(rng, None)
            kind = same_kind or lines.kind(rng)
            relative = float(rng.uniform(0.6, 1.5)) if count > 1 and rng.random() < 0.08 else 1.0
            runs.append(layout.Run(lines.line(rng, kind, font.lacks), font, kind, relative))
        block = layout.block(rng, runs, even=display)
        typical = {"clean": 27, "typical": 21.5, "hard": 19.5}[tier]
        relief = finish is not None and finish.relief > 0
        typical *= 1.2 if display else 1.4 if relief else 1.0
        least = _LEAST_CAP * (1.6 if relief else 1.0)  # two edges need more room than a stroke
        typical *= 1.1 if width == 640 else 1.0
        cap = float(np.clip(np.exp(rng.normal(np.log(typical), 0.34)), least, 48))
        # Room for the turned block; perspective is checked on the corners afterwards.
        cos, sin = abs(np.cos(angle)), abs(np.sin(angle))
        wide, tall = block.width + 0.5, block.height + 0.7
        room = min(
            (width - 4) / (wide * cos + tall * sin), (bottom - top - 4) / (tall * cos + wide * sin)
        )
        cap = min(cap, room * 0.97)
        for _ in range(4):
            if cap * min(run.size for run in runs) < least:
                return None
            turn = np.array(
                ((np.cos(angle), -np.sin(angle), 0), (np.sin(angle), np.cos(angle), 0), (0, 0, 1))
            )
            lens = np.eye(3)
            lens[2, :2] = tilt / (size[0] / 2)
            homography = lens @ turn @ np.diag((cap, cap, 1.0))
            corners = scene.transform(homography, scene.rectangle(wide, tall))
            low, high = corners.min(axis=0), corners.max(axis=0)
            slack = np.array((width, bottom - top)) - (high - low) - 3
            if slack.min() >= 0:
                where = -low + 1.5 + rng.uniform((0, 0), slack) + (0, top)
                move = np.array(((1, 0, where[0]), (0, 1, where[1]), (0, 0, 1)))
                return scene.Placed(block, cap, move @ homography)
            cap *= 0.93
        return None


def _draw(rng: np.random.Generator, shares: Sequence[float]) -> int:
    draw = rng.random() * sum(shares)
    for number, share in enumerate(shares):
        draw -= share
        if draw < 0:
            return number
    return len(shares) - 1


def _font_shares(found: list[fonts.Font]) -> list[float]:
    """Lineages count by the root of their number of families, so that one design with many copies
    does not crowd out the others."""
    by_lineage: dict[str, set[str]] = {}
    by_family: dict[tuple[str, str], float] = {}
    for font in found:
        by_lineage.setdefault(font.lineage, set()).add(font.family)
        key = (font.lineage, font.family)
        by_family[key] = by_family.get(key, 0) + font.weight
    total = sum(len(families) ** 0.5 for families in by_lineage.values())
    return [
        font.weight
        / by_family[font.lineage, font.family]
        / len(by_lineage[font.lineage]) ** 0.5
        / total
        for font in found
    ]


def _levels(
    rng: np.random.Generator, tier: str, finish: finishes.Finish | None = None
) -> finishes.Surface:
    """Reflectances of paper and ink."""
    levels = finishes.levels(rng, tier, finish) if finish else None
    if levels:
        return levels
    light = rng.random() < 0.25
    if tier == "clean":
        contrast, paper = rng.uniform(0.55, 0.88), rng.uniform(0.8, 1.0)
    elif tier == "typical":
        contrast, paper = rng.uniform(0.36, 0.8), rng.uniform(0.62, 1.0)
    else:
        contrast = np.exp(rng.uniform(np.log(0.2), np.log(0.62)))
        paper = rng.uniform(0.55, 1.0)
    if light:
        ink = rng.uniform(0.75, 1.0) if tier != "hard" else rng.uniform(0.5, 1.05)
        paper = max(0.05, ink - contrast)
    else:
        paper = max(paper, contrast + 0.06)
        ink = paper - contrast
    return finishes.Surface(float(min(paper, 0.99)), float(ink), light)


class _Exposure(NamedTuple):
    """How the camera took a picture."""

    format: str
    quality: int | None  # of JPEG
    shadow: bool
    blur: float
    noise: float
    factor: float  # of light
    distorted: bool


class _Shot:
    """A picture in the making."""

    def __init__(
        self,
        rng: np.random.Generator,
        size: Size,
        tier: str,
        blocks: list[scene.Placed],
        finish: finishes.Finish | None,
        faults: bool,
    ) -> None:
        self.rng, self.size, self.tier = rng, size, tier
        self.blocks, self.finish, self.faults = blocks, finish, faults
        self.base = rng.uniform(0.25, 1.0) if rng.random() < 0.75 else rng.uniform(0.05, 0.6)
        self.surfaces = [_levels(rng, tier, finish) for _ in blocks or (None,)]
        if len(self.surfaces) > 1 and rng.random() < 0.5:
            self.surfaces = self.surfaces[:1] * len(self.surfaces)
        plate_odds = {"clean": 0.25, "typical": 0.5, "hard": 0.6}[tier]
        if finish and finish.tech in ("led", "lcd"):
            plate_odds = 0.75  # a display has its window
        self.plates = [rng.random() < plate_odds for _ in blocks]
        # Without plates every block lies on the background, so all share its level and polarity.
        first = self.surfaces[0]
        if not all(self.plates) or not blocks:
            self.base = first.paper
            self.surfaces[1:] = [
                surface if plate else first
                for plate, surface in zip(self.plates[1:], self.surfaces[1:])
            ]
        elif rng.random() < 0.9:
            while abs(self.base - first.paper) < 0.06:
                self.base = rng.uniform(0.12, 1.0)
        self.wear = 0.0
        self.printed: list[tuple[scene.Mask, scene.Mask | None]] = []  # lit, and not lit
        self.characters: list[scene.Character] = []
        self.lines: list[str] = []
        self.shown: list[tuple[np.ndarray, int, bool, str]] = []  # what scene.text takes

    def take(self) -> Sample | None:
        """Draws, lights and takes the picture; None if a character fell out of it."""
        width, height = self.size
        if not self._print():
            return None
        self.boxes = np.array([c.box for c in self.characters]).reshape(-1, 4)
        if len(self.boxes) and (
            self.boxes[:, :2].min() < 0.5
            or self.boxes[:, 2].max() > width - 0.5
            or self.boxes[:, 3].max() > height - 0.5
        ):
            return None
        self.cap = self.blocks[0].cap if self.blocks else float(self.rng.uniform(10, 35))
        canvas = np.full((height, width), self.base, np.float32)
        framed = self._draw(canvas)
        picture, how = self._expose(canvas)
        runs = [run for placed in self.blocks for run in placed.block.runs]
        font = runs[0].font if runs else None
        finish = self.finish
        about = {
            "format": how.format,
            "jpeg_q": how.quality,
            "kind": runs[0].kind if runs else "empty",
            "lineage": font.lineage if font else None,
            "family": font.family if font else None,
            "style": font.style if font else None,
            "cap_px": round(self.cap, 1) if runs else None,
            "inverted": bool(self.surfaces[0].light),
            "plate": bool(any(self.plates)),
            "frame": bool(framed),
            "shadow": bool(how.shadow),
            "blur": round(how.blur, 2),
            "noise": round(how.noise, 2),
            "worn": round(self.wear, 3),
            "exposure": round(how.factor, 2),
            "barrel": how.distorted,
            "finish": f"{finish.kind} {finish.tech}" if finish else None,
            "angle_deg": round(_angle_of(self.blocks[0]), 2) if self.blocks else None,
        }
        texts = [scene.text(*one) for one in self.shown]
        return Sample(picture, self.characters, self.lines, self.tier, about, texts)

    def _print(self) -> bool:
        """Renders the blocks; False if nothing is left of one."""
        rng, finish = self.rng, self.finish
        fatten = float(np.clip(rng.normal(0.0, 0.022), -0.03, 0.06)) if rng.random() < 0.45 else 0.0
        if rng.random() < {"clean": 0.0, "typical": 0.1, "hard": 0.25}[self.tier] and not finish:
            self.wear = float(rng.uniform(0.02, 0.16))
        for placed, surface in zip(self.blocks, self.surfaces):
            found = scene.covered(rng, placed, fatten, self.wear)
            if found is None:
                return False
            unlit = scene.unlit(rng, placed, fatten) if finish and finish.unlit else None
            self.printed.append((found.mask, unlit))
            self._tell(placed, found, surface.light)
        return True

    def _tell(self, placed: scene.Placed, found: scene.Printed, light: bool) -> None:
        """Keeps what a block says and where."""
        relief = self.finish is not None and self.finish.relief > 0
        before = len(self.lines)
        for char, number, box in found.boxes:
            run = placed.block.runs[number]
            cap = placed.cap * run.size
            self.characters.append(
                scene.Character(char, before + number, box, light, run.font, cap, relief)
            )
        for number, run in enumerate(placed.block.runs):
            ends = [end for end, (_, of, _) in zip(found.ends, found.boxes) if of == number]
            if ends:
                left, right = min(end[0] for end in ends), max(end[1] for end in ends)
                points = scene.text_points(placed, run, left, right)
                self.shown.append((points, before + number, light, run.font.family))
        self.lines += [run.text for run in placed.block.runs]

    def _draw(self, canvas: np.ndarray) -> bool:
        """Draws what lies around the print, and the print. Returns whether it is framed."""
        rng, tier, blocks = self.rng, self.tier, self.blocks
        width, height = self.size
        if rng.random() < 0.06:  # the edge of a table or housing
            angle = rng.uniform(0, 2 * np.pi)
            far = np.array((np.cos(angle), np.sin(angle))) * 2 * width
            side = np.array((-far[1], far[0]))
            start = rng.uniform((0, 0), (width, height))
            edge = np.array((start - side, start + side, start + side + far, start - side + far))
            if not len(self.boxes) or frames.outside(edge, self.boxes, 4):
                scene.fill(canvas, edge, float(rng.uniform(0.05, 0.95)))
        amount = {"clean": 0.15, "typical": 0.9, "hard": 1.7}[tier] * (1 if blocks else 3)
        framed = False
        for placed, plate, surface in zip(blocks, self.plates, self.surfaces):
            tight = self.faults and rng.random() < 0.12
            framed |= frames.plate(rng, canvas, placed, surface, plate, len(blocks) == 1, tight)
        if not blocks and rng.random() < 0.5:
            frames.blank_plate(rng, canvas, self.size, self.cap, self.surfaces[0])
        scene.clutter(rng, canvas, amount, self.boxes, self.cap)
        strength = {"clean": 0.008, "typical": 0.02, "hard": 0.03}[tier]
        pattern = scene.texture(rng, width, height, strength * np.exp(rng.normal(0, 0.5)))
        if pattern is not None:
            canvas *= 1 + pattern
        for (mask, unlit), placed, (paper, ink, _) in zip(self.printed, blocks, self.surfaces):
            if self.finish:
                finishes.lay(canvas, self.finish, placed.cap, mask, unlit, paper, ink)
            else:
                finishes.over(canvas, mask, ink)
        return framed

    def _expose(self, canvas: np.ndarray) -> tuple[np.ndarray, _Exposure]:
        """What the camera makes of it, and how it was set."""
        rng, tier, finish = self.rng, self.tier, self.finish
        exposure = np.float32(255 * rng.uniform(0.88, 1.03))
        darkest = min(min(paper, ink) for paper, ink, _ in self.surfaces)
        factor = camera.exposure(rng, tier, darkest) if self.faults else 1.0
        exposure *= np.float32(factor)
        field_of_light, shadow = camera.light(rng, *self.size, tier)
        picture = canvas * field_of_light
        picture *= exposure
        spot = camera.glare(rng, *self.size, tier)
        if spot is not None:
            picture += spot
        picture = camera.stray(rng, picture)
        distorted = self.faults and rng.random() < 0.1
        if distorted:
            picture = self._bend(picture)
        picture, blur = camera.lens(rng, picture, tier, self.cap)
        contrast = min(
            finishes.contrast(finish, paper, ink) if finish else abs(paper - ink)
            for paper, ink, _ in self.surfaces
        )
        faintest = contrast * 255 * min(1.0, factor)
        picture, noise = camera.sensor(rng, picture, tier, faintest / 3.5)
        picture, kind, quality = camera.link(rng, picture, tier)
        return picture, _Exposure(kind, quality, shadow, blur, noise, factor, distorted)

    def _bend(self, picture: np.ndarray) -> np.ndarray:
        points = [points for points, *_ in self.shown]
        picture, boxes, moved = camera.barrel(
            self.rng, picture, self.boxes, np.reshape(points, (-1, 2))
        )
        for character, box in zip(self.characters, boxes):
            character.box = tuple(box)
        self.shown = [
            (found, *rest) for found, (_, *rest) in zip(moved.reshape(-1, 5, 2), self.shown)
        ]
        return picture


def _angle_of(placed: scene.Placed) -> float:
    a, b = scene.transform(placed.homography, [(-0.5, 0), (0.5, 0)])
    return float(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0])))
