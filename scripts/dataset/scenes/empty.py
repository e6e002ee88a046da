"""Pictures without text: what must not be taken for it."""

import numpy as np

from dataset import scene
from dataset.sample import Sample, Size
from dataset.scene import Box
from dataset.scenes.backdrop import behind
from dataset.scenes.stage import Stage, StageOf


def photograph(stage_of: StageOf) -> Sample:
    """A photograph, or things if there is none."""
    stage = stage_of()
    if stage.odds(0.3):
        stage = stage_of(_small(stage))
    found = stage.cast.photograph(stage.rng, stage.width, stage.height)
    if found is None:
        return things(stage_of)
    stage.canvas[:] = found
    return stage.take()


def things(stage_of: StageOf) -> Sample:
    """Grilles, keys, ticks, bricks, leaves, wires, knobs, bar codes and edges."""
    stage = stage_of()
    if stage.odds(0.25):
        stage = stage_of(_small(stage))
    behind(stage, 0.6)
    stage.stand(stage.draw(-25, 25), 0.15)
    for _ in range(1 + int(stage.rng.integers(3))):
        stage.pick(_THINGS)(stage)
    if stage.odds(0.15):
        stage.canvas[:] = np.maximum(stage.canvas.max() - stage.canvas, 0)
    return stage.take()


def _small(stage: Stage) -> Size:
    """A size as crops have it."""
    wide = int(stage.draw(18, 110))
    return wide, max(16, int(wide * stage.draw(0.4, 1.6)))


def _area(stage: Stage) -> Box:
    """A rectangle somewhere: half of them large."""
    share = 1.2 if stage.odds(0.5) else stage.draw(0.15, 0.7)
    w, h = stage.width * share / 2, stage.height * share / 2 * stage.draw(0.3, 1)
    x = stage.draw(-0.5, 0.5) * stage.width * (share < 1)
    y = stage.draw(-0.5, 0.5) * stage.height * (share < 1)
    return x - w, y - h, x + w, y + h


def _two(stage: Stage) -> tuple[float, float]:
    a = stage.draw(0, 1)
    step = stage.draw(0.08, 0.8)
    return a, a + step if a + step < 1 else max(0.0, a - step)


def grille(stage: Stage) -> None:
    """Bars or slots, level or upright."""
    x0, y0, x1, y1 = _area(stage)
    paper, ink = _two(stage)
    stage.box(x0, y0, x1, y1, paper)
    step = stage.draw(3, 24)
    bar = step * stage.draw(0.2, 0.7)
    upright, rounded = stage.odds(0.5), stage.odds(0.3) * bar
    if stage.odds(0.3):  # rows of slots
        length = step * stage.draw(1, 6)
        for y in np.arange(y0 + bar, y1 - bar, step):
            for x in np.arange(x0 + bar, x1 - length, length + step * 0.6):
                stage.box(x, y, x + length, y + bar, ink, rounded)
        return
    for at in np.arange(x0 if upright else y0, x1 if upright else y1, step):
        if upright:
            stage.box(at, y0, at + bar, y1, ink, rounded)
        else:
            stage.box(x0, at, x1, at + bar, ink, rounded)


def keys(stage: Stage) -> None:
    """Keys and buttons without inscriptions, windows of houses, connectors' pins."""
    x0, y0, x1, y1 = _area(stage)
    paper, ink = _two(stage)
    stage.box(x0, y0, x1, y1, paper)
    w = stage.draw(5, 40)
    h = w * stage.draw(0.5, 1.8)
    gap, radius = w * stage.draw(0.1, 0.8), w * stage.draw(0, 0.3) * stage.odds(0.6)
    ring = stage.odds(0.4)
    for y in np.arange(y0, y1 - h, h + gap):
        for x in np.arange(x0, x1 - w, w + gap):
            if stage.odds(0.06):
                continue
            stage.box(x, y, x + w, y + h, ink, radius)
            if ring:
                stage.box(x + w * 0.15, y + w * 0.15, x + w * 0.85, y + h - w * 0.15, paper, radius)


