"""Licence plates on cars: European and American."""

import numpy as np

from dataset import finish as finishes
from dataset.sample import Sample
from dataset.scene import Box
from dataset.scenes import phrases
from dataset.scenes.backdrop import behind
from dataset.scenes.cast import PLATE, SANS
from dataset.scenes.stage import Manner, Stage, StageOf, Tones


def plate(stage_of: StageOf) -> Sample:
    """A plate on a car, or most of what the picture shows."""
    stage = stage_of()
    behind(stage, 0.6)
    stage.usual()
    _car(stage)
    draw(stage, (0.3, 0.95) if stage.odds(0.75) else (0.9, 1.05))
    return stage.take()


def cut_out(stage_of: StageOf) -> Sample | None:
    """A plate cut out close to its edges or its print, of any size."""
    stage = stage_of((32, 32))
    cap = float(np.exp(stage.draw(np.log(12), np.log(64))))
    stage = stage_of((int(cap * stage.draw(7, 11)), int(cap * 2.6)))
    stage.stand(stage.draw(-5, 5), 0.06)
    edges = draw(stage, (0.85, 0.98))
    slack = stage.draw(-0.25, 0.3) * cap
    x0, y0, x1, y1 = edges
    part = (
        max(0, stage.width / 2 + x0 - slack),
        max(0, stage.height / 2 + y0 - slack * 0.6),
        min(stage.width, stage.width / 2 + x1 + slack),
        min(stage.height, stage.height / 2 + y1 + slack * 0.6),
    )
    size = None
    if stage.odds(0.3):
        high = int(stage.rng.integers(20, 70))
        size = (
            max(16, int(high * (part[2] - part[0]) / (part[3] - part[1]) * stage.draw(0.8, 1.25))),
            high,
        )
    found = stage.take(part, size)
    return found if min(found.picture.shape) >= 16 else None


def _car(stage: Stage) -> None:
    """Bumper, lines of the body, lamps."""
    rng = stage.rng
    if stage.odds(0.6):
        w, h = stage.width, stage.height
        level = stage.draw(0.03, 0.9)
        stage.box(-w, -h * stage.draw(0.3, 0.9), w, h, level)
        for _ in range(int(rng.integers(0, 4))):
            y = stage.draw(-0.5, 0.5) * h
            stage.box(-w, y, w, y + stage.draw(1, 0.06 * h + 1), stage.draw(0.02, 0.9))
        if stage.odds(0.3):  # a grille
            step, y = stage.draw(3, 9), -0.45 * h
            until, bar = y + stage.draw(0.1, 0.3) * h, stage.draw(0.02, 0.5)
            while y < until:
                stage.box(-w * 0.4, y, w * 0.4, y + step * 0.4, bar)
                y += step
        if stage.odds(0.3):
            stage.disc(
                stage.pick((-1, 1)) * w * 0.45,
                -0.2 * h,
                h * stage.draw(0.08, 0.2),
                stage.draw(0.6, 1.0),
            )


