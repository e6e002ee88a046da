"""One synthetic picture of a board camera with the exact box of every character.

A picture follows from (seed, index, recipe) alone, so any one can be made again and a stream can
be cut over processes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

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
    signs: bool = False  # whether their texts have signs beyond ASCII, see fonts.SIGNS


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
            sample = _photograph(rng, size, tier, blocks, finish, self.recipe.faults)
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
            character.box = tuple(scale * v for v in character.box)
            character.cap *= scale
            character.light = character.light != sample.about["inverted"]  # ink comes out black
        for text in sample.texts:
            text.light = text.light != sample.about["inverted"]
            text.start, text.end = (tuple(scale * v for v in at) for at in (text.start, text.end))
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
) -> tuple[float, float, bool]:
    """Reflectances of paper and ink, and whether the ink is the lighter."""
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
    return float(min(paper, 0.99)), float(ink), light


def _photograph(
    rng: np.random.Generator,
    size: Size,
    tier: str,
    blocks: list[scene.Placed],
    finish: finishes.Finish | None,
    faults: bool,
) -> Sample | None:
    """Draws, lights and takes the picture; None if a character fell out of it."""
    width, height = size
    base = rng.uniform(0.25, 1.0) if rng.random() < 0.75 else rng.uniform(0.05, 0.6)
    surfaces = [_levels(rng, tier, finish) for _ in blocks or (None,)]
    if len(surfaces) > 1 and rng.random() < 0.5:
        surfaces = surfaces[:1] * len(surfaces)
    plate_odds = {"clean": 0.25, "typical": 0.5, "hard": 0.6}[tier]
    if finish and finish.tech in ("led", "lcd"):
        plate_odds = 0.75  # a display has its window
    plates = [rng.random() < plate_odds for _ in blocks]
    # Without plates every block lies on the background, so all share its level and polarity.
    if not all(plates) or not blocks:
        base = surfaces[0][0]
        surfaces[1:] = [
            surface if plate else surfaces[0] for plate, surface in zip(plates[1:], surfaces[1:])
        ]
    elif rng.random() < 0.9:
        while abs(base - surfaces[0][0]) < 0.06:
            base = rng.uniform(0.12, 1.0)

    printed: list[tuple[scene.Mask, scene.Mask | None]] = []
    characters: list[scene.Character] = []
    lines: list[str] = []
    shown = []
    fatten = float(np.clip(rng.normal(0.0, 0.022), -0.03, 0.06)) if rng.random() < 0.45 else 0.0
    wear = 0.0
    relief = finish is not None and finish.relief > 0
    if rng.random() < {"clean": 0.0, "typical": 0.1, "hard": 0.25}[tier] and not finish:
        wear = float(rng.uniform(0.02, 0.16))
    for placed, (_, _, is_light) in zip(blocks, surfaces):
        result = scene.covered(rng, placed, fatten, wear)
        if result is None:
            return None
        unlit = None
        if finish and finish.unlit:
            unlit = scene.unlit(rng, placed, fatten)
        printed.append((result.mask, unlit))
        for char, number, box in result.boxes:
            run = placed.block.runs[number]
            characters.append(
                scene.Character(
                    char,
                    len(lines) + number,
                    box,
                    is_light,
                    run.font,
                    placed.cap * run.size,
                    relief,
                )
            )
        for number, run in enumerate(placed.block.runs):
            ends = [end for end, (_, of, _) in zip(result.ends, result.boxes) if of == number]
            if ends:
                left, right = min(end[0] for end in ends), max(end[1] for end in ends)
                shown.append(
                    (
                        scene.text_points(placed, run, left, right),
                        len(lines) + number,
                        is_light,
                        run.font.family,
                    )
                )
        lines += [run.text for run in placed.block.runs]
    boxes = np.array([c.box for c in characters]).reshape(-1, 4)
    if len(boxes) and (
        boxes[:, :2].min() < 0.5
        or boxes[:, 2].max() > width - 0.5
        or boxes[:, 3].max() > height - 0.5
    ):
        return None

    cap = blocks[0].cap if blocks else float(rng.uniform(10, 35))
    canvas = np.full((height, width), base, np.float32)
    if rng.random() < 0.06:  # the edge of a table or housing
        angle = rng.uniform(0, 2 * np.pi)
        far = np.array((np.cos(angle), np.sin(angle))) * 2 * width
        side = np.array((-far[1], far[0]))
        start = rng.uniform((0, 0), (width, height))
        edge = np.array((start - side, start + side, start + side + far, start - side + far))
        if not len(boxes) or frames.outside(edge, boxes, 4):
            scene.fill(canvas, edge, float(rng.uniform(0.05, 0.95)))
    amount = {"clean": 0.15, "typical": 0.9, "hard": 1.7}[tier] * (1 if blocks else 3)
    framed = False
    for placed, plate, (paper, ink, _) in zip(blocks, plates, surfaces):
        tight = faults and rng.random() < 0.12
        framed |= frames.plate(rng, canvas, placed, paper, ink, plate, len(blocks) == 1, tight)
    if not blocks and rng.random() < 0.5:
        frames.blank_plate(rng, canvas, size, cap, surfaces[0])
    scene.clutter(rng, canvas, amount, boxes, cap)
    strength = {"clean": 0.008, "typical": 0.02, "hard": 0.03}[tier]
    pattern = scene.texture(rng, width, height, strength * np.exp(rng.normal(0, 0.5)))
    if pattern is not None:
        canvas *= 1 + pattern
    for (mask, unlit), placed, (paper, ink, _) in zip(printed, blocks, surfaces):
        if finish:
            finishes.lay(canvas, finish, placed.cap, mask, unlit, paper, ink)
        else:
            finishes.over(canvas, mask, ink)

    exposure = np.float32(255 * rng.uniform(0.88, 1.03))
    darkest = min(min(paper, ink) for paper, ink, _ in surfaces)
    factor = camera.exposure(rng, tier, darkest) if faults else 1.0
    exposure *= np.float32(factor)
    field_of_light, shadow = camera.light(rng, width, height, tier)
    picture = canvas * field_of_light
    picture *= exposure
    spot = camera.glare(rng, width, height, tier)
    if spot is not None:
        picture += spot
    if rng.random() < 0.7:  # stray light in the lens lifts black
        flare = np.float32(rng.uniform(0.0, 0.22))
        picture *= 1 - flare
        picture += flare * 255
    if rng.random() < 0.3:
        picture = camera.tone(picture, rng.uniform(0.8, 1.25))
    distorted = faults and rng.random() < 0.1
    if distorted:
        points = np.concatenate([points for points, *_ in shown] or [np.zeros((0, 2))])
        # A point is a box without extent.
        picture, moved = camera.barrel(
            rng, picture, np.concatenate((boxes, np.hstack((points, points))))
        )
        for character, box in zip(characters, moved):
            character.box = tuple(box)
        points = moved[len(boxes) :, :2].reshape(-1, 5, 2)
        shown = [(moved, *rest) for moved, (_, *rest) in zip(points, shown)]
    picture, blur = camera.lens(rng, picture, tier, cap)
    faintest = (
        min(
            finishes.contrast(finish, paper, ink) if finish else abs(paper - ink)
            for paper, ink, _ in surfaces
        )
        * 255
        * min(1.0, factor)
    )
    picture, noise = camera.sensor(rng, picture, tier, faintest / 3.5)
    picture, kind, quality = camera.link(rng, picture, tier)

    runs = [run for placed in blocks for run in placed.block.runs]
    about = {
        "format": kind,
        "jpeg_q": quality,
        "kind": runs[0].kind if runs else "empty",
        "lineage": runs[0].font.lineage if runs else None,
        "family": runs[0].font.family if runs else None,
        "style": runs[0].font.style if runs else None,
        "cap_px": round(cap, 1) if runs else None,
        "inverted": bool(surfaces[0][2]),
        "plate": bool(any(plates)),
        "frame": bool(framed),
        "shadow": bool(shadow),
        "blur": round(blur, 2),
        "noise": round(noise, 2),
        "worn": round(wear, 3),
        "exposure": round(factor, 2),
        "barrel": distorted,
        "finish": f"{finish.kind} {finish.tech}" if finish else None,
        "angle_deg": round(_angle_of(blocks[0]), 2) if blocks else None,
    }
    return Sample(picture, characters, lines, tier, about, [scene.text(*one) for one in shown])


def _angle_of(placed: scene.Placed) -> float:
    a, b = scene.transform(placed.homography, [(-0.5, 0), (0.5, 0)])
    return float(np.degrees(np.arctan2(b[1] - a[1], b[0] - a[0])))