def holes(stage: Stage) -> None:
    x0, y0, x1, y1 = _area(stage)
    paper, ink = _two(stage)
    stage.box(x0, y0, x1, y1, paper)
    step = stage.draw(4, 22)
    radius, odd = step * stage.draw(0.15, 0.42), stage.odds(0.5)
    for row, y in enumerate(np.arange(y0 + step, y1, step)):
        for x in np.arange(x0 + step * (1 + 0.5 * odd * (row % 2)), x1, step):
            stage.disc(x, y, radius, ink, 10)


def bricks(stage: Stage) -> None:
    paper, ink = _two(stage)
    x0, y0, x1, y1 = _area(stage)
    stage.box(x0, y0, x1, y1, paper)
    h = stage.draw(6, 30)
    w, gap = h * stage.draw(1.5, 3), h * stage.draw(0.08, 0.2)
    for row, y in enumerate(np.arange(y0, y1, h + gap)):
        for x in np.arange(x0 - w * 0.5 * (row % 2), x1, w + gap):
            stage.box(x, y, x + w, y + h, ink + stage.rng.normal(0, 0.04))


def ticks(stage: Stage) -> None:
    """The scale of a gauge or a ruler, with its needle."""
    paper, ink = _two(stage)
    small = stage.draw(4, 10)
    radius = min(stage.width, stage.height) * stage.draw(0.25, 0.6)
    if stage.odds(0.5):
        x, y = stage.draw(-0.3, 0.3) * stage.width, stage.draw(-0.3, 0.3) * stage.height
        stage.disc(x, y, radius, paper, 48)
        count = int(stage.rng.integers(20, 80))
        for number in range(int(count * 0.8)):
            angle = 2 * np.pi * number / count + 2.2
            length = radius * (0.2 if number % 5 == 0 else 0.1)
            _stroke(
                stage, x, y, angle, radius * 0.92 - length, radius * 0.92, radius * 0.015 + 0.4, ink
            )
        _stroke(stage, x, y, stage.draw(0, 6.3), -radius * 0.2, radius * 0.85, radius * 0.03, ink)
        stage.disc(x, y, radius * 0.08, ink)
        return
    x0, y0, x1, y1 = _area(stage)
    stage.box(x0, y0, x1, y1, paper)
    for number, x in enumerate(np.arange(x0 + small, x1, small)):
        high = (y1 - y0) * (0.5 if number % 10 == 0 else 0.35 if number % 5 == 0 else 0.2)
        stage.box(x, y0, x + max(0.8, small * 0.15), y0 + high, ink)


def _stroke(
    stage: Stage,
    x: float,
    y: float,
    angle: float,
    near: float,
    far: float,
    half: float,
    level: float,
) -> None:
    along = np.array((np.cos(angle), np.sin(angle)))
    across = np.array((-along[1], along[0])) * half
    a, b = along * near + (x, y), along * far + (x, y)
    stage.fill((a + across, b + across, b - across, a - across), level)


def wires(stage: Stage) -> None:
    rng = stage.rng
    for _ in range(int(rng.integers(2, 9))):
        ends = rng.uniform(-0.7, 0.7, (4, 2)) * (stage.width, stage.height)
        t = np.linspace(0, 1, 24)[:, None]
        line = (
            (1 - t) ** 3 * ends[0]
            + 3 * (1 - t) ** 2 * t * ends[1]
            + 3 * (1 - t) * t * t * ends[2]
            + t**3 * ends[3]
        )
        along = np.gradient(line, axis=0)
        along /= np.maximum(np.hypot(*along.T)[:, None], 1e-6)
        across = np.stack((-along[:, 1], along[:, 0]), axis=1) * stage.draw(0.6, 7)
        level = stage.draw(0, 1)
        stage.fill(np.concatenate((line + across, (line - across)[::-1])), level)
        stage.fill(
            np.concatenate((line + across * 0.4, (line - across * 0.1)[::-1])),
            min(1.0, level + 0.15),
        )


