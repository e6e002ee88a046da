"""Labels on goods: dates, lot numbers, bar codes, small print, in any slope."""

from typing import NamedTuple

import numpy as np

from dataset import displays, scene, texts
from dataset.glyphs import Face
from dataset.sample import Sample
from dataset.scenes import phrases
from dataset.scenes.backdrop import behind
from dataset.scenes.cast import BARCODE, SANS
from dataset.scenes.stage import Manner, Stage, StageOf, Tones

# EAN-13: widths of bars and spaces in set A, and which of A and B the left digits take.
_CODES = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
_SETS = "AAAAAA AABABB AABBAB AABBBA ABAABB ABBAAB ABBBAA ABABAB ABABBA ABBABA".split()


class _Line(NamedTuple):
    text: str
    size: float  # of its capitals, in the largest line's
    pitch: float
    stamped: bool


def slope(stage: Stage) -> float:
    """Most up to 25 degrees, some up to 45."""
    place = stage.rng.random()
    most = 4 if place < 0.35 else 14 if place < 0.6 else 25 if place < 0.88 else 45
    return stage.draw(-most, most)


def label(stage_of: StageOf) -> Sample:
    """A pack with its date among other print."""
    stage = stage_of()
    behind(stage)
    stage.stand(
        slope(stage),
        {"clean": 0.03, "typical": 0.1, "hard": 0.2}[stage.tier],
        (stage.draw(0.35, 0.65), stage.draw(0.35, 0.65)),
    )
    rng = stage.rng
    pack = stage.draw(0.05, 0.9)
    reach = max(stage.width, stage.height)
    if stage.odds(0.75):
        stage.box(
            -reach * stage.draw(0.25, 0.7), -reach, reach * stage.draw(0.25, 0.7), reach, pack
        )
    cap = float(np.clip(np.exp(rng.normal(np.log(stage.height / 15), 0.35)), 8.5, 60))
    ink, paper = tones = _levels(stage)
    rows = _rows(stage)
    height = sum(size * pitch for _, size, pitch, _ in rows) * cap
    wide = cap * stage.draw(6, 13)
    margin = cap * stage.draw(0.3, 1.2)
    if stage.odds(0.8):
        stage.panel(
            wide / 2 + margin, height / 2 + margin, paper, stage.pick((0.0, 0.0, cap * 0.4))
        )
    else:
        stage.panel(reach, reach, paper)
    if stage.odds(0.3):
        x, y = wide / 2 + margin * 0.6, height / 2 + margin * 0.6
        stage.frame(-x, -y, x, y, stage.draw(0.7, 2), ink, paper)
    code = stage.odds(0.4)
    align = stage.pick((0.0, 0.5, 0.5))
    left = -wide / 2 + (wide * 0.42 if code and stage.odds(0.6) else 0)
    if code:
        _code_beside(stage, left, wide, height, cap, tones)
    _write_rows(stage, rows, left, wide / 2, -height / 2, cap, tones, align)
    _around(stage, pack, wide / 2 + margin, height / 2 + margin, cap)
    if stage.odds(0.2):  # film over it
        x, lift = stage.draw(-wide / 2, wide / 2), stage.draw(1.1, 1.6)
        stage.shade(x, -height, x + cap * stage.draw(0.4, 4), height, lambda u, v: lift + 0 * u)
    return stage.take()


def _levels(stage: Stage) -> Tones:
    span = {"clean": (0.45, 0.9), "typical": (0.3, 0.85), "hard": (0.2, 0.6)}[stage.tier]
    step = stage.draw(*span)
    if stage.odds(0.15):
        paper = stage.draw(0.03, 0.35)
        return Tones(min(1.0, paper + step), paper)
    paper = stage.draw(max(0.45, step + 0.03), 1.0)
    return Tones(paper - step, paper)


def _rows(stage: Stage) -> list[_Line]:
    """Lines of a label, the date largest."""
    rng = stage.rng
    rows: list[_Line] = []
    for _ in range(int(rng.integers(0, 3))):
        rows.append(_Line(phrases.fine(rng), stage.draw(0.4, 0.8), 1.6, False))
    head = stage.pick(phrases.HEADS)
    if stage.odds(0.35):
        rows.append(_Line(head, stage.draw(0.5, 1.0), 1.7, False))
        rows.append(_Line(phrases.day(rng), 1.0, 1.7, True))
    elif stage.odds(0.4):
        rows.append(_Line(f"{head} {phrases.day(rng)}", 1.0, 1.7, True))
    else:
        rows.append(_Line(phrases.day(rng), 1.0, 1.7, True))
    if stage.odds(0.65):
        rows.append(_Line(phrases.lot(rng), stage.pick((1.0, 1.0, 0.75)), 1.6, True))
    for _ in range(int(rng.integers(0, 3))):
        said = stage.pick(
            (phrases.fine, lambda r: phrases.quantity(r, stage.cast.signs), texts.serial)
        )
        rows.append(_Line(said(rng), stage.draw(0.4, 0.9), 1.6, False))
    return rows


