"""Users' own labelled images as pictures with boxes, to be cut and written like the synthetic ones.

A folder holds images and one of
  labels.csv   columns file,text and at will x0,y0,x1,y1: the part of the image that shows the text
  truth.json   {"file": {"text": "..."}}, lines parted by \\n; a JSON of the same name beside an
               image may tell the boxes, as `dataset.make --folder` writes it. `lines` in place of
               the text has the part of each: {"lines": [{"text": "...", "box": [x, y, w, h]}]}
  a folder for each character, named by itself or as NAMES has it, with images of it
  no more      the images' names are their text, up to a number that tells copies apart: 00471_2.png

Four ways to label and the complaints that each needs make it long.
"""

import csv
import functools
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dataset import scene
from dataset.fonts import PRINTABLE
from dataset.sample import Sample
from dataset.scene import Box
from dataset.texts import pairs

FAMILY = "own"
# For characters that some file system takes for another one or does not take.
NAMES = {
    **pairs(r"""exclamation !  quote "  hash #  dollar $  percent %  ampersand &  apostrophe '
left-parenthesis (  right-parenthesis )  asterisk *  plus +  comma ,  minus -  dot .
slash /  colon :  semicolon ;  less <  equals =  greater >  question ?  at @
left-bracket [  backslash \  right-bracket ]  caret ^  underscore _  backtick `
left-brace {  bar |  right-brace }  tilde ~"""),
    **{f"upper-{c.lower()}": c for c in PRINTABLE if c.isupper()},
    **{f"lower-{c}": c for c in PRINTABLE if c.islower()},
}
_IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".ppm", ".webp")
_MOST_CAP = 56  # pixels of a character; the board's pictures hold no larger ones
MOST_SIDE = 1280
_TOLD = 20  # bad rows named one by one


# A character, its line, its box, and whether it is light; None: either.
Labelled = tuple[str, int, Box, bool | None]


@dataclass(frozen=True)
class Row:
    """One labelled image or part of one."""

    where: str  # file and line it is told at
    path: Path
    text: str
    crop: tuple[float, ...] = ()  # x0, y0, x1, y1
    boxes: tuple[Labelled, ...] = ()  # if known


class Bad(ValueError):
    """A row that cannot be used."""


@dataclass(frozen=True)
class OwnFont:
    family: str = FAMILY


class Images:
    """Takes the place of sample.Generator: `make(index)` gives the pictures one after the other.

    Raises ValueError that names every bad row. `skipped` tells those whose characters could not be
    told apart.
    """

    fonts = ()
    families = [FAMILY]

    def __init__(self, folder: str | Path, seed: int = 1, alphabet: str = PRINTABLE) -> None:
        self.seed, self.samples, self.skipped = seed, [], []
        folder = Path(folder)
        rows, bad = rows_of(folder)
        state = hashlib.sha256()
        for row in rows:
            try:
                sample = _sample(row, alphabet)
            except Bad as error:
                bad.append(f"{row.where}: {error}")
                continue
            if sample is None:
                self.skipped.append(f"{row.where}: {row.text!r}")
                continue
            state.update(sample.picture.tobytes() + repr(sample.record()).encode())
            self.samples.append(sample)
        if bad:
            more = [f"and {len(bad) - _TOLD} more"] if len(bad) > _TOLD else []
            raise ValueError("\n  ".join([f"{len(bad)} bad rows", *bad[:_TOLD], *more]))
        if not self.samples:
            raise ValueError(
                f"{folder}: no labelled image can be used"
                + (f"; {len(self.skipped)} skipped" if self.skipped else "")
            )
        self._about = {
            "own": len(self.samples),
            "skipped": len(self.skipped),
            "sha256": state.hexdigest(),
        }

    def describe(self) -> dict[str, Any]:
        return self._about

    def make(self, index: int) -> Sample:
        return self.samples[index]