def leaves(stage: Stage) -> None:
    """Leaves, gravel, pebbles: many shapes one over another."""
    rng = stage.rng
    size = stage.draw(3, 30)
    angle = np.linspace(0, 2 * np.pi, 9, endpoint=False)
    base, spread = stage.draw(0.2, 0.7), stage.draw(0.05, 0.3)
    thin = stage.draw(0.25, 1)
    for _ in range(min(500, int(stage.width * stage.height / size**2 * stage.draw(0.3, 1.5)))):
        at = rng.uniform(-0.6, 0.6, 2) * (stage.width, stage.height)
        turn = rng.uniform(0, np.pi)
        x, y = np.cos(angle) * size * rng.uniform(0.5, 1.3), np.sin(angle) * size * thin
        stage.fill(
            np.stack(
                (
                    x * np.cos(turn) - y * np.sin(turn) + at[0],
                    x * np.sin(turn) + y * np.cos(turn) + at[1],
                ),
                axis=1,
            ),
            float(np.clip(rng.normal(base, spread), 0, 1)),
        )


def knobs(stage: Stage) -> None:
    rng = stage.rng
    for _ in range(int(rng.integers(1, 8))):
        x, y = rng.uniform(-0.45, 0.45, 2) * (stage.width, stage.height)
        radius = stage.draw(4, 0.2 * min(stage.width, stage.height) + 5)
        if stage.odds(0.4):
            stage.screw(x, y, radius)
            continue
        level = stage.draw(0, 1)
        for share in np.arange(1.0, 0.2, -stage.draw(0.15, 0.5)):
            stage.disc(x, y, radius * share, level, 24)
            level = stage.draw(0, 1)
        if stage.odds(0.5):
            _stroke(stage, x, y, stage.draw(0, 6.3), 0, radius, radius * 0.08, stage.draw(0, 1))


def bars(stage: Stage) -> None:
    """A bar code without digits."""
    x0, y0, x1, y1 = _area(stage)
    paper, ink = _two(stage)
    stage.box(x0, y0, x1, y1, paper)
    module = stage.draw(1, 4)
    x, m = x0 + 6 * module, (y1 - y0) * 0.12
    while x < x1 - 9 * module:
        wide = module * int(stage.rng.integers(1, 5))
        stage.box(x, y0 + m, x + wide, y1 - m, ink)
        x += wide + module * int(stage.rng.integers(1, 5))


def edges(stage: Stage) -> None:
    """Housings, panels and empty windows of counters and displays."""
    for _ in range(int(stage.rng.integers(1, 5))):
        x0, y0, x1, y1 = _area(stage)
        paper, ink = _two(stage)
        stage.frame(x0, y0, x1, y1, stage.draw(0.7, 6), ink, paper, stage.pick((0.0, 6.0)))
    if stage.odds(0.4):
        count, w = int(stage.rng.integers(2, 8)), stage.draw(8, 40)
        h, gap = w * stage.draw(1, 1.8), w * stage.draw(0, 0.4)
        paper, ink = _two(stage)
        x = -count * (w + gap) / 2
        for _ in range(count):
            stage.box(x, -h / 2, x + w, h / 2, ink)
            x += w + gap


def dents(stage: Stage) -> None:
    """Blotches as of rust, water and dirt."""
    noise = scene.smooth_noise(stage.rng, stage.width, stage.height, stage.draw(2, 30))
    level = np.quantile(noise[::3, ::3], stage.draw(0.4, 0.9))
    share = np.clip((noise - level) * stage.draw(1, 8), 0, 1) * np.float32(stage.draw(0.2, 1))
    stage.canvas += share * (np.float32(stage.draw(0, 1)) - stage.canvas)


_THINGS = (grille, keys, holes, bricks, ticks, wires, leaves, knobs, bars, edges, dents)
