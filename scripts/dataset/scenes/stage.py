"""A picture in the making: a canvas of reflectances, what is written on it, and the camera.

What is drawn stands in the pixels of a flat surface, its origin in the middle of what is shown, x
right, y down; `pose` takes it into the picture. All kinds of scenes draw with it, so
it is long.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import ArrayLike

from dataset import camera, finish as finishes, layout, scene
from dataset.finish import Finish
from dataset.glyphs import Face
from dataset.sample import Sample, Size
from dataset.scene import Box, Point
from dataset.scenes import truth
from dataset.scenes.cast import Cast
from dataset.scenes.truth import Writing

T = TypeVar("T")


class Tones(NamedTuple):
    """Reflectances of ink and of what it stands on."""

    ink: float
    paper: float


@dataclass(frozen=True)
class Manner:
    """How a line is written."""

    stretch: float = 1.0
    slant: float = 0.0
    finish: Finish | None = None
    wear: float = 0.0
    cut: scene.Cut | None = None
    clip: Box | None = None  # a rectangle outside which nothing shows
    into: Writing | None = None  # what this goes on with
    apart: bool = True  # from what it goes on with
    said: bool = True  # it is truth
    turn: float = 0.0  # of a counter's drum
    shift: float = 0.0  # of the ink down, away from the line's own baseline


PLAIN = Manner()


class Stage:
    """One picture."""

    def __init__(self, rng: np.random.Generator, size: Size, tier: str, cast: Cast) -> None:
        self.rng, self.tier, self.cast = rng, tier, cast
        self.width, self.height = (int(v) for v in size)
        self.canvas = np.full((self.height, self.width), rng.uniform(0.1, 0.95), np.float32)
        self.pose = np.eye(3)
        self.writings: list[Writing] = []
        self.levels: list[float] = []
        self.about: dict[str, Any] = {}
        self.fatten = float(np.clip(rng.normal(0, 0.02), -0.03, 0.05)) if self.odds(0.4) else 0.0
        self.stand()

    def odds(self, share: float) -> bool:
        return self.rng.random() < share

    def draw(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def stand(self, degrees: float = 0.0, tilt: float = 0.0, at: Point = (0.5, 0.5)) -> None:
        """Turns the surface, tilts it at random and puts its origin at shares of the picture."""
        angle = np.radians(degrees)
        cos, sin = np.cos(angle), np.sin(angle)
        lens = np.eye(3)
        if tilt:
            lens[2, :2] = self.rng.uniform(-tilt, tilt, 2) / (max(self.width, self.height) / 2)
        turn = np.array(((cos, -sin, 0), (sin, cos, 0), (0, 0, 1)))
        move = np.array(((1, 0, at[0] * self.width), (0, 1, at[1] * self.height), (0, 0, 1.0)))
        self.pose = move @ lens @ turn

    def usual(self) -> None:
        """Stands as most things do before a camera; some are turned far."""
        most = {"clean": 1.5, "typical": 5, "hard": 10}[self.tier]
        tilt = {"clean": 0.02, "typical": 0.07, "hard": 0.14}[self.tier]
        if self.odds(0.14):
            most = 25 if self.odds(0.7) else 40
        self.stand(self.draw(-most, most), tilt, (self.draw(0.42, 0.58), self.draw(0.4, 0.6)))

    def fit(
        self,
        wide: float,
        tall: float,
        least: float,
        most: float,
        share: tuple[float, float] = (0.5, 0.98),
    ) -> float:
        """A scale for something `wide` by `tall`: it fills a part of the picture's room, but stays
        between `least` and `most`."""
        room = min(self.width / wide, self.height / tall)
        return float(np.clip(room * self.draw(*share), min(least, room), most))

    # What is drawn.

    def fill(self, points: ArrayLike, level: float) -> None:
        scene.fill(self.canvas, scene.transform(self.pose, points), float(level))

    def box(
        self, x0: float, y0: float, x1: float, y1: float, level: float, radius: float = 0.0
    ) -> None:
        outline = scene.rectangle(x1 - x0, y1 - y0, radius)
        self.fill(outline + ((x0 + x1) / 2, (y0 + y1) / 2), level)

    def frame(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        thick: float,
        level: float,
        inside: float,
        radius: float = 0.0,
    ) -> None:
        self.box(x0 - thick, y0 - thick, x1 + thick, y1 + thick, level, radius and radius + thick)
        self.box(x0, y0, x1, y1, inside, radius)

    def panel(self, w: float, h: float, level: float, radius: float = 0.0) -> None:
        """A box around the origin, twice `w` by `h`."""
        self.box(-w, -h, w, h, level, radius)

    def disc(self, x: float, y: float, radius: float, level: float, sides: int = 16) -> None:
        angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
        self.fill(np.stack((np.cos(angle), np.sin(angle)), axis=1) * radius + (x, y), level)

    def screw(self, x: float, y: float, radius: float) -> None:
        level = self.draw(0.25, 0.9)
        self.disc(x, y, radius * 1.15, level * self.draw(0.3, 0.9))
        self.disc(x, y, radius, level)
        angle = self.draw(0, np.pi)
        for turn in (angle, angle + np.pi / 2)[: 1 + self.odds(0.5)]:
            along = np.array((np.cos(turn), np.sin(turn)))
            side = np.array((-along[1], along[0])) * 0.14
            corners = np.array((along - side, along + side, -along + side, -along - side))
            self.fill(corners * radius * 0.8 + (x, y), level * 0.35)

    def window(
        self, x0: float, y0: float, x1: float, y1: float, margin: int = 2
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
        """The part of the canvas around a rectangle of the surface: (view, u, v, corner) with the
        surface's coordinates of its pixels, or None if it lies outside."""
        corners = scene.transform(self.pose, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
        low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - margin, 0)
        high = np.minimum(
            np.ceil(corners.max(axis=0)).astype(int) + margin, (self.width, self.height)
        )
        if (high <= low).any():
            return None
        back = np.linalg.inv(self.pose)
        x = np.arange(low[0], high[0], dtype=np.float32) + 0.5
        y = (np.arange(low[1], high[1], dtype=np.float32) + 0.5)[:, None]
        down = back[2, 0] * x + back[2, 1] * y + back[2, 2]
        u = (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / down
        v = (back[1, 0] * x + back[1, 1] * y + back[1, 2]) / down
        return self.canvas[low[1] : high[1], low[0] : high[0]], u, v, low

    def shade(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        shape: Callable[[np.ndarray, np.ndarray], np.ndarray],
    ) -> None:
        """Multiplies a rectangle by shape(u, v), both -1...1 from edge to edge."""
        found = self.window(x0, y0, x1, y1)
        if found is None:
            return
        view, u, v, _ = found
        u = (u - (x0 + x1) / 2) * (2 / (x1 - x0))
        v = (v - (y0 + y1) / 2) * (2 / (y1 - y0))
        inside = (np.abs(u) <= 1) & (np.abs(v) <= 1)
        view *= np.where(inside, np.maximum(shape(u, v), 0.02), 1).astype(np.float32)

    # What is written.

    def stretch(self) -> float:
        """How wide print is set: most as its font has it, some condensed or wide."""
        place = self.rng.random()
        if place < 0.4:
            return 1.0
        if place < 0.8:
            return float(np.clip(self.rng.normal(1, 0.12), 0.7, 1.4))
        return float(np.exp(self.draw(np.log(0.5), np.log(1.7))))

    def set(
        self,
        text: str,
        font: Face,
        stretch: float = 1.0,
        tracking: float | None = None,
        space: float | None = None,
        jitter: float = 0.0,
    ) -> layout.Run:
        """A line of text with its pens; its width is in cap heights."""
        even = font.lineage == "displays"
        if tracking is None:
            tracking = 0.0 if even else max(-0.06, self.rng.normal(0.02, 0.03))
        if space is None:
            space = 1.0 if even else 1 + 1.5 * self.rng.random() ** 2
        run = layout.Run(text, font, "scene")
        layout.place(self.rng, run, float(tracking), float(space), stretch, jitter)
        return run

    def write(
        self, run: layout.Run, at: Point, cap: float, tones: Tones, manner: Manner = PLAIN
    ) -> Writing:
        """Writes a line from `at`, the left end of its baseline, in capitals `cap` high."""
        ink, paper = tones
        finish = manner.finish
        writing = manner.into or truth.Writing(ink > paper, abs(ink - paper))
        if manner.said and manner.into is None:
            self.writings.append(writing)
        way = self.pose @ np.array(((cap, 0, at[0]), (0, cap, at[1] + manner.shift), (0, 0, 1.0)))
        ends = scene.transform(way, ((run.width / 2, 0), (run.width / 2, -1)))
        size = float(np.hypot(*(ends[1] - ends[0])))
        block = layout.Block([run], run.width, 1.0, manner.stretch, manner.slant)
        placed = scene.Placed(block, size, way)
        fatten = 0.0 if run.font.lineage == "displays" else self.fatten
        found = scene.covered(self.rng, placed, fatten, manner.wear, cut=manner.cut)
        if found is None:
            return writing
        mask, outline = found.mask, None
        if manner.clip is not None:
            x0, y0, x1, y1 = manner.clip
            outline = scene.transform(self.pose, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
            open_ = np.zeros(mask.coverage.shape, np.uint8)
            scene.fill(open_, outline - mask.corner, 255)
            mask = scene.Mask(np.minimum(mask.coverage, open_), mask.corner)
        if finish:
            unlit = scene.unlit(self.rng, placed, fatten) if finish.unlit else None
            finishes.lay(self.canvas, finish, size, mask, unlit, paper, ink)
            # Of relief only the edges show.
            writing.contrast = max(abs(ink - paper), 0.6 * finishes.contrast(finish, paper, ink))
        else:
            finishes.over(self.canvas, mask, ink)
        if manner.said:
            self.levels.append(min(ink, paper))
            relief = bool(finish and finish.relief and writing.contrast > abs(ink - paper))
            spaced = _spaced(run.text, manner.apart and bool(writing.marks))
            for (char, _, box), sides, gap in zip(found.boxes, found.ends, spaced):
                corners = np.reshape(box, (2, 2))
                if outline is not None:
                    corners = np.clip(corners, outline.min(axis=0), outline.max(axis=0))
                points = np.concatenate((corners, self._base(run, at, cap, sides, manner.shift)))
                writing.marks.append(truth.Mark(char, gap, points, run.font, manner.turn, relief))
        return writing

    def _base(
        self, run: layout.Run, at: Point, cap: float, sides: Point, shift: float
    ) -> np.ndarray:
        """The points of a truth.Mark behind its corners."""
        sizes = layout.glyphs.metrics(run.font)
        small = sizes.x_height / sizes.cap_height
        left, right = at[0] + sides[0] * cap, at[0] + sides[1] * cap
        middle, y = (left + right) / 2, at[1]
        above = [(middle, y), (middle, y - cap), (middle, y - cap * small), (middle, y + shift)]
        return scene.transform(self.pose, [(left, y), (right, y), *above])

    def say(
        self,
        text: str,
        font: Face,
        at: Point,
        cap: float,
        tones: Tones,
        align: float = 0.0,
        most: float | None = None,
        manner: Manner = PLAIN,
    ) -> None:
        """Sets and writes at once; `align` 0, 0.5 or 1 says which end of the line is at `at`. A
        line wider than `most` is made smaller."""
        run = self.set(text, font, manner.stretch)
        if most and run.width * cap > most:
            cap = most / run.width
        self.write(run, (at[0] - align * (run.width * cap), at[1]), cap, tones, manner)

    def halo(self, run: layout.Run, at: Point, cap: float, tones: Tones, manner: Manner) -> None:
        """An outline or a shadow for what is written upon it."""
        ink, paper = tones
        level = float(np.clip(ink + (paper - ink) * self.draw(0.35, 1.8), 0, 1))
        before, self.fatten = self.fatten, self.draw(0.08, 0.2)
        away = (0.0, 0.0) if self.odds(0.5) else self.rng.uniform(-0.12, 0.12, 2) * cap
        unsaid = replace(manner, said=False)
        self.write(run, (at[0] + away[0], at[1] + away[1]), cap, Tones(level, paper), unsaid)
        self.fatten = before

    # What the camera makes of it.

    def take(self, part: Iterable[float] | None = None, size: Size | None = None) -> Sample:
        """The picture through the camera, or a part x0, y0, x1, y1 of it, resized to `size`."""
        rng, tier = self.rng, self.tier
        caps = [truth.mean_cap(writing) for writing in self.writings if writing.marks]
        caps = [cap for cap in caps if cap >= truth.LEAST_CAP]
        cap = min(caps) if caps else float(rng.uniform(10, 35))
        faint = min([writing.contrast for writing in self.writings if writing.marks] or [0.3])
        exposure, field_of_light, factor = self._light(min(self.levels or [0.1]), faint)
        picture = self.canvas * field_of_light
        picture *= exposure
        spot = camera.glare(rng, self.width, self.height, tier)
        if spot is not None:
            picture += spot * min(1.0, 4 * faint)
        picture = camera.stray(rng, picture)
        if self.odds(0.08):
            picture = self._barrel(picture)
        picture, blur = camera.lens(rng, picture, tier, cap)
        soft = {"clean": 0.1, "typical": 0.25, "hard": 0.4}[tier]
        if cap > 20 and faint > 0.15 and self.odds(soft):
            more = min(rng.uniform(0.02, 0.085) * cap, 4.0)
            picture = cv2.GaussianBlur(picture, (0, 0), float(more))
            blur = float(np.hypot(blur, more))
        seen = faint * 255 * min(1.0, factor)
        share = 4.0 if seen > 70 and cap > 20 else 6.0
        picture, noise = camera.sensor(rng, picture, tier, max(0.4, seen / share))
        picture, kind, quality = self._link(picture, seen)
        picture = self._cropped(picture, part, size)
        self.about.update(
            format=kind,
            jpeg_q=quality,
            blur=round(blur, 2),
            noise=round(noise, 2),
            exposure=round(factor, 2),
        )
        return truth.sample_of(self.writings, self.tier, self.about, picture, noise)

    def _light(self, darkest: float, faint: float) -> tuple[np.float32, np.ndarray, float]:
        rng = self.rng
        field_of_light, _ = camera.light(rng, self.width, self.height, self.tier)
        factor = camera.exposure(rng, self.tier, darkest)
        factor = max(factor, min(1.0, 24 / (255 * faint)))  # faint print must stay to be seen
        return np.float32(255 * rng.uniform(0.88, 1.03) * factor), field_of_light, factor

    def _barrel(self, picture: np.ndarray) -> np.ndarray:
        marks = [mark for writing in self.writings for mark in writing.marks]
        points = np.concatenate([mark.points for mark in marks] or [np.zeros((0, 2))])
        boxes = [mark.points[:2].reshape(4) for mark in marks]
        picture, moved, points = camera.barrel(
            self.rng, picture, np.reshape(boxes, (-1, 4)), points
        )
        every = points.reshape(-1, 8, 2)
        for mark, box, found in zip(marks, moved, every):
            mark.points = np.concatenate((box.reshape(2, 2), found[2:]))
        return picture

    def _link(self, picture: np.ndarray, seen: float) -> tuple[np.ndarray, str, int | None]:
        """Strong compression would leave nothing of faint print."""
        if seen > 70:
            return camera.link(self.rng, picture, self.tier)
        gray = np.clip(picture + np.float32(0.5), 0, 255).astype(np.uint8)
        if seen < 12 or self.odds(0.5):
            return gray, "gray8", None
        quality = int(self.rng.integers(70, 95))
        _, data = cv2.imencode(".jpg", gray, (cv2.IMWRITE_JPEG_QUALITY, quality))
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), "jpeg", quality

    def _cropped(
        self, picture: np.ndarray, part: Iterable[float] | None, size: Size | None
    ) -> np.ndarray:
        if part is not None:
            x0, y0, x1, y1 = (int(v) for v in part)
            picture = picture[y0:y1, x0:x1]
            self._move(lambda points: points - (x0, y0))
        if size is not None:
            scale = np.array(size) / picture.shape[::-1]
            way = (
                cv2.INTER_AREA
                if scale.max() < 1
                else self.pick((cv2.INTER_LINEAR, cv2.INTER_CUBIC))
            )
            picture = cv2.resize(picture, tuple(int(v) for v in size), interpolation=way)
            self._move(lambda points: points * scale)
        return np.ascontiguousarray(picture)

    def _move(self, way: Callable[[np.ndarray], np.ndarray]) -> None:
        for writing in self.writings:
            for mark in writing.marks:
                mark.points = way(mark.points)


class StageOf(Protocol):
    """Makes an empty stage of the picture's size or of another."""

    def __call__(self, own: Size | None = None) -> Stage: ...


def _spaced(text: str, first: bool) -> list[bool]:
    """Whether a space stands before each character but spaces."""
    found, gap = [], first
    for char in text:
        if char == " ":
            gap = True
        else:
            found.append(gap)
            gap = False
    return found