def rows_of(folder: Path) -> tuple[list[Row], list[str]]:
    """The folder's rows, and what is wrong with those that cannot be read."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder")
    if (folder / "labels.csv").is_file():
        return _from_csv(folder / "labels.csv")
    if (folder / "truth.json").is_file():
        return _from_truth(folder / "truth.json")
    return _from_folders(folder)


def _from_csv(path: Path) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    bad: list[str] = []
    try:
        # utf-8-sig: spreadsheets put a mark before the first column's name.
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        reader = csv.reader(lines)
        head = [name.strip().lower() for name in next(reader, [])]
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 (byte {error.start})") from error
    except csv.Error as error:
        raise ValueError(f"{path}:1: {error}") from error
    corners = ("x0", "y0", "x1", "y1")
    if "file" not in head or "text" not in head or 0 < sum(c in head for c in corners) < 4:
        raise ValueError(f"{path}:1: the first line must be file,text or file,text,x0,y0,x1,y1")
    while True:
        number = reader.line_num + 1
        where = f"{path}:{number}"
        try:
            values = next(reader, None)
            if values is None:
                return rows, bad
            if not any(value.strip() for value in values):
                continue
            if len(values) > len(head) or len(values) <= max(map(head.index, ("file", "text"))):
                raise Bad(f"{len(values)} columns where the first line has {len(head)}")
            row = dict(zip(head, values))
            told = [row.get(c, "").strip() for c in corners]
            crop: tuple[float, ...] = ()
            if any(told):
                try:
                    crop = tuple(float(value) for value in told)
                except ValueError:
                    raise Bad(f"the corners {','.join(told)} are not four numbers") from None
                if not np.isfinite(crop).all() or crop[0] >= crop[2] or crop[1] >= crop[3]:
                    raise Bad(f"the corners {','.join(told)} hold nothing")
            rows.append(Row(where, path.parent / row["file"].strip(), row["text"], crop))
        except (Bad, csv.Error) as error:
            bad.append(f"{where}: {error}")


def _from_truth(path: Path) -> tuple[list[Row], list[str]]:
    truth = _json(path)
    if not isinstance(truth, dict):
        raise ValueError(f"{path} is not a JSON object of files")
    rows: list[Row] = []
    bad: list[str] = []
    for name, entry in truth.items():
        where, text = f"{path}: {name}", entry.get("text") if isinstance(entry, dict) else entry
        if isinstance(entry, dict) and entry.get("lines"):
            try:
                rows += [_part(where, path.parent / name, line) for line in entry["lines"]]
            except (TypeError, ValueError, KeyError, AttributeError) as error:
                bad.append(f"{where}: its lines are not text and box ({error})")
            continue
        if not isinstance(text, str):
            bad.append(f"{where}: no text")
            continue
        if not text.strip():
            continue  # a picture that shows none
        image = path.parent / name
        try:
            rows.append(Row(where, image, text, boxes=_boxes(image.with_suffix(".json"), text)))
        except ValueError as error:
            bad.append(f"{where}: {error}")
    return rows, bad


def _part(where: str, image: Path, line: dict[str, Any]) -> Row:
    """A line and the part of its picture that shows it, if that is told."""
    if not isinstance(line["text"], str) or not line["text"].strip():
        raise Bad("no text")
    if line.get("box") is None:
        return Row(where, image, line["text"])
    x, y, width, height = map(float, line["box"])
    if not np.isfinite((x, y, width, height)).all() or min(width, height) <= 0:
        raise Bad(f"the box {line['box']} holds nothing")
    return Row(where, image, line["text"], (x, y, x + width, y + height))


def _from_names(folder: Path) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    bad: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _IMAGES:
            continue
        text = re.sub(r"_\d+$", "", path.stem).strip()
        if text:
            rows.append(Row(str(path), path, text))
        else:
            bad.append(f"{path}: its name has no text")
    return rows, bad


def _boxes(path: Path, text: str) -> tuple[Labelled, ...]:
    """The characters of a record as folder.py writes it; none if there is no such file."""
    if not path.is_file():
        return ()
    try:
        found = tuple(
            (c["c"], int(c["line"]), _four(c["box"]), c.get("light")) for c in _json(path)["chars"]
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{path} tells no boxes ({error})") from error
    if "".join(c[0] for c in found) != "".join(text.split()) or any(
        not np.isfinite(c[2]).all() for c in found
    ):
        raise ValueError(f"the boxes of {path} are not those of the text")
    return found


def _four(values: Iterable[float]) -> Box:
    x0, y0, x1, y1 = map(float, values)
    return x0, y0, x1, y1


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path}: {error}") from error


def _from_folders(folder: Path) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    bad: list[str] = []
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    for path in folders:
        char = NAMES.get(path.name.lower(), path.name)
        if len(char) != 1:
            bad.append(f"{path}: no character has this name")
            continue
        rows += [
            Row(str(image), image, char)
            for image in sorted(path.iterdir())
            if image.suffix.lower() in _IMAGES
        ]
    if not folders:
        rows, bad = _from_names(folder)
    if not folders and not rows and not bad:
        raise ValueError(
            f"{folder} has neither labels.csv nor truth.json, images named by their text nor a "
            "folder a character"
        )
    return rows, bad


@functools.lru_cache(maxsize=4)  # many rows may show parts of one image
def image_of(path: Path) -> np.ndarray:
    """An image in gray, the right way up."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise Bad(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # a zero byte in its name
        raise Bad(f"cannot read {path}: {error}") from error
    try:
        image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if len(data) else None
    except cv2.error:
        image = None
    if image is None:
        raise Bad(f"{path} is no image that can be decoded")
    return image