def draw(stage: Stage, share: tuple[float, float]) -> Box:
    """A plate in the middle; returns its edges x0, y0, x1, y1."""
    rng = stage.rng
    american = stage.odds(0.45)
    text = phrases.plate(rng, american)
    inverse = stage.odds(0.15)
    paper = stage.draw(0.03, 0.25) if inverse else stage.draw(0.55, 1.0)
    contrast = {"clean": (0.5, 0.9), "typical": (0.4, 0.85), "hard": (0.25, 0.6)}[stage.tier]
    step = stage.draw(*contrast)
    ink = min(1.0, paper + step) if inverse else max(0.02, paper - step)
    tones = Tones(ink, paper)
    font = stage.cast.font(rng, text, PLATE, bold=stage.odds(0.7))
    stretch = float(np.exp(stage.draw(np.log(0.5), np.log(1.25 if american else 1.6))))
    narrow = "Narrow" in font.family or "Cn" in font.family or font.family == "Dosis"
    stretch = max(stretch, 0.72 if narrow else 0.5)
    groups, marks = _groups(stage, text)
    tracking = stage.draw(0.02, 0.22)
    runs = [stage.set(group, font, stretch, tracking) for group in groups]
    gaps = [stage.draw(0.3, 0.6) if mark is None else stage.draw(0.6, 1.1) for mark in marks]
    wide = sum(run.width for run in runs) + sum(gaps)
    band = 0.55 if not american and stage.odds(0.5) else 0.0
    above = stage.odds(0.65 if american else 0.1)
    below = stage.odds(0.45 if american else 0.15)
    mx = stage.draw(0.12, 0.8)
    my = stage.draw(0.1, 0.35), stage.draw(0.1, 0.35)
    top = 0.5 + my[0] + (stage.draw(0.35, 0.55) if above else 0)
    bottom = 0.5 + my[1] + (stage.draw(0.3, 0.5) if below else 0)
    cap = stage.fit(wide + 2 * mx + band + 0.2, top + bottom + 0.2, 10, 130, share)
    w = wide / 2 * cap + mx * cap
    left, right = -w - band * cap, w
    top, bottom = -top * cap, bottom * cap
    _surface(stage, cap, (left, top, right, bottom), tones)
    if band:
        _band(stage, cap, left, top, bottom, band)
    emboss = (
        finishes.Finish(
            "embossed",
            "embossed",
            relief=stage.draw(0.08, 0.3),
            bevel=0.03,
            direction=stage.draw(np.pi, 2 * np.pi),
        )
        if stage.odds(0.3)
        else None
    )
    x, writing = -wide / 2 * cap, None
    for number, (run, mark) in enumerate(zip(runs, [*marks, None])):
        writing = stage.write(
            run, (x, cap / 2), cap, tones, Manner(stretch, into=writing, finish=emboss)
        )
        x += run.width * cap
        if number < len(gaps):
            _seal(stage, mark, x + gaps[number] * cap / 2, cap, gaps[number], ink)
            x += gaps[number] * cap
    if above:
        room = -top - 0.5 * cap - my[0] * cap * 0.3
        base = top + my[0] * cap * 0.4 + room * 0.75
        _small(stage, cap, base, room, wide * cap, tones, american)
    if below:
        room = bottom - 0.5 * cap - my[1] * cap * 0.3
        base = 0.5 * cap + my[1] * cap * 0.6 + room * 0.6
        _small(stage, cap, base, room, wide * cap, tones, american)
    _screws(stage, cap, left, top, right, bottom)
    return left, top, right, bottom


def _groups(stage: Stage, text: str) -> tuple[list[str], list[str | None]]:
    """Parts of a plate's text, and what stands between them: None, or the kind of a seal."""
    if "-" in text and stage.odds(0.5):
        text = text.replace("-", " ")
    parts = text.split(" ")
    return parts, [stage.pick((None, None, "disc", "two", "star", "box")) for _ in parts[1:]]


def _seal(stage: Stage, mark: str | None, x: float, cap: float, gap: float, ink: float) -> None:
    """A sticker between two groups."""
    level = stage.draw(0.05, 0.95)
    radius = min(gap * 0.36, 0.28) * cap
    if mark == "disc":
        stage.disc(x, stage.draw(-0.2, 0.2) * cap, radius, level)
        stage.disc(x, 0, radius * 0.5, stage.draw(0.05, 0.95))
    elif mark == "two":
        for y in (-0.27, 0.25):
            stage.disc(x, y * cap, radius * 0.85, level)
            stage.disc(x, y * cap, radius * 0.4, stage.draw(0.05, 0.95))
    elif mark == "star":
        angle = np.arange(10) * np.pi / 5 - np.pi / 2
        reach = radius * np.where(np.arange(10) % 2, 0.42, 1.0)
        stage.fill(np.stack((np.cos(angle) * reach + x, np.sin(angle) * reach), axis=1), ink)
    elif mark == "box":
        stage.box(x - radius, -radius, x + radius, radius * 1.3, level)


