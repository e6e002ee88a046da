"""Counters of meters: digits on drums, each behind a window of its own."""

from dataclasses import replace

from dataset import texts
from dataset.glyphs import Face
from dataset.sample import Sample
from dataset.scene import Box
from dataset.scenes import phrases
from dataset.scenes.backdrop import behind
from dataset.scenes.cast import DRUM, SANS
from dataset.scenes.stage import Manner, Stage, StageOf, Tones
from dataset.scenes.truth import Writing


def counter(stage_of: StageOf) -> Sample:
    """A whole counter on its meter."""
    stage = stage_of()
    behind(stage)
    stage.usual()
    count = int(stage.rng.integers(4, 9))
    _draw(stage, count, stage.fit(count * 1.15 + 1.5, 2.6, 11, 90, (0.4, 0.92)))
    return stage.take()


def cell(stage_of: StageOf) -> Sample | None:
    """One drum, or a few, cut out close to their windows as a board does that reads digit by digit;
    at times with the edges of its neighbours."""
    stage = stage_of((64, 64))
    rng = stage.rng
    cap = stage.draw(12, 70) if stage.odds(0.8) else stage.draw(60, 110)
    shown = 1 if stage.odds(0.7) else int(rng.integers(2, 7))
    stage = stage_of((int(cap * (2.2 * shown + 4)), int(cap * 4)))
    stage.stand(stage.draw(-4, 4), 0.05)
    cells, half = _draw(stage, shown + 2, cap, plain=True)
    first = cells[1]
    last = cells[shown]
    wide = first[1] - first[0]
    x = [
        stage.width / 2 + first[0] - stage.draw(-0.08, 0.3) * wide,
        stage.width / 2 + last[1] + stage.draw(-0.08, 0.3) * wide,
    ]
    y = [
        stage.height / 2 - half * stage.draw(0.85, 1.25),
        stage.height / 2 + half * stage.draw(0.85, 1.25),
    ]
    part = (max(0, x[0]), max(0, y[0]), min(stage.width, x[1]), min(stage.height, y[1]))
    size = None
    if stage.odds(0.6):
        if shown == 1:
            size = stage.pick(
                ((20, 32), (20, 32), (32, 32), (32, 48), (24, 40), (28, 28), (40, 64))
            )
        else:
            high = int(rng.integers(24, 64))
            size = max(16, int(high * (part[2] - part[0]) / (part[3] - part[1]))), high
    found = stage.take(part, size)
    return found if min(found.picture.shape) >= 16 else None


