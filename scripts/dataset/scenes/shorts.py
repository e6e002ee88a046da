"""Lone digits and short texts of any size, tight crops, text across the picture's border."""

import numpy as np

from dataset import displays, scene, texts
from dataset.glyphs import Face
from dataset.sample import Sample
from dataset.scenes import phrases, screens
from dataset.scenes.backdrop import behind
from dataset.scenes.cast import PLATE, SANS
from dataset.scenes.stage import Manner, Stage, StageOf, Tones


def levels(stage: Stage, least: float | None = None) -> Tones:
    """Those of a surface and of the ink on it."""
    low, high = {"clean": (0.35, 0.92), "typical": (0.22, 0.85), "hard": (0.15, 0.6)}[stage.tier]
    step = stage.draw(least or low, high)
    paper = stage.draw(0.02, 0.98 - step) if stage.odds(0.5) else stage.draw(step + 0.02, 1.0)
    dark = paper - step > 0.01 and (paper + step > 0.99 or stage.odds(0.65))
    return Tones(paper - step if dark else min(1.0, paper + step), paper)


def lone(stage_of: StageOf) -> Sample:
    """One digit or a short text on a surface: capitals from 8 pixels to the picture's height."""
    stage = stage_of()
    behind(stage, 0.35)
    stage.usual()
    text = phrases.short(stage.rng, stage.cast.signs)
    _alone(stage, text)
    return stage.take()


def _alone(stage: Stage, text: str) -> None:
    """Sets a text somewhere, large or small; most on a surface of its own, at times in a frame."""
    rng = stage.rng
    ink, paper = tones = levels(stage)
    font = stage.cast.font(rng, text, SANS if stage.odds(0.5) else None, bold=stage.odds(0.3))
    stretch = stage.stretch()
    run = stage.set(text, font, stretch, stage.draw(0.0, 0.25) if stage.odds(0.3) else None)
    room = min(stage.height * 0.92, stage.width * 0.96 / max(run.width, 0.5))
    cap = float(np.exp(stage.draw(np.log(min(8.5, room)), np.log(room))))
    w, h = run.width * cap / 2, cap / 2
    spare = max(0.0, stage.width / 2 - w - 3), max(0.0, stage.height / 2 - h - 3)
    x, y = stage.draw(-1, 1) * spare[0] * 0.9, stage.draw(-1, 1) * spare[1] * 0.9
    mx, my = (cap * stage.draw(0.15, 2.5) for _ in range(2))
    place = rng.random()
    if place < 0.35:
        stage.canvas[:] = paper
        strength = {"clean": 0.01, "typical": 0.025, "hard": 0.04}[stage.tier]
        stage.canvas += rng.normal(0, strength)
    elif place < 0.75:
        if stage.odds(0.4):
            stage.frame(
                x - w - mx,
                y - h - my,
                x + w + mx,
                y + h + my,
                stage.draw(0.8, 0.1 * cap + 1),
                ink if stage.odds(0.6) else stage.draw(0, 1),
                paper,
                stage.pick((0.0, cap * 0.3)),
            )
        else:
            stage.box(
                x - w - mx, y - h - my, x + w + mx, y + h + my, paper, stage.pick((0.0, cap * 0.4))
            )
    elif place < 0.9:
        radius = max(w, h) * stage.draw(1.35, 2)
        stage.disc(x, y, radius, stage.draw(0, 1), 40)
        stage.disc(x, y, radius * stage.draw(0.85, 1.0), paper, 40)
    else:  # a frame two pixels away
        m = stage.draw(1.5, 5)
        stage.canvas[:] = paper
        stage.frame(x - w - m, y - h - m, x + w + m, y + h + m, stage.draw(0.7, 2), ink, paper)
    wear = stage.draw(0.02, 0.1) if stage.odds(0.1) else 0.0
    if cap > 14 and stage.odds(0.08):
        stage.halo(run, (x - w, y + h), cap, tones, Manner(stretch=stretch))
    stage.write(run, (x - w, y + h), cap, tones, Manner(stretch, wear=wear))


