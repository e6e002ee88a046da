"""Makes training lines of photographs whose text is known, but not where exactly it stands.

    scripts/python training.photographs --cutter .build/release/scribe \\
        --out .data/photographs DIR...

Each DIR holds pictures of one line each, or of one in a `box`, and a truth.json that maps a name to
{"text", ...}. A line network tells which of many places reads the text best; the lines are drawn
there, as far off as a finder may be, and in the other polarity, where there is no text. Shards have
no middles of characters. Their families are KIND/GROUP: the folder's name, and what pictures of one
device, recording or sheet share in their names.
"""

import argparse
import itertools
import json
import pathlib
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy
import torch
from torch.nn import functional as F

from dataset import cutter, line_shards, offsets, places, scene, shards
from training.lines import HEIGHT, STRIDE, Labels
from training.transfer import Trained

CAPS = (0.38, 0.46, 0.54, 0.62, 0.72, 0.84)
BASES = (0.66, 0.73, 0.8, 0.87, 0.94, 1.0)
STRETCHES = (1.0, 1.4)
UNSURE = 1.2  # a character's loss from which on a place isn't trusted
LINES = 16  # of each picture, fewer for kinds that have many
MOST = 5000  # lines of one kind, about
# Boxes that the program lays over small pictures, as LineGrid has them: a picture's shorter side,
# and of its height the capitals' share and that of the room above them.
SMALL = 128
GRID = tuple(itertools.product((0.9, 0.75, 0.6), (0.5, 0.3, 0.7)))
NEAR = (0.6, 0.3)  # log2 of heights and baselines in heights up to which such a box holds the text


# (light, share of the box that capitals take, share down to the baseline, stretch)
Option = tuple[int, float, float, float]
Settled = tuple[Option, bool]  # whether it is certain


@dataclass
class Picture:
    """A picture that shows one line in its box."""

    pixels: numpy.ndarray
    text: str
    box: Sequence[float]  # left, top, right, bottom
    group: str
    kind: str

    @classmethod
    def read(cls, folder: pathlib.Path, name: str, about: dict[str, Any]) -> Self:
        pixels = cv2.imread(str(folder / name), cv2.IMREAD_GRAYSCALE)
        if pixels is None:
            raise SystemExit(f"no picture {folder / name}")
        height, width = pixels.shape
        box = about.get("box") or [0, 0, width, height]
        return cls(pixels, about["text"], box, f"{folder.name}/{group(name)}", folder.name)

    def place(self, light: int, cap: float, base: float, stretch: float) -> numpy.ndarray:
        left, top, right, bottom = self.box
        high = bottom - top
        inset = min(0.25 * cap * high, 0.2 * (right - left))
        y = top + base * high
        start, end = (left + inset, y), (right - inset, y)
        return places.place(bool(light), start, end, cap * high, stretch)


def group(name: str) -> str:
    """What the pictures of one device, recording or sheet share in their names."""
    if "/" in name:
        return name.split("/")[0]
    parts = pathlib.PurePath(name).stem.split("_")
    if len(parts) > 1 and re.fullmatch(r"\d{8}", parts[-1]):
        return f"{parts[0]}_{parts[-1][:4]}"  # a film's pictures
    return re.sub(r"(_\d+)?(_[A-Z])?$", "", "_".join(parts))


def found(folder: pathlib.Path) -> list[Picture]:
    truth = json.loads((folder / "truth.json").read_text())
    return [
        Picture.read(folder, name, about)
        for name, about in truth.items()
        if about.get("text") and "\n" not in about["text"]
    ]


def drawn(
    program: str, pictures: Sequence[Picture], wanted: list[list[numpy.ndarray]], *how: str
) -> list[list[numpy.ndarray]]:
    """Lists of coverage, one for each picture's places."""
    result = []
    with cutter.PlacedCutter([program, "cut", "--lines", "--placed", *how]) as cutting:
        for number, (picture, some) in enumerate(zip(pictures, wanted)):
            cutting.send_placed(picture.pixels, some)
            if number >= 4:
                result.append([coverage for _, coverage in cutting.receive()])
        cutting.finish()
        while len(result) < len(pictures):
            result.append([coverage for _, coverage in cutting.receive()])
    return result


