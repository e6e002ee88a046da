"""Displays of segments and dots, LED and LCD, behind glass and in their housings."""

import dataclasses

from dataset import displays, finish as finishes, texts
from dataset.displays import DotFont, SegmentFont
from dataset.finish import Finish
from dataset.glyphs import Face
from dataset.sample import Sample
from dataset.scenes import phrases
from dataset.scenes.backdrop import behind
from dataset.scenes.cast import SANS
from dataset.scenes.stage import Manner, Stage, StageOf, Tones


def screen(stage_of: StageOf) -> Sample:
    """A display in its housing, whole or near its edges."""
    stage = stage_of()
    behind(stage)
    stage.usual()
    _draw(stage)
    return stage.take()


def dark_panel(stage_of: StageOf) -> Sample:
    """Digits a few grays off a dark panel, its bright surroundings near: an LCD behind glass."""
    stage = stage_of()
    stage.canvas[:] = stage.draw(0.5, 1.0)
    behind(stage, 0.25)
    stage.usual()
    ground = stage.draw(0.12, 0.4)
    step = stage.draw(
        *{"clean": (0.07, 0.16), "typical": (0.045, 0.13), "hard": (0.03, 0.1)}[stage.tier]
    )
    ink = ground + step if stage.odds(0.35) else max(0.01, ground - step)
    if stage.odds(0.6):
        _draw(stage, Tones(ink, ground), stage.draw(0.5, 1.0))
    else:  # plain print on a dark label
        text = phrases.number(stage.rng, 2, 8) if stage.odds(0.6) else phrases.line(stage.rng)
        font = stage.cast.font(stage.rng, text)
        run = stage.set(text, font)
        cap = stage.fit(run.width + 1, 2, 11, 60)
        w, h = run.width * cap / 2, cap / 2
        margin = cap * stage.draw(0.12, 1.2)
        stage.panel(w + margin, h + margin, ground)
        stage.write(run, (-w, h), cap, Tones(ink, ground))
    return stage.take()


def cell(stage_of: StageOf) -> Sample | None:
    """One digit of a display or all of them, cut out close, with parts of the neighbours."""
    stage = stage_of((64, 64))
    cap = stage.draw(13, 70) if stage.odds(0.75) else stage.draw(60, 110)
    one = stage.odds(0.6)
    count = 3 if one else int(stage.rng.integers(2, 8))
    stage = stage_of((int(cap * (count * 1.35 + 1.5)), int(cap * 2.6)))
    stage.stand(stage.draw(-4, 4), 0.05)
    tech = "lcd" if stage.odds(0.75) else "led"
    face = segments(stage, "seven", tech)
    look = finishes.Finish("segments", tech, **finishes._display(stage.rng, stage.tier, tech))
    ink, ground = tones = _levels(stage, look)
    stage.canvas[:] = ground
    stretch = float(min(max(stage.rng.normal(1, 0.12), 0.7), 1.4))
    text = texts.some(stage.rng, texts.DIGITS, count, count)
    step = stage.set("8", face, stretch).width + face.spacing
    spots = []
    for number, char in enumerate(text):
        x = (number - count / 2) * step * cap
        said = not one or number == 1
        stage.write(
            stage.set(char, face, stretch),
            (x, cap / 2),
            cap,
            tones,
            Manner(
                stretch,
                finish=look,
                said=said,
                into=stage.writings[0] if stage.writings else None,
                apart=False,
            ),
        )
        if one and number == 0 and stage.odds(0.4):  # its point shows at the digit's side
            size = cap * stage.draw(0.07, 0.12)
            x -= face.spacing * cap / 2 - step * cap
            stage.box(x - size, cap / 2 - size, x + size, cap / 2 + size * stage.draw(1, 3), ink)
        spots.append((x, x + step * cap))
    half = cap * stage.draw(0.55, 0.9)
    if stage.odds(0.35):  # the panel's edge
        level, y = stage.draw(0.02, 1.0), stage.pick((-1, 1)) * max(half * 0.9, cap * 0.56)
        wide = stage.width
        stage.box(-wide, min(y, y * 3), wide, max(y, y * 3), level)
    first, last = (spots[1], spots[1]) if one else (spots[0], spots[-1])
    slack = face.spacing * cap
    part = (
        max(0, stage.width / 2 + first[0] - stage.draw(0, 1.6) * slack),
        max(0, stage.height / 2 - half),
        min(stage.width, stage.width / 2 + last[1] + stage.draw(-0.6, 0.9) * slack),
        min(stage.height, stage.height / 2 + half),
    )
    extent = None
    if one and stage.odds(0.6):
        extent = stage.pick(((20, 32), (32, 32), (24, 40), (96, 96), (32, 48), (64, 64)))
    found = stage.take(part, extent)
    return found if min(found.picture.shape) >= 16 else None


