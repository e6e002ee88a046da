"""The fonts that training may use, found on this machine by family.

`--list` prints what was found for each lineage; `--check` fails if a family is missing.
"""

import argparse
import functools
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import freetype

from dataset.characters import SIGNS

LIST = Path(__file__).resolve().parent / "fonts-train.txt"
PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True)
class Font:
    """One font file (one style of a family)."""

    lineage: str
    family: str
    style: str
    path: str
    index: int
    weight: float  # share within its family; unusual styles are rarer
    lacks: str  # printable ASCII characters that it has no glyph for


def allowed(path: Path = LIST) -> list[tuple[str, str, list[str], list[str]]]:
    """The list as [(lineage, classes, packages, families)]."""
    rows = []
    for line in Path(path).read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        lineage, classes, packages, families = (part.strip() for part in line.split("|"))
        rows.append(
            (lineage, classes, packages.split(), [family.strip() for family in families.split(",")])
        )
    return rows


def style_weight(style: str) -> float:
    """How often a style is drawn, relative to a plain regular or bold."""
    name = style.lower().replace(" ", "").replace("-", "")
    weight = 1.0
    if "outline" in name:
        return 0.0
    if any(word in name for word in ("italic", "oblique", "slanted")):
        weight *= 0.08
    if any(word in name for word in ("thin", "hairline", "extralight", "ultralight")):
        weight *= 0.06
    elif "light" in name:
        weight *= 0.3
    elif any(word in name for word in ("black", "extrabold", "ultrabold", "heavy")):
        weight *= 0.3
    # Optical sizes share one place: six designs of "5 Regular" ... "17 Regular" are near twins.
    if name[:1].isdigit():
        weight *= 0.4
    return weight


def _fontconfig() -> list[tuple[list[str], str, str, int]]:
    output = subprocess.run(
        ["fc-list", "--format", "%{family}\t%{style[0]}\t%{file}\t%{index}\t%{variable}\n"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rows = []
    for line in output.splitlines():
        family, style, path, index, variable = line.split("\t")
        # Type 1 copies of the same outlines would only repeat a face.
        if variable == "True" or not path.lower().endswith((".otf", ".ttf", ".ttc")):
            continue
        rows.append(
            ([name.strip() for name in family.split(",")], style, path, int(index) & 0xFFFF)
        )
    return rows


@functools.cache
def _lacks(path: str, index: int) -> str:
    face = freetype.Face(path, index=index)
    return "".join(c for c in PRINTABLE if not face.get_char_index(c))


@functools.cache
def signs(font: Font) -> str:
    """Those of SIGNS that `font` has."""
    face = freetype.Face(font.path, index=font.index)
    return "".join(c for c in SIGNS if face.get_char_index(c))


@functools.cache
def found() -> tuple[Font, ...]:
    """Every allowed font on this machine, in a fixed order."""
    installed = _fontconfig()
    fonts = []
    for lineage, _, _, families in allowed():
        for family in families:
            styles: dict[str, tuple[str, int]] = {}
            for names, style, path, index in sorted(installed, key=lambda row: (row[2], row[3])):
                if family not in names:
                    continue
                # Some packages name all their styles alike: then the file's name tells more.
                if style in styles and Path(path).stem != Path(styles[style][0]).stem:
                    style = Path(path).stem
                styles.setdefault(style, (path, index))
            for style in sorted(styles):
                path, index = styles[style]
                weight, lacks = style_weight(style), _lacks(path, index)
                if weight > 0 and len(lacks) < 16:
                    fonts.append(Font(lineage, family, style, path, index, weight, lacks))
    return tuple(fonts)


def select(families: Iterable[str] = (), exclude: Iterable[str] = ()) -> list[Font]:
    """Fonts whose lineage or family is in `families` (all if empty) and not in `exclude`.

    Raises ValueError for a name that the list does not have.
    """
    known = {row[0] for row in allowed()} | {family for row in allowed() for family in row[3]}
    for name in (*families, *exclude):
        if name not in known:
            raise ValueError(f"no lineage or family '{name}' in {LIST.name}")
    fonts = [
        font
        for font in found()
        if (not families or font.lineage in families or font.family in families)
        and font.lineage not in exclude
        and font.family not in exclude
    ]
    if not fonts:
        raise ValueError("no fonts left; run scripts/dataset/setup, or choose other families")
    return fonts


def styles(lineage: str, family: str) -> list[str]:
    """Styles of a family that are on this machine."""
    return [font.style for font in found() if font.lineage == lineage and font.family == family]


def missing() -> list[str]:
    """Allowed families that are not on this machine, with their packages."""
    return [
        f"{family} ({' or '.join(packages)})"
        for lineage, _, packages, families in allowed()
        for family in families
        if not styles(lineage, family)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/python dataset.fonts", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--list", action="store_true", help="print the fonts of each lineage")
    parser.add_argument("--check", action="store_true", help="fail if an allowed family is absent")
    options = parser.parse_args()
    for lineage, classes, _, families in allowed() if options.list else ():
        print(f"{lineage} ({classes})")
        for family in families:
            print(f"  {family}: {', '.join(styles(lineage, family)) or 'NOT FOUND'}")
    absent = missing()
    print(f"{len(found())} fonts, {len(absent)} families missing", file=sys.stderr)
    for line in absent:
        print(f"missing: {line}", file=sys.stderr)
    return 1 if options.check and absent else 0


if __name__ == "__main__":
    sys.exit(main())