def crop(stage_of: StageOf) -> Sample | None:
    """What a board cuts out to be read: text that fills the image, at times with its neighbours."""
    stage = stage_of((32, 32))
    rng = stage.rng
    single = stage.odds(0.55)
    cap = float(np.exp(stage.draw(np.log(9), np.log(90 if single else 48))))
    if single:
        text = (
            stage.pick(texts.DIGITS)
            if stage.odds(0.6)
            else stage.pick("ABCDEFGHJKLMNPQRSTUVWXYZABDEFGHKMNRTabdefghknqrtuy")
        )
    else:
        text = stage.pick((phrases.short, phrases.line, phrases.quantity))(rng)
        if stage.odds(0.25):
            text = stage.pick(
                (
                    texts.word,
                    lambda r: texts.word(r).upper(),
                    lambda r: texts.some(r, texts.DIGITS, 3, 8),
                )
            )(rng)
    if not stage.cast.signs:
        text = "".join(c for c in text if c <= "~")
    face: Face | None = None
    if single and stage.odds(0.15):
        face = screens.font(stage, "seven", "lcd")
        if any(c in face.lacks for c in text):
            text = stage.pick(texts.DIGITS)
    face = face or stage.cast.font(
        rng, text, PLATE if stage.odds(0.45) else None, bold=stage.odds(0.3)
    )
    stretch = stage.stretch()
    run = stage.set(text, face, stretch)
    wide = run.width * (stretch if face.family == displays.SEGMENTS else 1)
    stage = stage_of((int(wide * cap + 4.5 * cap), int(cap * 3.2)))
    most = 14 if single and stage.odds(0.3) else 5
    stage.stand(stage.draw(-most, most) if stage.odds(0.6) else 0.0, 0.05)
    ink, paper = tones = levels(stage)
    _ground(stage, tones)
    slant = stage.draw(-0.12, 0.28) if stage.odds(0.15) else 0.0
    x, y = -wide * cap / 2, cap / 2
    if stage.odds(0.3):
        _walls(stage, wide * cap / 2, cap)
    if stage.odds(0.35):
        for side in (-1, 1)[: 1 + stage.odds(0.5)]:
            _neighbour(stage, face, side, wide, cap, y, tones, stretch)
    if cap > 14 and stage.odds(0.1):
        stage.halo(run, (x, y), cap, tones, Manner(stretch=stretch, slant=slant))
    writing = stage.write(run, (x, y), cap, tones, Manner(stretch, slant))
    if not writing.marks:
        return None
    boxes = np.array([mark.points[:2] for mark in writing.marks])
    low, high = boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)
    near = cap * 0.3 if stage.odds(0.35) else 3
    part = np.concatenate((low - rng.uniform(0, near, 2), high + rng.uniform(0, near, 2)))
    if single and stage.odds(0.5):  # cells as high or wide as their neighbours'
        more = rng.uniform(0, 0.6, 2) * (high - low)
        part += np.concatenate((-more * rng.uniform(0, 1, 2), more * rng.uniform(0, 1, 2)))
    part[:2] = np.maximum(np.round(part[:2]), 0)
    part[2:] = np.minimum(np.round(part[2:]), (stage.width, stage.height))
    return _taken(stage, part, single)


def _ground(
    stage: Stage,
    tones: Tones,
) -> None:
    """A crop's surface: plain, in slanting light, or patterned by less than its ink."""
    ink, paper = tones
    stage.canvas[:] = paper
    if stage.odds(0.35):
        photograph = stage.cast.photograph(stage.rng, stage.width, stage.height)
        if photograph is None:
            photograph = scene.smooth_noise(stage.rng, stage.width, stage.height, stage.draw(3, 30))
        photograph = photograph - photograph.mean()
        strength = stage.draw(0.04, 0.3) * abs(ink - paper)
        strength /= max(0.05, float(np.abs(photograph).max()))
        stage.canvas += photograph * np.float32(strength)
    if stage.odds(0.3):
        stage.canvas += np.linspace(-1, 1, stage.width, dtype=np.float32) * np.float32(
            stage.draw(-0.3, 0.3) * abs(ink - paper)
        )
    np.maximum(stage.canvas, 0.0, out=stage.canvas)