def _write_rows(
    stage: Stage,
    rows: list[_Line],
    left: float,
    right: float,
    top: float,
    cap: float,
    tones: Tones,
    align: float,
) -> None:
    rng = stage.rng
    plain = stage.cast.font(rng, "".join(row[0] for row in rows if not row[3]), SANS)
    dotted = stage.odds(0.22)
    made = displays.dot_font(rng, stage.pick(("inkjet", "inkjet", "needles")))
    stamp = stage.cast.font(rng, "".join(row[0] for row in rows if row[3]))
    wear = stage.draw(0.02, 0.12) if stage.odds(0.15) else 0.0
    y = top
    for text, size, pitch, stamped in rows:
        y += size * pitch * cap
        font: Face = stamp if stamped else plain
        if stamped and dotted and all(c == " " or c not in made.lacks for c in text):
            font = made
        x = left + (right - left) * align
        stage.say(
            text,
            font,
            (x, y - 0.3 * size * cap),
            size * cap,
            tones,
            align=align,
            most=right - left,
            manner=Manner(wear=wear if stamped else 0.0),
        )


def _code_beside(
    stage: Stage,
    left: float,
    wide: float,
    height: float,
    cap: float,
    tones: Tones,
) -> None:
    room = left + wide / 2
    if room > 0:
        barcode(stage, -wide / 2, -height / 2, room * 0.9, height, tones)
    else:
        x, y = -wide / 2, height / 2 + cap * 1.2
        barcode(stage, x, y, wide * stage.draw(0.5, 1), cap * stage.draw(2, 5), tones)


def barcode(
    stage: Stage,
    x: float,
    y: float,
    wide: float,
    high: float,
    tones: Tones,
    said: bool = True,
) -> None:
    """An EAN-13 with its digits below, in the rectangle's upper left; draws its own surface."""
    ink, paper = tones
    digits = texts.some(stage.rng, texts.DIGITS, 12, 12)
    check = -sum(int(c) * (3 if place % 2 else 1) for place, c in enumerate(digits)) % 10
    digits += str(check)
    module = wide / 113
    size = module * stage.draw(8.5, 11) * 0.8
    bars = max(high - size * 1.25, size)
    stage.box(x - 2, y - 2, x + wide + 2, y + bars + size * 1.6, paper)
    at, dark = x + 11 * module, True
    for width, long in _bars(digits):
        if dark:
            stage.box(at, y, at + width * module, y + bars + (size * 0.5 if long else 0), ink)
        at += width * module
        dark = not dark
    font = stage.cast.font(stage.rng, digits, BARCODE)
    base = y + bars + size * stage.draw(1.1, 1.25)
    writing = None
    # Each group is as wide as its bars.
    for text, start, room in (
        (digits[0], x + 2 * module, 8),
        (digits[1:7], x + 15 * module, 40),
        (digits[7:], x + 62 * module, 40),
    ):
        run = stage.set(text, font, 1.0, 0.0)
        if len(text) > 1:
            stretch = min(room * module / (run.width * size), 1.0)
            spread = max(0.0, (room * module / size - run.width * stretch) / len(text))
            run = stage.set(text, font, stretch, min(spread, 0.4))
        else:
            stretch = 1.0
        writing = stage.write(
            run, (start, base), size, tones, Manner(stretch, into=writing, said=said)
        )


def _bars(digits: str) -> list[tuple[int, bool]]:
    """[(width in modules, whether it reaches lower)] from the first bar on, bars and spaces."""
    found = [(1, True)] * 3
    for digit, which in zip(digits[1:7], _SETS[int(digits[0])]):
        code = _CODES[int(digit)]
        found += [(int(c), False) for c in (code if which == "A" else code[::-1])]
    found += [(1, True)] * 5
    for digit in digits[7:]:
        found += [(int(c), False) for c in _CODES[int(digit)]]
    return found + [(1, True)] * 3


