"""Stencils, striped and raised print, receipts, lines set close."""

import numpy as np

from dataset import displays, finish as finishes, scene, texts
from dataset.sample import Sample
from dataset.scene import Cut
from dataset.scenes import phrases
from dataset.scenes.backdrop import behind
from dataset.scenes.cast import MONO, SANS
from dataset.scenes.shorts import levels
from dataset.scenes.stage import Manner, Stage, StageOf, Tones


def stencil(stage_of: StageOf) -> Sample:
    """Letters cut by bridges, or print with stripes through it."""
    stage = stage_of()
    behind(stage, 0.3)
    stage.usual()
    rng = stage.rng
    text = phrases.line(rng) if stage.odds(0.4) else phrases.short(rng)
    if stage.odds(0.6):
        text = text.upper()
    font = stage.cast.font(rng, text, SANS if stage.odds(0.6) else None, bold=stage.odds(0.8))
    run = stage.set(text, font, 1.0, stage.draw(0.02, 0.15))
    cap = stage.fit(run.width + 0.6, 1.8, 16, 120, (0.35, 0.95))
    cap = min(cap, stage.width * 0.97 / run.width)
    ink, paper = tones = levels(stage, 0.25)
    w, h = run.width * cap / 2, cap / 2
    m = cap * stage.draw(0.2, 1.5)
    stage.panel(w + m, h + m, paper)
    place = rng.random()
    if place < 0.4:
        cut = _bands(stage, cap)
    elif place < 0.75:
        cut = _bridges(stage, cap)
    else:
        cut = _stripes(stage, cap)
    stage.write(
        run,
        (-w, h),
        cap,
        tones,
        Manner(cut=cut, wear=stage.draw(0.02, 0.1) if stage.odds(0.2) else 0.0),
    )
    return stage.take()


def _bands(stage: Stage, cap: float) -> Cut:
    """Level cuts through the whole line."""
    thick = max(stage.draw(0.04, 0.14), 1.2 / cap)
    places = stage.pick(((0.5,), (0.5,), (0.55,), (0.35, 0.7), (0.45,)))

    def cut(sheet: np.ndarray, glyphs: list[tuple[int, int, int, int]], scale: float) -> np.ndarray:
        top, low = min(y for _, y, _, _ in glyphs), max(y + h for _, y, _, h in glyphs)
        for place in places:
            y = round(top + place * (low - top))
            half = max(1, round(thick * scale / 2))
            sheet[max(0, y - half) : y + half] = 0
        return sheet

    return cut


def _bridges(stage: Stage, cap: float) -> Cut:
    """Upright cuts through the middle of each character that is wide enough, and level ones."""
    thick = max(stage.draw(0.05, 0.13), 1.4 / cap)
    level = stage.odds(0.25)

    def cut(sheet: np.ndarray, glyphs: list[tuple[int, int, int, int]], scale: float) -> np.ndarray:
        half = max(1, round(thick * scale / 2))
        for x, y, w, h in glyphs:
            if h < 0.3 * scale:
                continue
            if level or w < 0.35 * scale:
                at = y + h // 2
                sheet[at - half : at + half, x : x + w] = 0
            else:
                at = x + w // 2
                sheet[y : y + h, at - half : at + half] = 0
        return sheet

    return cut


def _stripes(stage: Stage, cap: float) -> Cut:
    """Fine stripes all over, as of bad printers and screens."""
    period = max(stage.draw(0.12, 0.3), 3.0 / cap)
    share, kept = stage.draw(0.2, 0.45), stage.draw(0, 0.3)
    slant = stage.pick((0.0, 0.0, 0.5, 1.0, 3.0))

    def cut(sheet: np.ndarray, _: object, scale: float) -> np.ndarray:
        rows = np.arange(sheet.shape[0], dtype=np.float32)[:, None]
        columns = np.arange(sheet.shape[1], dtype=np.float32)
        phase = ((rows + slant * columns) / (period * scale)) % 1
        return (sheet * np.where(phase < share, kept, 1)).astype(np.uint8)

    return cut


def raised(stage_of: StageOf) -> Sample:
    """Embossed and engraved characters."""
    stage = stage_of()
    behind(stage, 0.15)
    stage.usual()
    rng = stage.rng
    count = int(rng.integers(1, 4)) if stage.height > 150 else 1
    found = [phrases.line(rng) if stage.odds(0.5) else phrases.short(rng) for _ in range(count)]
    font = stage.cast.font(rng, "".join(found), SANS if stage.odds(0.7) else None)
    runs = [stage.set(text, font, 1.0, stage.draw(0.05, 0.15)) for text in found]
    cap = stage.fit(max(run.width for run in runs) + 1, count * 1.8 + 0.4, 19, 100, (0.4, 0.95))
    cap = min(cap, stage.width * 0.95 / max(run.width for run in runs))
    look = finishes._embossed(rng, stage.tier)
    own = finishes.levels(rng, stage.tier, look)
    assert own  # relief has its own
    ground, ink, _ = own
    reach = max(stage.width, stage.height)
    stage.panel(reach, reach, ground)
    pattern = scene.texture(rng, stage.width, stage.height, 0.015)
    if pattern is not None:
        stage.canvas *= 1 + pattern
    y = -(count - 1) * 0.85 * cap + cap / 2
    for run in runs:
        stage.write(run, (-run.width * cap / 2, y), cap, Tones(ink, ground), Manner(finish=look))
        y += 1.7 * cap
    return stage.take()