_CELLS = [(20, 32), (32, 32), (20, 20), (24, 24), (32, 48), (28, 28), (64, 64), (48, 48), (16, 16)]
_CELLS += [(100, 100), (96, 96)]


def _taken(stage: Stage, part: np.ndarray, single: bool) -> Sample:
    extent = part[2:] - part[:2]
    size = None
    if single and stage.odds(0.6):
        size = stage.pick(_CELLS)
        if stage.odds(0.5) or not 0.6 < size[0] / size[1] / (extent[0] / extent[1]) < 1.7:
            wide = max(16, round(size[1] * extent[0] / extent[1]))
            size = wide, size[1]
    elif stage.odds(0.3):
        scale = stage.draw(0.7, 2.0)
        size = max(16, int(extent[0] * scale)), max(16, int(extent[1] * scale))
    if size is None and extent.min() < 16:
        size = int(max(extent[0], 16)), int(max(extent[1], 16))
    return stage.take(part, size)


def _walls(stage: Stage, half: float, cap: float) -> None:
    """A cell's walls or a frame at the text's edges."""
    level = stage.draw(0, 1)
    for side in (-1, 1):
        if stage.odds(0.6):
            x = side * (half + cap * stage.draw(0.06, 0.25))
            stage.box(min(x, x + side * cap), -2 * cap, max(x, x + side * cap), 2 * cap, level)
        if stage.odds(0.35):
            y = side * cap * stage.draw(0.57, 0.75)
            stage.box(
                -3 * half - cap,
                min(y, y + side * cap),
                3 * half + cap,
                max(y, y + side * cap),
                level,
            )


def _neighbour(
    stage: Stage,
    face: Face,
    side: int,
    wide: float,
    cap: float,
    y: float,
    tones: Tones,
    stretch: float,
) -> None:
    char = stage.pick(texts.DIGITS)
    if any(c in face.lacks for c in char):
        return
    run = stage.set(char, face, stretch)
    gap = stage.draw(0.05, 0.3) * cap
    x = wide * cap / 2 + gap if side > 0 else -wide * cap / 2 - gap - run.width * cap
    stage.write(run, (x, y), cap, tones, Manner(stretch, said=False))


def border(stage_of: StageOf) -> Sample:
    """Lines that run over the picture's border."""
    stage = stage_of()
    behind(stage, 0.2)
    stage.usual()
    rng = stage.rng
    ink, paper = tones = levels(stage)
    stage.canvas *= paper / max(0.05, float(stage.canvas.mean()))  # only a pattern is left of it
    stage.canvas[:] = np.clip(stage.canvas, paper - 0.04, paper + 0.04)
    half = np.array((stage.width, stage.height)) / 2
    used: list[tuple[float, float]] = []
    for _ in range(int(rng.integers(1, 4))):
        text = phrases.line(rng, stage.cast.signs)
        font = stage.cast.font(rng, text)
        run = stage.set(text, font)
        cap = float(np.clip(np.exp(rng.normal(np.log(22), 0.5)), 9, stage.height * 0.8))
        wide = run.width * cap
        side = int(rng.integers(4))
        away = stage.draw(-0.1, 0.45)
        if side == 0:
            x, y = -half[0] - stage.draw(0, 0.4) * wide, stage.draw(-0.8, 0.9) * half[1]
        elif side == 1:
            x, y = half[0] - stage.draw(0.4, 1.0) * wide, stage.draw(-0.8, 0.9) * half[1]
        elif side == 2:
            x, y = stage.draw(-1, 0.2) * half[0], -half[1] + cap * (1 - away)
        else:
            x, y = stage.draw(-1, 0.2) * half[0], half[1] + cap * away
        if any(y - 1.6 * cap < below and y + 0.6 * cap > above for above, below in used):
            continue
        used.append((y - cap, y + 0.3 * cap))
        stage.write(run, (x, y), cap, tones)
    return stage.take()
