"""Reads a folder's gray PNGs of at most 320 x 240 with the recognizer on an emulated core.

Prints what an image costs. Instructions are exact: the same images cost the same each time.
"""

import argparse
import os
import struct
import sys
import tempfile
from pathlib import Path

from firmware.bench import FOLDER, Failure, command, gray_image

ROOT = FOLDER.parent.parent
MODELS = ("finder", "aligner", "line-quick")
MOST_PIXELS = 320 * 240
MILLION = 1e6


def exported(folder: Path) -> None:
    """Writes the headers of the three models."""
    scribe = os.environ.get("SCRIBE", str(ROOT / ".build/release/scribe"))
    for model in MODELS:
        header = folder / f"{model.replace('-', '_')}.h"
        command(scribe, "export-firmware", "--model", model, "--vectors", "1", "-o", header)


def packed(images: Path) -> tuple[bytes, int, int]:
    """The images of a folder that fit, as recognize.c takes them; how many, and how many don't."""
    data, count, left_out = b"", 0, 0
    for path in sorted(images.glob("*.png")):
        image = gray_image(path)
        width, height = struct.unpack("<HH", image[:4])
        if width * height > MOST_PIXELS:
            left_out += 1
            continue
        data, count = data + image, count + 1
    return data, count, left_out


def values(output: str, name: str) -> list[int]:
    """The numbers that a program printed under a name."""
    lines = (line.split() for line in output.splitlines())
    return [int(words[1]) for words in lines if len(words) == 2 and words[0] == name]


def row(name: str, numbers: list[float], digits: int = 1) -> str:
    """A line of the table."""
    mean = sum(numbers) / len(numbers)
    cells = (f"{number:.{digits}f}" for number in (mean, min(numbers), max(numbers)))
    return f"{name:28}" + "".join(f"{cell:>10}" for cell in cells)


def main(words: list[str]) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(prog="reading", description=__doc__)
    parser.add_argument("images", type=Path, metavar="FOLDER", help="gray PNGs")
    parser.add_argument("--core", default="cortex-m4", help="a core of chips.json (cortex-m4)")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        exported(folder)
        data, count, left_out = packed(options.images)
        if count == 0:
            raise Failure(f"{options.images}: no gray PNG of at most 320 x 240")
        images, sent = folder / "images", folder / "sent"
        images.write_bytes(data)
        environment = {"CORE": options.core, "LIMIT": "3000", "KEEP": str(folder / "kept")}
        output = command(FOLDER / "recognize", folder, images, sent, environment=environment)
        size = command("arm-none-eabi-size", folder / "kept/program.elf").split()
    print(f"{count} images on a {options.core}" + (f", {left_out} too large" if left_out else ""))
    print(f"{'':28}{'mean':>10}{'least':>10}{'most':>10}")
    for title, key in (("finding lines, M", "finder"), ("an image, M", "all")):
        print(row(title, [n / MILLION for n in values(output, f"{key}_instructions")]))
    for title in ("lines_found", "columns_read", "characters", "bytes"):
        print(row(title.replace("_", " "), [float(n) for n in values(output, title)], 1))
    stack = max(values(output, "stack"))
    ram = sum(values(output, "recognizer_bytes") + values(output, "memory_bytes"))
    print(f"RAM {ram:,} bytes beside the image, stack {stack:,}; flash {int(size[6]):,} of program")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"reading: {failure}", file=sys.stderr)
        sys.exit(1)