def _sample(row: Row, alphabet: str) -> Sample | None:
    """The picture of a row with its characters' boxes; None if they cannot be told apart."""
    lines = [line for line in ("".join(line.split()) for line in row.text.splitlines()) if line]
    if not lines:
        raise Bad("no text")
    for char in "".join(lines):
        if char not in alphabet:
            raise Bad(f"the character {char!r} is outside the alphabet")
    image = image_of(row.path)
    height, width = image.shape
    if row.crop:
        x0, y0, x1, y1 = inside(row.crop, width, height)
        image = image[y0:y1, x0:x1]
    if min(image.shape) < 4:
        raise Bad(f"{image.shape[1]}x{image.shape[0]} pixels are too few")
    if row.boxes:
        return _record(row, image, [(c, n, box, light) for c, n, box, light in row.boxes])
    image = shrunk(image, MOST_SIDE / max(image.shape))
    # The cutter needs some surface around the ink, more than a close crop leaves.
    pad = max(6, min(image.shape) // 6)
    image = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    for mask, light in _masks(image):
        found = _split(mask, lines)
        if found is None:
            continue
        scale = min(1.0, _MOST_CAP / max(box[3] - box[1] for _, _, box in found))
        return _record(
            row,
            shrunk(image, scale),
            [(c, n, _four(np.multiply(box, scale)), light) for c, n, box in found],
        )
    return None


def inside(crop: tuple[float, ...], width: int, height: int) -> tuple[int, int, int, int]:
    """A part of a picture in whole pixels."""
    x0, y0, x1, y1 = (round(v) for v in crop)
    if x0 < 0 or y0 < 0 or x1 > width or y1 > height or x0 >= x1 or y0 >= y1:
        raise Bad(f"the part {x0},{y0},{x1},{y1} is not inside {width}x{height} pixels")
    return x0, y0, x1, y1


def shrunk(image: np.ndarray, scale: float) -> np.ndarray:
    if scale >= 1:
        return image
    size = [max(4, round(v * scale)) for v in image.shape[::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _record(row: Row, picture: np.ndarray, found: Iterable[Labelled]) -> Sample:
    font = OwnFont()
    characters = [
        scene.Character(char, line, _four(box), bool(light), font, 0.0, either=light is None)
        for char, line, box, light in found
    ]
    return Sample(
        np.ascontiguousarray(picture),
        characters,
        row.text.splitlines(),
        "typical",
        {"source": row.where},
    )


def _masks(image: np.ndarray) -> Iterator[tuple[np.ndarray, bool]]:
    """What may be ink, with its polarity, the likeliest first: by one threshold, by one that
    follows the light, and both with light and dark exchanged, as on a plate darker than its
    surroundings."""
    smooth = cv2.GaussianBlur(image, (0, 0), 0.8)
    if np.ptp(smooth) < 12:  # nothing stands out
        return
    border = np.concatenate((smooth[0], smooth[-1], smooth[:, 0], smooth[:, -1]))
    level, above = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    likely = bool(np.median(border) <= level)
    side = max(15, min(image.shape) // 6) | 1
    local = cv2.blur(smooth, (side, side)).astype(np.float32) - smooth
    rise = max(5.0, 0.35 * float(np.quantile(np.abs(local), 0.98)))
    for light in (likely, not likely):
        yield (above if light else 255 - above), light
        yield (local < -rise if light else local > rise) * np.uint8(255), light


def _split(mask: np.ndarray, lines: list[str]) -> list[tuple[str, int, Box]] | None:
    """[(char, line, box)] if the ink falls into as many pieces as there are characters."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    height, width = mask.shape
    boxes = []
    for x, y, w, h, area in stats[1:count].tolist():
        if x == 0 or y == 0 or x + w == width or y + h == height:
            continue  # what lies around the label
        if area >= max(3, 0.00002 * height * width):
            boxes.append([x, y, x + w, y + h])
    if not boxes:
        return None
    parts = np.array(boxes)
    if len(lines) == 1 and len(lines[0]) == 1:
        # Specks beside one character are far smaller than it; its own dots are not.
        size = (parts[:, 2:] - parts[:, :2]).max(axis=1)
        parts = parts[size >= 0.08 * size.max()]
        return [(lines[0], 0, (*parts[:, :2].min(axis=0), *parts[:, 2:].max(axis=0)))]
    tall = parts[:, 3] - parts[:, 1]
    usual = np.median(np.sort(tall)[-sum(map(len, lines)) :])
    parts = parts[tall < 2.2 * usual]  # frames
    rows = _merged(parts, 1, 0.0) if len(lines) > 1 else [parts]
    if len(rows) != len(lines):
        return None
    found = []
    for number, (row, text) in enumerate(zip(rows, lines)):
        pieces = [_union(piece) for piece in _merged(row, 0, 0.5)]
        # A double quote is two strokes side by side.
        if len(pieces) == len(text) + text.count('"'):
            joined, at = [], 0
            for char in text:
                take = 2 if char == '"' else 1
                joined.append(_union(np.array(pieces[at : at + take])))
                at += take
            pieces = joined
        if len(pieces) != len(text) or not _plausible(pieces, text):
            return None
        found += [(char, number, box) for char, box in zip(text, pieces)]
    return found


def _plausible(pieces: list[Box], text: str) -> bool:
    """Whether letters are as tall as letters and stops as small as stops: where one character fell
    apart and two others ran together, the count alone would be right."""
    tall = [y1 - y0 for _, y0, _, y1 in pieces]
    return all(
        height <= 0.55 * max(tall)
        if char in ".,'`-_"
        else height >= 0.4 * max(tall)
        if char.isalnum() or char in ":;!?"
        else True
        for char, height in zip(text, tall)
    ) or all(c in ".,'`-_" for c in text)


def _union(parts: np.ndarray) -> Box:
    return (*parts[:, :2].min(axis=0), *parts[:, 2:].max(axis=0))


def _merged(parts: np.ndarray, axis: int, share: float) -> list[np.ndarray]:
    """Groups of boxes in order along an axis; more than `share` of the smaller one's length in
    common makes one."""
    groups: list[list[list[int]]] = []
    for part in sorted(parts.tolist(), key=lambda part: part[axis]):
        if groups:
            low, high = min(p[axis] for p in groups[-1]), max(p[axis + 2] for p in groups[-1])
            common = min(high, part[axis + 2]) - max(low, part[axis])
            if common > share * min(high - low, part[axis + 2] - part[axis]):
                groups[-1].append(part)
                continue
        groups.append([part])
    return [np.array(group) for group in groups]
