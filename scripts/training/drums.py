"""Makes patches of counters' digits that know where their drums stand.

    scripts/python training.drums --cutter .build/release/scribe \\
        --out .data/drums --pictures 12000 [DIR...]

Patches are 32 rows of a line by 24 columns around a digit's middle, as `DrumReader` cuts them.
Labels 0...99 are tenths: 37 is a 3 that has rolled on by 0.7; 100 is what is no digit. Most are
drawn; each DIR holds photographs of single digits in folders by meter and a truth.json that maps a
name to {"turn": 3.7}. Whole meters and font families are held out by the recipe.
"""

import argparse
import json
import pathlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy
import torch

from dataset import cutter, places, real, sample as samples
from training import photographs
from training.lines import Labels
from training.photographs import Option
from training.transfer import Trained

WIDTH = 24
NONE = 100
NO_FAMILY = 0xFFFF
OFF = 3  # columns that a reader's middle may be off
VIEWS = 12  # of each photograph
ROLLING = 0.65  # share of drawn drums between two digits
KNOWN = 16  # pictures of a meter's still digits that tell where its digits stand
KINDS: dict[str, float] = {
    "counter": 5,
    "cell": 5,
    "screen": 1,
    "label": 1,
    "plate": 1,
    "crop": 1,
    "lone": 1,
    "photograph": 1,
    "things": 1,
}


def patch(coverage: numpy.ndarray, middle: float) -> numpy.ndarray:
    """The columns around a middle; beyond the line there is paper."""
    first = round(middle) - WIDTH // 2
    wide = numpy.pad(coverage, ((0, 0), (WIDTH, WIDTH)))
    first = min(max(first + WIDTH, 0), wide.shape[1] - WIDTH)
    return wide[:, first : first + WIDTH]


def tenth(digit: str, turn: float) -> int:
    return round(10 * (int(digit) + turn)) % 100


class Rows:
    """Patches of one file, of families that are numbered in all files alike."""

    def __init__(self, families: list[str]) -> None:
        self.numbers = {name: number for number, name in enumerate(families)}
        self.patches: list[numpy.ndarray] = []
        self.labels: list[int] = []
        self.family: list[int] = []
        self.image: list[int] = []

    def add(
        self, coverage: numpy.ndarray, middle: float, label: int, family: str | None, image: int
    ) -> None:
        if coverage.any():
            self.patches.append(patch(coverage, middle))
            self.labels.append(label)
            self.family.append(NO_FAMILY if family is None else self.numbers[family])
            self.image.append(image)

    def save(self, path: pathlib.Path) -> None:
        numpy.savez_compressed(
            path,
            patches=numpy.stack(self.patches)[..., None],
            labels=numpy.array(self.labels, numpy.uint8),
            family=numpy.array(self.family, numpy.uint16),
            image=numpy.array(self.image, numpy.uint32),
        )


# Drawn ones.


def wanted(
    rng: numpy.random.Generator, sample: samples.Sample
) -> list[tuple[numpy.ndarray, int | None]]:
    """(place, line or None) as a finder may see lines, single drums and what is none."""
    found: list[tuple[numpy.ndarray, int | None]] = []
    for text in sample.texts:
        guessed = places.guess(rng, text, False)
        if guessed is not None:
            found.append((guessed, text.line))
        # One drum alone, whichever part of its digits is taken for one.
        mine = [c for c in sample.characters if c.line == text.line and c.char.isdigit()]
        for character in [mine[k] for k in rng.permutation(len(mine))[:2]]:
            x0, y0, x1, y1 = character.box
            high, wide = max(y1 - y0, 0.6 * text.cap), max(x1 - x0, 0.3 * text.cap)
            high *= numpy.exp(rng.uniform(-0.3, 0.3))
            foot = (y0 + y1 + high) / 2 + rng.uniform(-0.35, 0.35) * high
            side = rng.uniform(0, 0.5) * wide
            found.append(
                (
                    places.place(
                        text.light,
                        (x0 - side, foot),
                        (x1 + side, foot),
                        high,
                        places.draw_stretch(rng),
                    ),
                    text.line,
                )
            )
    nowhere = [places.elsewhere(rng, sample) for _ in range(2)]
    return found + [(one, None) for one in nowhere if one is not None]