@torch.no_grad()
def losses(net: Trained, labels: Labels, text: str, strips: list[numpy.ndarray]) -> numpy.ndarray:
    """What reading `text` in each strip costs the network, a character."""
    codes = torch.from_numpy(labels.encode([ord(c) for c in text]))
    widths = numpy.array([strip.shape[1] for strip in strips])
    result = numpy.full(len(strips), numpy.inf)
    for width in numpy.unique(widths):
        which = numpy.flatnonzero(widths == width)
        x = torch.from_numpy(numpy.stack([strips[k] for k in which])).unsqueeze(1).float() / 255
        x = x.to(net.device, memory_format=torch.channels_last)
        with torch.autocast(net.device.type, dtype=torch.bfloat16):
            logits = net(x).cpu()
        columns = width // STRIDE
        loss = F.ctc_loss(
            logits.float().log_softmax(2).transpose(0, 1),
            codes.expand(len(which), -1),
            torch.full((len(which),), columns),
            torch.full((len(which),), len(codes)),
            blank=labels.blank,
            reduction="none",
        )
        result[which] = loss.numpy() / len(codes)
    return result


def middle_of(options: list[Option]) -> Option:
    light, cap, base, stretch = (float(v) for v in numpy.median(numpy.array(options), axis=0))
    return round(light), cap, base, stretch