def _levels(stage: Stage, look: Finish) -> Tones:
    found = finishes.levels(stage.rng, stage.tier, look)
    assert found  # displays have their own
    return Tones(found.ink, found.paper)


def font(stage: Stage, shapes: str, tech: str) -> SegmentFont | DotFont:
    """A display's font."""
    if shapes == "dots":
        return displays.dot_font(stage.rng, tech)
    return segments(stage, shapes, tech)


def segments(stage: Stage, shapes: str, tech: str) -> SegmentFont:
    """A display's font, its segments often apart as they are in the field."""
    made = displays.segment_font(stage.rng, shapes, tech)
    if stage.odds(0.6):
        made = dataclasses.replace(made, gap=stage.draw(0.03, 0.11 if shapes == "seven" else 0.06))
    if stage.odds(0.15):
        made = dataclasses.replace(made, thick=made.thick * stage.draw(0.6, 1.0))
    return made


def reading(stage: Stage, face: Face) -> str:
    """What a display of such a font shows."""
    for _ in range(30):
        if isinstance(face, SegmentFont) and face.shapes == "seven":
            text = _seven(stage)
        elif stage.odds(0.5):
            text = phrases.number(stage.rng, 1, 6)
        else:
            text = phrases.line(stage.rng)[:16].strip()
        if text and all(c == " " or c not in face.lacks for c in text):
            return text
    return texts.some(stage.rng, texts.DIGITS, 1, 6)


_LIKELY = "0.0 0 1 7 11 111 1.1 -1 17 71 0.00 000 1111 77 100 88.8 -0.1 10.0".split()


def _seven(stage: Stage) -> str:
    rng = stage.rng
    place = rng.random()
    if place < 0.45:
        body = texts.some(rng, texts.DIGITS, 1, 8)
        point = int(rng.integers(1, len(body) + 1)) if stage.odds(0.55) else len(body)
        body = body[:point] + ("." + body[point:] if body[point:] else "")
        return ("-" if stage.odds(0.15) else "") + body
    if place < 0.6:
        return f"{phrases.two(rng, 24)}:{phrases.two(rng, 60)}"
    if place < 0.72:
        return stage.pick(_LIKELY)
    return texts.readout(rng)


def _draw(stage: Stage, levels: Tones | None = None, bezel: float | None = None) -> None:
    rng = stage.rng
    tech = "led" if stage.odds(0.45) and levels is None else "lcd"
    shapes = "dots" if stage.odds(0.22) else "seven" if stage.odds(0.85) else "fourteen"
    face = font(stage, shapes, tech)
    made = finishes._display(rng, stage.tier, tech)
    if stage.odds(0.25):
        made["unlit"] = stage.draw(0.08, 0.3)
    if shapes == "dots" and tech == "led" and stage.odds(0.5):
        made["unlit"] = 0.0
    look = finishes.Finish("dots" if shapes == "dots" else "segments", tech, **made)
    tones = _levels(stage, look)
    ink, ground = tones = levels or tones
    text = reading(stage, face)
    stretch = stage.stretch()
    lean = 0.0
    run = stage.set(text, face, stretch)
    run.width *= stretch if face.lineage != "displays" else 1
    wide = run.width * stretch + stage.draw(0.8, 3)
    cap = stage.fit(wide, 1.7, 9, 200, (0.25, 0.98) if stage.odds(0.7) else (0.9, 1.1))
    w, h = run.width * cap / 2, cap / 2
    mx, my = cap * stage.draw(0.12, 1.1), cap * stage.draw(0.12, 0.9)
    below = stage.odds(0.25) and cap > 24
    bottom = h + my + (cap * 0.55 if below else 0)
    _bezel(stage, cap, w + mx, h + my, bottom, ground, bezel)
    if look.unlit and stage.odds(0.4) and shapes == "seven":
        _blank(stage, face, cap, w, mx, tones, look, stretch)
    stage.write(run, (-w, h), cap, tones, Manner(stretch, lean, finish=look))
    if below:  # a second, smaller line of the same display
        small = dataclasses.replace(face) if shapes != "dots" else face
        second = reading(stage, small)[:8].strip()
        if second:
            stage.say(
                second,
                small,
                (w, h + my * 0.5 + cap * 0.45),
                cap * 0.4,
                tones,
                align=1,
                most=2 * w,
                manner=Manner(finish=look),
            )
    if stage.odds(0.35):
        _unit(stage, cap, w, h, mx, tones)