def drawn(
    rng: numpy.random.Generator,
    generator: samples.Generator,
    numbers: range,
    cutting: cutter.PlacedCutter,
    rows: Rows,
) -> None:
    waiting = []
    for index in numbers:
        sample = generator.make(index)
        some = wanted(rng, sample)
        cutting.send_placed(sample.picture, [place for place, _ in some])
        waiting.append((index, sample, some))
        if len(waiting) > 4:
            add_drawn(rng, *waiting.pop(0), cutting.receive(), rows)
    for one in waiting:
        add_drawn(rng, *one, cutting.receive(), rows)


def add_drawn(
    rng: numpy.random.Generator,
    index: int,
    sample: samples.Sample,
    some: list[tuple[numpy.ndarray, int | None]],
    answers: Iterable[tuple[numpy.void, numpy.ndarray]],
    rows: Rows,
) -> None:
    """The patches of one picture, of what was cut where `some` says."""
    for (place, line), (head, coverage) in zip(some, answers):
        frame = places.Frame(place)
        light = bool(head["polarity"])
        if line is None:
            if coverage.shape[1] > WIDTH // 2:
                middle = rng.uniform(WIDTH / 2, max(WIDTH / 2 + 1, coverage.shape[1] - WIDTH / 2))
                touched = sample.characters and _near(frame, sample, middle, light)
                if not touched:
                    rows.add(coverage, middle, NONE, None, index)
            continue
        mine = [c for c in sample.characters if c.line == line]
        extents = frame.extents([c.box for c in mine])
        for character, (left, _, right, _) in zip(mine, extents):
            middle = (left + right) / 2
            if not 0 <= middle < frame.width or (character.light != light and not character.either):
                continue
            middle += rng.uniform(-OFF, OFF)
            if character.char.isdigit():
                label = tenth(character.char, character.turn)
            elif rng.random() < 0.3:
                label = NONE
            else:
                continue
            rows.add(coverage, middle, label, character.font.family, index)


def _near(frame: places.Frame, sample: samples.Sample, middle: float, light: bool) -> bool:
    """Whether a digit of a text stands where a patch of none would be."""
    extents = frame.extents([c.box for c in sample.characters])
    alike = numpy.array([c.light == light or c.either for c in sample.characters], bool)
    beside = numpy.abs((extents[:, 0] + extents[:, 2]) / 2 - middle) < WIDTH
    return bool((alike & beside & (extents[:, 1] < 28) & (extents[:, 3] > 4)).any())


class Counters(samples.Generator):
    """Pictures of counters for the most part."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, samples.Recipe(scenes=1.0))
        assert self.cast is not None  # as there are scenes
        self.scene_cast = self.cast
        self.scene_cast.rolling = ROLLING

    def make(self, index: int) -> samples.Sample:
        from dataset import scenes

        rng = numpy.random.default_rng((self.seed, index, 0xD2))
        kinds = {name: (share, scenes.KINDS[name][1]) for name, share in KINDS.items()}
        size = samples._SIZES[samples._draw(rng, self.recipe.sizes)]
        tier = samples.TIERS[samples._draw(rng, self.recipe.tiers)]
        return scenes.make(rng, size, tier, self.scene_cast, scenes.draw(rng, kinds))


# Photographs.


@dataclass
class Digit(photographs.Picture):
    turn: float = 0.0

    @classmethod
    def read(cls, folder: pathlib.Path, name: str, about: dict[str, Any]) -> Self:
        one = super().read(folder, name, {**about, "text": about.get("text", "")})
        one.turn, one.group = about["turn"], real._meter(name)
        return one


def digits(folder: pathlib.Path) -> list[Digit]:
    truth = json.loads((folder / "truth.json").read_text())
    return [
        Digit.read(folder, name, about)
        for name, about in truth.items()
        if about.get("turn") is not None
    ]


def settled(
    program: str, pictures: list[Digit], rng: numpy.random.Generator, device: str
) -> dict[str, Option]:
    """Where each meter's digits stand in their pictures, by its still ones."""
    net = Trained("line", device)
    labels = Labels(net.labels)
    still: dict[str, list[Digit]] = {}
    for picture in pictures:
        if picture.text and picture.turn % 1 == 0:
            still.setdefault(picture.group, []).append(picture)
    chosen = [some[k] for some in still.values() for k in rng.permutation(len(some))[:KNOWN]]
    options: dict[str, list[Option]] = {}
    for picture, (option, _) in zip(chosen, photographs.settle(net, labels, program, chosen)):
        options.setdefault(picture.group, []).append(option)
    return {name: photographs.middle_of(some) for name, some in options.items()}