def code(stage_of: StageOf) -> Sample | None:
    """A bar code on a pack, near or cut close to its digits."""
    stage = stage_of()
    near = stage.odds(0.45)
    if near:
        size = stage.draw(9, 45)
        stage = stage_of((int(size * stage.draw(5, 12)), int(size * 3)))
    else:
        behind(stage)
    stage.stand(
        stage.draw(-3, 3) if near else slope(stage) * 0.7,
        0.06,
        (stage.draw(0.4, 0.6), stage.draw(0.4, 0.6)),
    )
    ink, paper = tones = _levels(stage)
    if near:
        wide = stage.draw(size * 9, size * 15)
        high = stage.draw(1.6, 5) * size
        module = wide / 113
        x = stage.pick((-11, -55)) * module - stage.draw(0, 10) * module
        stage.canvas[:] = paper
        barcode(stage, x, -high + 0.6 * size, wide, high, tones)
        y = stage.height / 2
        part = (
            0,
            max(0, y - size * stage.draw(0.9, 1.3)),
            stage.width,
            min(stage.height, y + size * stage.draw(0.75, 1.1)),
        )
        found = stage.take(part)
        return found if min(found.picture.shape) >= 16 else None
    wide = stage.width * stage.draw(0.45, 0.95)
    high = min(wide * stage.draw(0.25, 0.7), stage.height * 0.7)
    m = wide * 0.06
    stage.panel(wide / 2 + m, high / 2 + m, paper)
    barcode(stage, -wide / 2, -high / 2, wide, high, tones)
    if stage.odds(0.5):
        text = stage.pick((phrases.lot, phrases.fine, texts.serial))(stage.rng)
        size = max(8.0, wide * 0.05)
        top = -high / 2 - m
        stage.box(-wide / 2 - m, top - size * 1.8, wide / 2 + m, top + m * 0.5, paper)
        stage.say(
            text,
            stage.cast.font(stage.rng, text, SANS),
            (0, top - size * 0.2),
            size,
            tones,
            align=0.5,
            most=wide,
        )
    return stage.take()


def _around(stage: Stage, pack: float, w: float, h: float, cap: float) -> None:
    """Print on the pack itself: pictograms, headings, tables."""
    rng = stage.rng
    ink = 0.92 if pack < 0.45 else 0.06
    for _ in range(int(rng.integers(0, 4))):
        side = stage.pick((-1, 1))
        x, y = stage.draw(-1, 1) * w, side * (h + cap * stage.draw(0.9, 5))
        place = rng.random()
        if place < 0.35:
            text = stage.pick((phrases.fine, phrases.line))(rng)
            size = cap * stage.draw(0.6, 1.8)
            y += size if side > 0 else -size * 0.2
            stage.say(
                text,
                stage.cast.font(rng, text),
                (0, y),
                size,
                Tones(ink, pack),
                align=0.5,
                most=w * 2,
            )
        elif place < 0.65:
            _values(stage, -w, y + (cap if side > 0 else -cap), cap, ink, pack)
        elif place < 0.85:
            _pictogram(stage, x, y + side * cap, cap * stage.draw(0.6, 1.4), ink, pack)
        else:
            size = cap * stage.draw(0.6, 1.5)
            cells = rng.random((12, 12)) < 0.5
            step = size * 2 / 12
            for row, column in zip(*np.nonzero(cells)):
                stage.box(
                    x + column * step,
                    y + row * step,
                    x + (column + 1) * step,
                    y + (row + 1) * step,
                    ink,
                )
        h += cap * 1.5


def _values(stage: Stage, x: float, y: float, cap: float, ink: float, pack: float) -> None:
    """Rounded boxes with two numbers each, as tell what is in food."""
    size = cap * stage.draw(0.35, 0.7)
    wide = size * 4
    for number in range(int(stage.rng.integers(3, 6))):
        x0 = x + number * wide * 1.1
        stage.box(x0, y - size * 2.2, x0 + wide, y + size * 2.2, ink, size)
        for text, base in (
            (f"{phrases.number(stage.rng, 1, 2).strip('-')}g", -0.2),
            (f"{stage.rng.integers(1, 60)}%", 1.5),
        ):
            stage.say(
                text,
                stage.cast.font(stage.rng, text, SANS),
                (x0 + wide / 2, y + base * size),
                size,
                Tones(pack, ink),
                align=0.5,
                most=wide * 0.8,
            )


def _pictogram(stage: Stage, x: float, y: float, radius: float, ink: float, pack: float) -> None:
    """A ring, a triangle or a bin with bars."""
    place = stage.rng.random()
    if place < 0.4:
        stage.disc(x, y, radius, ink, 24)
        stage.disc(x, y, radius * stage.draw(0.6, 0.85), pack, 24)
        stage.box(x - radius * 0.7, y - radius * 0.1, x + radius * 0.7, y + radius * 0.1, ink)
    elif place < 0.7:
        points = np.array(((0, -1), (0.95, 0.75), (-0.95, 0.75)))
        stage.fill(points * radius + (x, y), ink)
        stage.fill(points * radius * 0.65 + (x, y + radius * 0.08), pack)
    else:
        outline = scene.rectangle(radius * 1.6, radius * 2, radius * 0.3)
        stage.fill(outline + (x, y), ink)
        for place in (-0.4, 0, 0.4):
            stage.box(
                x + (place - 0.08) * radius,
                y - radius * 0.7,
                x + (place + 0.08) * radius,
                y + radius * 0.7,
                pack,
            )