def _blank(
    stage: Stage,
    face: Face,
    cap: float,
    w: float,
    mx: float,
    tones: Tones,
    look: Finish,
    stretch: float,
) -> None:
    """Places before the first digit, not lit."""
    ink, ground = tones
    faint = ground + (ink - ground) * look.unlit
    step = stage.set("8", face, stretch).width * cap
    x = -w - step
    while x > -w - mx * 0.9:
        stage.write(
            stage.set("8", face, stretch),
            (x, cap / 2),
            cap,
            Tones(faint, ground),
            Manner(stretch, said=False),
        )
        x -= step


def _unit(
    stage: Stage,
    cap: float,
    w: float,
    h: float,
    mx: float,
    tones: Tones,
) -> None:
    """A printed unit or a word beside the digits, on the same glass."""
    size = cap * stage.draw(0.25, 0.5)
    text = (
        phrases.unit(stage.rng, stage.cast.signs) if stage.odds(0.7) else stage.pick(phrases.WORDS)
    )
    font_ = stage.cast.font(stage.rng, text, SANS)
    width = stage.set(text, font_).width * size
    if mx > 0.2 * cap + width and stage.odds(0.8):
        x, y = w + 0.15 * cap, h if stage.odds(0.5) else -h + size
        stage.box(x - 1, y - size * 1.1, x + width + 1, y + size * 0.3, tones.paper)
        stage.say(text, font_, (x, y), size, tones)


def _bezel(
    stage: Stage,
    cap: float,
    w: float,
    top: float,
    bottom: float,
    ground: float,
    bezel: float | None,
) -> None:
    """The glass, its edge, and the housing around it with what is printed there."""
    around = stage.draw(0.03, 0.97) if bezel is None else bezel
    if stage.odds(0.75) or bezel is not None:
        x, y = cap * stage.draw(0.1, 2.5), cap * stage.draw(0.1, 2)
        stage.box(-w - x, -top - y, w + x, bottom + y, around, stage.pick((0.0, cap * 0.3)))
        if stage.odds(0.4) and abs(around - 0.5) > 0.1:
            text = stage.pick((phrases.fine, phrases.short))(stage.rng)
            size = min(cap * stage.draw(0.2, 0.45), y * 0.7)
            ink = 0.05 if around > 0.5 else 0.95
            if size > 4:
                font_ = stage.cast.font(stage.rng, text, SANS)
                stage.say(
                    text,
                    font_,
                    (0, -top - y / 2 + size / 2),
                    size,
                    Tones(ink, around),
                    align=0.5,
                    most=2 * w,
                )
        if stage.odds(0.3):
            for side in (-1, 1):
                stage.disc(
                    side * (w + x * 0.6),
                    bottom + y * 0.6,
                    cap * stage.draw(0.1, 0.3),
                    stage.draw(0.05, 0.95),
                )
    if stage.odds(0.5):
        stage.frame(-w, -top, w, bottom, stage.draw(0.8, 3.5), stage.draw(0.02, 1.0), ground)
    else:
        stage.box(-w, -top, w, bottom, ground, stage.pick((0.0, 0.0, cap * 0.15)))
    if stage.odds(0.2):
        a, b = stage.draw(0.7, 1.0), stage.draw(-0.25, 0.25)
        stage.shade(-w, -top, w, bottom, lambda u, v: a + b * u * 0.5 + 0.1 * v)