def _draw(
    stage: Stage, count: int, cap: float, plain: bool = False
) -> tuple[list[tuple[float, float]], float]:
    """A counter in the middle. Returns the left and right edges of its windows and half their
    height."""
    rng = stage.rng
    wide, half = cap * stage.draw(0.72, 1.15), cap * stage.draw(0.62, 1.1)
    gap = cap * (0.0 if stage.odds(0.2) else stage.draw(0.02, 0.35))
    pitch = cap * stage.draw(1.25, 1.9)  # from one digit of a drum to the next
    dark = stage.odds(0.68)
    ground = stage.draw(0.03, 0.3) if dark else stage.draw(0.55, 0.97)
    span = {"clean": (0.4, 0.85), "typical": (0.25, 0.8), "hard": (0.16, 0.6)}[stage.tier]
    step = stage.draw(*span)
    ink = min(ground + step, 1.0) if dark else max(ground - step, 0.02)
    wall = stage.draw(0.03, 0.95)
    reds = int(rng.integers(1, 4)) if stage.odds(0.5) else 0
    red = ground + (stage.draw(0.05, 0.25) if dark else -stage.draw(0.03, 0.12))
    if abs(red - ink) < 0.12:
        red = ground
    whole = count * wide + (count - 1) * gap
    left = -whole / 2
    _housing(stage, cap, whole, half, wall, plain)
    rim = stage.draw(0.5, 2.5) if stage.odds(0.4) else 0.0
    rim_level = stage.draw(0.05, 1.0)
    font = stage.cast.font(rng, texts.DIGITS, DRUM, bold=stage.odds(0.3))
    sizes = stage.set("0", font, 1.0, 0.0)
    stretch = min(max(wide * stage.draw(0.55, 0.92) / cap / sizes.width, 0.6), 1.5)
    digits = texts.some(rng, texts.DIGITS, count, count)
    if stage.odds(0.3):
        digits = digits[count // 2 :].rjust(count, "0")
    turns = [_turn(stage, last=number == count - 1) for number in range(count)]
    teeth = [number for number in range(count) if stage.odds(0.35 if number == count - 1 else 0.05)]
    cells: list[tuple[float, float]] = []
    writing: Writing | None = None
    baseline = cap / 2 + stage.draw(-0.04, 0.04) * cap
    for number, (digit, turn) in enumerate(zip(digits, turns)):
        x0 = left + number * (wide + gap)
        x1 = x0 + wide
        cells.append((x0, x1))
        paper = red if number >= count - reds else ground
        if rim:
            stage.frame(x0, -half, x1, half, rim, rim_level, paper)
        else:
            stage.box(x0, -half, x1, half, paper)
        clip = (x0, -half, x1, half)
        if number in teeth:
            _teeth(stage, clip, cap, ink)
        manner = Manner(stretch, clip=clip, into=writing, apart=False, turn=turn)
        writing = _drum(stage, font, int(digit), pitch, baseline, cap, Tones(ink, paper), manner)
    _curve(stage, cells, half)
    if stage.odds(0.3):  # glass before it all
        edge = stage.draw(-whole / 2, whole / 2)
        lift = stage.draw(1.1, 1.5)
        stage.shade(
            edge,
            -half * 1.4,
            edge + whole * stage.draw(0.1, 0.6),
            half * 1.4,
            lambda u, v: lift + 0 * u,
        )
    return cells, half


def _drum(
    stage: Stage,
    font: Face,
    digit: int,
    pitch: float,
    baseline: float,
    cap: float,
    tones: Tones,
    manner: Manner,
) -> Writing | None:
    """A digit in its window, which `manner` clips to, and its neighbours on the drum."""
    assert manner.clip
    x0, _, x1, half = manner.clip
    writing = None
    for away in (-1, 1, 0):
        run = stage.set(str((digit + away) % 10), font, manner.stretch, 0.0)
        shift = (away - manner.turn) * pitch
        if abs(shift) - half > cap:
            continue
        at = ((x0 + x1 - run.width * cap) / 2, baseline)
        here = replace(manner, said=away == 0, shift=shift)
        writing = stage.write(run, at, cap, tones, here)
    return writing


def _turn(stage: Stage, last: bool) -> float:
    """How far a drum has rolled on from its digit."""
    place = stage.rng.random()
    if last and place < 0.5 or place < stage.cast.rolling:
        return round(float(stage.draw(-0.5, 0.5)), 2)
    if place < max(0.3, stage.cast.rolling + 0.2):
        return round(float(stage.rng.normal(0, 0.05)), 2)
    return 0.0


def _teeth(stage: Stage, clip: Box, cap: float, ink: float) -> None:
    """The scale of a last drum, which turns all the time."""
    x0, y0, x1, y1 = clip
    side = stage.draw(0.06, 0.16) * cap
    step = cap * stage.draw(0.12, 0.3)
    y = y0 + stage.draw(0, step)
    while y < y1 - step * 0.5:
        stage.box(x1 - side, y, x1, y + step * 0.4, ink)
        y += step


def _curve(stage: Stage, cells: list[tuple[float, float]], half: float) -> None:
    """Light on round drums."""
    depth, top = stage.draw(0.05, 0.7), stage.draw(-0.5, 0.5)
    x0, x1 = cells[0][0], cells[-1][1]
    if stage.odds(0.85):
        stage.shade(x0, -half, x1, half, lambda u, v: 1 - depth * (v - top * 0.4) ** 2)
    if stage.odds(0.2):  # a lamp's line along them
        place, narrow, bright = stage.draw(-0.9, 0.9), stage.draw(3, 12), stage.draw(0.1, 0.6)
        stage.shade(
            x0, -half, x1, half, lambda u, v: 1 + bright / (1 + (narrow * (v - place)) ** 2)
        )
    if stage.odds(0.25):  # shadow of the upper edge
        until, dark = stage.draw(-0.95, -0.5), stage.draw(0.3, 0.8)
        stage.shade(x0, -half, x1, half, lambda u, v: 1 - dark * (v < until))


def _housing(stage: Stage, cap: float, whole: float, half: float, wall: float, plain: bool) -> None:
    rng = stage.rng
    face = stage.draw(0.1, 0.95)
    mx, my = cap * stage.draw(0.15, 0.9), cap * stage.draw(0.08, 0.6)
    if not plain:
        if stage.odds(0.8):  # the meter's face
            w, h = whole / 2 + cap * stage.draw(0.8, 5), half + cap * stage.draw(0.7, 5)
            if stage.odds(0.3):
                stage.disc(0, 0, max(w, h), stage.draw(0.1, 0.9), 48)
                stage.disc(0, 0, max(w, h) * stage.draw(0.85, 0.97), face, 48)
            else:
                stage.panel(w, h, face, stage.draw(0, cap))
        for _ in range(int(rng.integers(0, 3))):
            side = stage.pick((-1, 1))
            stage.screw(
                side * (whole / 2 + cap * stage.draw(1.2, 2.5)),
                stage.pick((-1, 1)) * cap * stage.draw(0.8, 2.5),
                cap * stage.draw(0.2, 0.5),
            )
        _print(stage, cap, whole / 2 + mx, half + my, face)
    if stage.odds(0.85):
        if stage.odds(0.4):
            x, y, rim = whole / 2 + mx, half + my, cap * stage.draw(0.04, 0.2)
            stage.frame(-x, -y, x, y, rim, stage.draw(0.02, 1), wall)
        else:
            stage.panel(whole / 2 + mx, half + my, wall, stage.pick((0.0, cap * 0.2)))


def _print(stage: Stage, cap: float, w: float, h: float, face: float) -> None:
    """Units and what else stands around a counter."""
    rng = stage.rng
    ink = 0.05 if face > 0.45 else 0.95
    if abs(ink - face) > 0.5 and stage.odds(0.4):
        ink += (face - ink) * stage.draw(0, 0.4)
    sides = [-1, 1]
    if stage.odds(0.65):
        text = stage.pick(phrases.METERED)
        if stage.cast.signs and text == "m3":
            text = "m³"
        size = cap * stage.draw(0.45, 1.0)
        font = stage.cast.font(rng, text, SANS)
        if stage.odds(0.7):
            stage.say(
                text, font, (w + cap * stage.draw(0.25, 0.6), size / 2), size, Tones(ink, face)
            )
        else:
            stage.say(
                text, font, (stage.draw(-0.3, 1) * w, -h - size * 0.5), size, Tones(ink, face)
            )
            sides = [1]
    for side in sides:
        if stage.odds(0.4):
            text = stage.pick((phrases.fine, phrases.quantity, texts.serial))(rng)
            size = cap * stage.draw(0.3, 0.75)
            y = side * (h + cap * 0.35 + size / 2 + stage.draw(0, cap)) + size / 2
            stage.say(
                text,
                stage.cast.font(rng, text, SANS),
                (0, y),
                size,
                Tones(ink, face),
                align=0.5,
                most=2.4 * w,
            )