def views(
    rng: numpy.random.Generator, picture: Digit, option: Option
) -> Iterator[tuple[numpy.ndarray, int]]:
    """Places of one drum, up to as far off as a reader may see it that takes parts of two digits
    for one."""
    light, cap, base, stretch = option
    for number in range(VIEWS):
        if number % 2:
            yield photographs.jittered(rng, picture, option), light
            continue
        other = number == VIEWS - 2
        share = min(cap * numpy.exp(rng.uniform(-0.4, 0.4)), 1.1)
        foot = base + (share - cap) / 2 + rng.uniform(-0.3, 0.3) * cap
        one = picture.place(
            1 - light if other else light,
            share,
            foot,
            stretch ** rng.uniform(0, 1) * places.draw_stretch(rng),
        )
        yield one, light


def photographed(
    rng: numpy.random.Generator, program: str, pictures: list[Digit], rows: Rows, device: str
) -> None:
    known = settled(program, pictures, rng, device)
    pictures = [picture for picture in pictures if picture.group in known]
    with cutter.PlacedCutter([program, "cut", "--lines", "--placed"]) as cutting:
        waiting: list[tuple[int, Digit, list[tuple[numpy.ndarray, int]]]] = []

        def answered() -> None:
            number, picture, some = waiting.pop(0)
            for (place, light), (_, coverage) in zip(some, cutting.receive()):
                left, _, right, _ = picture.box
                column, _ = places.Frame(place).strip([((left + right) / 2, 0)])
                middle = float(column[0]) + rng.uniform(-OFF, OFF)
                label = round(10 * picture.turn) % 100 if place["polarity"] == light else NONE
                rows.add(coverage, middle, label, picture.group, number)

        for number, picture in enumerate(pictures):
            some = list(views(rng, picture, known[picture.group]))
            cutting.send_placed(picture.pixels, [place for place, _ in some])
            waiting.append((number, picture, some))
            if len(waiting) > 4:
                answered()
        while waiting:
            answered()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.drums", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("folders", nargs="*", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--cutter", required=True, help="program that draws lines")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write")
    parser.add_argument("--pictures", type=int, default=12000, help="drawn ones")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    generator = Counters(options.seed)
    pictures = [picture for folder in options.folders for picture in digits(folder)]
    families = generator.families + sorted({picture.group for picture in pictures})
    if pictures:
        rng = numpy.random.default_rng((options.seed, 0xD1))
        rows = Rows(families)
        photographed(rng, options.cutter, pictures, rows, options.device)
        rows.save(options.out / "photographs.npz")
    part = 2000
    for first in range(0, options.pictures, part):
        path = options.out / f"drawn-{first // part:03d}.npz"
        if path.exists():
            continue
        rng = numpy.random.default_rng((options.seed, first))
        rows = Rows(families)
        numbers = range(first, min(first + part, options.pictures))
        with cutter.PlacedCutter([options.cutter, "cut", "--lines", "--placed"]) as cutting:
            drawn(rng, generator, numbers, cutting, rows)
        rows.save(path)
        print(f"{first + part}/{options.pictures} pictures", file=sys.stderr)
    (options.out / "dataset.json").write_text(
        json.dumps(
            {"name": "digits of counters", "seed": options.seed, "families": families}, indent=1
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