def settle(
    net: Trained, labels: Labels, program: str, pictures: Sequence[Picture]
) -> list[Settled]:
    """(light, cap, base, stretch) of each picture; those that aren't read take their group's."""
    options = [
        (light, cap, base, stretch)
        for light, cap, base, stretch in itertools.product((0, 1), CAPS, BASES, STRETCHES)
        if base - cap > -0.06
    ]
    result = []
    for first in range(0, len(pictures), 50):
        part = pictures[first : first + 50]
        strips = drawn(
            program, part, [[picture.place(*option) for option in options] for picture in part]
        )
        for picture, some in zip(part, strips):
            loss = losses(net, labels, picture.text, some)
            best = int(loss.argmin())
            other = min(
                loss[k] for k, option in enumerate(options) if option[0] != options[best][0]
            )
            # Outlined print may be read either way.
            result.append((options[best], float(loss[best]), float(other)))
        print(f"\r{first + len(part)}/{len(pictures)} placed", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    groups: dict[str, list[Option]] = {}
    for picture, (option, loss, _) in zip(pictures, result):
        if loss < UNSURE:
            groups.setdefault(picture.group, []).append(option)
    settled = []
    for picture, (option, loss, other) in zip(pictures, result):
        known = groups.get(picture.group)
        if loss >= UNSURE and known:
            option = middle_of(known)
        # One that nobody can read yet, among others that none can, teaches where it is least.
        settled.append((option, other > loss + 2 and (loss < UNSURE or bool(known))))
    unread = sum(loss >= UNSURE for _, loss, _ in result)
    print(f"{unread} of {len(pictures)} not read where they are tried", file=sys.stderr)
    return settled


def text_at(place: numpy.ndarray) -> scene.Text:
    """A text that fills a level place."""
    y, high = float(place["baseline"]), float(place["height"])
    start, end = (float(place["start"]), y), (float(place["end"]), y)
    return scene.Text(0, start, end, high, 0.7 * high, bool(place["polarity"]), "")


def jittered(rng: numpy.random.Generator, picture: Picture, option: Option) -> numpy.ndarray:
    """The place as far off as a finder may be."""
    light, cap, base, stretch = option
    one = picture.place(light, cap, base, 1.0)
    text = text_at(one)
    guessed = places.guess(rng, text, any(c.islower() for c in picture.text))
    if guessed is None:
        return one
    # A wide box is no reason to squeeze what is read better wide, so that's where it begins.
    guessed["stretch"] *= stretch ** rng.uniform(0, 1)
    return guessed


def gridded(picture: Picture, option: Option) -> list[numpy.ndarray]:
    """Places of the program's boxes over a small picture that hold its text."""
    left, top, right, bottom = picture.box
    width, height = right - left, bottom - top
    if min(width, height) >= SMALL or (width, height) != picture.pixels.shape[::-1]:
        return []
    light, cap, base, _ = option
    result = []
    for share, above in GRID:
        foot = share + (1 - share) * above
        if abs(numpy.log2(share / cap)) < NEAR[0] and abs(foot - base) < NEAR[1] * cap:
            result.append(
                places.place(
                    bool(light), (0.0, foot * height), (float(width), foot * height), share * height
                )
            )
    return result


def build(
    rng: numpy.random.Generator,
    program: str,
    pictures: list[Picture],
    settled: list[Settled],
    groups: list[str],
) -> dict[str, numpy.ndarray]:
    counts: dict[str, int] = {}
    for picture in pictures:
        counts[picture.kind] = counts.get(picture.kind, 0) + 1
    rows, total = [], {kind: 0 for kind in counts}
    wanted = []
    for picture, (option, certain) in zip(pictures, settled):
        some = [
            jittered(rng, picture, option)
            for _ in range(min(LINES, max(4, MOST // counts[picture.kind])))
        ]
        if certain and rng.random() < 0.8:
            some.append(jittered(rng, picture, (1 - option[0], *option[1:])))
        # Of them all no more than of those that a finder sees.
        boxes = gridded(picture, option)
        some += [boxes[k] for k in rng.permutation(len(boxes))[: len(some)]]
        wanted.append((some, option[0]))
    half = [some[::2] for some, _ in wanted], [some[1::2] for some, _ in wanted]
    strips = drawn(program, pictures, half[0]), drawn(program, pictures, half[1], "--aligned")
    for number, picture in enumerate(pictures):
        family = groups.index(picture.group)
        for asked, cut in zip(half, strips):
            for place, coverage in zip(asked[number], cut[number]):
                text = picture.text if place["polarity"] == wanted[number][1] else ""
                columns = [numpy.nan] * len(text.replace(" ", ""))
                source = line_shards.PHOTOGRAPHED
                rows.append(line_shards.Row(coverage, text, columns, family, 1, number, source))
                total[picture.kind] += 1
    print(", ".join(f"{kind} {count} lines" for kind, count in total.items()), file=sys.stderr)
    return line_shards.arrays(rng, rows)


def offset(
    rng: numpy.random.Generator,
    program: str,
    pictures: list[Picture],
    settled: list[Settled],
    groups: list[str],
) -> dict[str, numpy.ndarray]:
    """The shard for aligners: lines off their text, as scripts/dataset/offsets.py has them. How far
    a text's ends are from its picture's nobody told."""
    wanted = []
    for picture, (option, certain) in zip(pictures, settled):
        light, cap, base, _ = option
        text = text_at(picture.place(light, cap, base, 1.0))
        views = [offsets.view(rng, text) for _ in range(6)] if certain else []
        some = [view for view in views if view is not None]
        boxes = gridded(picture, option) if certain else []
        some += [boxes[k] for k in rng.permutation(len(boxes))[:3]]
        if some:
            some.append(jittered(rng, picture, (1 - light, *option[1:])))
        wanted.append((some, text))
    rows: dict[str, list] = {"pixels": [], "widths": [], "lines": [], "family": [], "image": []}
    strips = drawn(program, pictures, [some for some, _ in wanted])
    for number, (picture, (some, text), images) in enumerate(zip(pictures, wanted, strips)):
        for place, coverage in zip(some, images):
            found = offsets.aligned(
                places.Frame(place),
                bool(place["polarity"]),
                [text] if bool(place["polarity"]) == text.light else [],
            )
            rows["pixels"].append(coverage.T.reshape(-1))
            rows["widths"].append(coverage.shape[1])
            rows["lines"].append(found[0] if found else [numpy.nan] * 5)
            rows["family"].append(groups.index(picture.group))
            rows["image"].append(number)
    return {
        "pixels": numpy.concatenate(rows["pixels"]),
        "widths": numpy.array(rows["widths"], numpy.uint16),
        "lines": numpy.array(rows["lines"], numpy.float32),
        "family": numpy.array(rows["family"], numpy.uint16),
        "image": numpy.array(rows["image"], numpy.uint32),
        "ends": numpy.zeros(len(rows["widths"]), bool),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/python training.photographs", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("folders", nargs="+", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--cutter", required=True, help="program that draws lines")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write")
    parser.add_argument("--model", default="line", help="line network that finds the places")
    parser.add_argument("--aligner", action="store_true", help="lines for an aligner")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    net = Trained(options.model, options.device)
    labels = Labels(net.labels)
    pictures = [
        picture
        for folder in options.folders
        for picture in found(folder)
        if all(labels.of_code[ord(c)] >= 0 for c in picture.text)
    ]
    groups = sorted({picture.group for picture in pictures})
    options.out.mkdir(parents=True, exist_ok=True)
    known = options.out / "places.json"
    if known.exists():
        settled = json.loads(known.read_text())
    else:
        settled = settle(net, labels, options.cutter, pictures)
        known.write_text(json.dumps(settled) + "\n")
    if len(settled) != len(pictures):
        raise SystemExit(f"{known} is of other pictures: remove it")
    rng = numpy.random.default_rng(options.seed)
    make = offset if options.aligner else build
    arrays = make(rng, options.cutter, pictures, settled, groups)
    shards.save(options.out / "shard-00000.npz", arrays)
    about = {
        "format": 1,
        "seed": options.seed,
        "families": groups,
        "images": len(pictures),
        "lines": len(arrays["widths"]),
        "sha256": shards.digest(arrays),
    }
    (options.out / "plan.json").write_text(json.dumps(about, indent=1) + "\n")
    assert arrays["pixels"].size == HEIGHT * int(arrays["widths"].sum(dtype=int))


if __name__ == "__main__":
    main()