def receipt(stage_of: StageOf) -> Sample:
    """A receipt: thermal print, tight lines, small; or a part of one, cut out."""
    stage = stage_of()
    rng = stage.rng
    near = stage.odds(0.35)
    if near:
        cap = stage.draw(9, 34)
        stage = stage_of((int(cap * stage.draw(6, 20)), int(cap * stage.draw(1.9, 6))))
        stage.stand(stage.draw(-2, 2), 0.02)
    else:
        behind(stage)
        stage.stand(stage.draw(-12, 12), 0.1, (stage.draw(0.4, 0.6), stage.draw(0.4, 0.6)))
        cap = float(np.clip(np.exp(rng.normal(np.log(11), 0.25)), 8, 30))
    span = {"clean": (0.45, 0.85), "typical": (0.3, 0.8), "hard": (0.2, 0.55)}[stage.tier]
    step = stage.draw(*span)
    paper = stage.draw(max(0.6, step + 0.03), 1.0)
    ink = paper - step
    rows = [phrases.receipt(rng) for _ in range(int(rng.integers(3, 14)))]
    columns = int(rng.integers(18, 34))
    dotted = stage.odds(0.25)
    font = (
        displays.dot_font(rng, "needles")
        if dotted
        else stage.cast.font(rng, texts.DIGITS + texts.UPPER, MONO)
    )
    stretch = stage.draw(0.75, 1.1)
    advance = stage.set("0", font, stretch, 0.0).width
    wide = min(columns * advance * cap, 1.9 * max(stage.width, 60))
    pitch = cap * stage.draw(1.4, 2.0)
    high = len(rows) * pitch
    m = cap * stage.draw(0.6, 2)
    reach = max(stage.width, stage.height)
    stage.panel(wide / 2 + m, reach, paper)
    if near:
        stage.canvas[:] = paper
    y = -high / 2 + pitch * 0.8
    worn = stage.draw(0.03, 0.15) if stage.odds(0.35) else 0.0
    double = stage.odds(0.15)
    for left, right in rows:
        for text, align in ((left, 0.0), (right, 1.0)):
            text = "".join(c for c in text if c == " " or c not in font.lacks)
            if not text.strip():
                continue
            limit = wide * (0.58 if right and align == 0 else 0.34 if align else 1.0)
            run = stage.set(
                text.strip(), font, stretch * (1.6 if double and not right else 1), 0.0, 1.0
            )
            while run.width * cap > limit and len(text.strip()) > 2:
                text = text.strip()[:-1]
                run = stage.set(text.strip(), font, stretch, 0.0, 1.0)
            x = -wide / 2 + align * (wide - run.width * cap)
            stage.write(
                run,
                (x, y),
                cap,
                Tones(ink, paper),
                Manner(stretch * (1.6 if double and not right else 1), wear=worn),
            )
        y += pitch
    return stage.take()


def pair(stage_of: StageOf) -> Sample | None:
    """Two or three close lines of small capitals."""
    stage = stage_of()
    behind(stage, 0.35)
    stage.usual()
    rng = stage.rng
    ink, paper = tones = levels(stage, 0.25)
    cap, pitch = stage.draw(8, 13), stage.draw(1.3, 1.6)
    count = 2 if stage.odds(0.75) else 3
    found = [phrases.line(rng, stage.cast.signs) for _ in range(count)]
    if stage.odds(0.5):
        found = [text.upper() if text.isascii() else text for text in found]
    font = stage.cast.font(rng, "".join(found), SANS if stage.odds(0.6) else None)
    stretch = stage.stretch()
    runs = [stage.set(text, font, stretch) for text in found]
    cap = min(cap, stage.width * 0.96 / max(run.width for run in runs))
    if cap < 7.5:
        return None
    align = stage.pick((0.0, 0.5, 0.5))
    wide = max(run.width for run in runs) * cap
    high = cap * (1 + (count - 1) * pitch)
    m = cap * stage.draw(0.3, 3)
    stage.panel(wide / 2 + m, high / 2 + m, paper)
    if stage.odds(0.3):
        stage.canvas[:] = paper
    y = -high / 2 + cap
    for run in runs:
        stage.write(
            run,
            (-wide / 2 + align * (wide - run.width * cap), y),
            cap,
            tones,
            Manner(stretch),
        )
        y += pitch * cap
    return stage.take()