def _surface(stage: Stage, cap: float, edges: Box, tones: Tones) -> None:
    left, top, right, bottom = edges
    ink, paper = tones
    radius = stage.pick((0.0, 0.1, 0.2)) * cap
    if stage.odds(0.6):  # the holder
        out = cap * stage.draw(0.04, 0.3)
        low = cap * stage.draw(0.05, 0.5)
        level = stage.draw(0.02, 0.5)
        stage.box(left - out, top - out, right + out, bottom + low, level, radius)
        if low > 0.35 * cap and stage.odds(0.6):
            text = phrases.fine(stage.rng)
            size = low * 0.5
            stage.say(
                text,
                stage.cast.font(stage.rng, text, SANS),
                ((left + right) / 2, bottom + low * 0.75),
                size,
                Tones(level + 0.5, level),
                align=0.5,
                most=(right - left) * 0.9,
            )
    stage.box(left, top, right, bottom, paper, radius)
    if stage.odds(0.7):
        inset = max(0.8, cap * stage.draw(0.0, 0.06))
        thick = max(0.8, cap * stage.draw(0.03, 0.08))
        stage.frame(
            left + inset + thick,
            top + inset + thick,
            right - inset - thick,
            bottom - inset - thick,
            thick,
            ink,
            paper,
            radius,
        )
    if stage.odds(0.25):
        a = stage.draw(-0.25, 0.25)
        stage.shade(left, top, right, bottom, lambda u, v: 1 - abs(a) + a * v)


def _band(stage: Stage, cap: float, left: float, top: float, bottom: float, band: float) -> None:
    """The blue band with its stars and the country's letter."""
    x0, x1 = left + 0.02 * cap, left + band * cap
    level = stage.draw(0.08, 0.35)
    stage.box(x0, top + 1, x1, bottom - 1, level)
    x, y, radius = (x0 + x1) / 2, -0.2 * cap, band * 0.28 * cap
    for angle in np.arange(12) * np.pi / 6:
        stage.disc(
            x + np.cos(angle) * radius,
            y + np.sin(angle) * radius,
            max(0.5, 0.025 * cap),
            level + 0.4,
            5,
        )
    text = stage.pick(("D", "F", "I", "NL", "B", "PL", "H", "S", "A", "L", "P", "E", "CZ", "LT"))
    size = cap * 0.3
    stage.say(
        text,
        stage.cast.font(stage.rng, text, SANS),
        (x, 0.45 * cap),
        size,
        Tones(level + 0.55, level),
        align=0.5,
        most=band * 0.8 * cap,
    )


def _small(
    stage: Stage, cap: float, base: float, room: float, wide: float, tones: Tones, american: bool
) -> None:
    """A line above or below the plate's own."""
    size = min(room * 0.6, 0.42 * cap)
    text = (
        stage.pick(phrases.STATES)
        if american and stage.odds(0.7)
        else phrases.fine(stage.rng).title()[:24].strip()
    )
    font = stage.cast.font(stage.rng, text)
    stage.say(text, font, (0, base), size, tones, align=0.5, most=wide * 0.95)


def _screws(stage: Stage, cap: float, left: float, top: float, right: float, bottom: float) -> None:
    if not stage.odds(0.4):
        return
    radius = cap * stage.draw(0.05, 0.1)
    for x in (left + 0.3 * cap, right - 0.3 * cap):
        for y in (top, bottom) if stage.odds(0.3) else (top,):
            inner = y + (1 if y < 0 else -1) * radius * 1.6
            if abs(inner) > 0.55 * cap + radius or abs(x) > (right - left) / 2 - 0.2 * cap:
                stage.screw(x, inner, radius)
