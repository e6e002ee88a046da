"""One table of what the firmware's parts take and cost on every chip of chips.json.

    scripts/firmware/chips                  the table, of all chips
    scripts/firmware/chips RP2040 H743      of some
    scripts/firmware/chips --write          into firmware-proto/CHIPS.md; --check compares
    scripts/firmware/chips --swift          writes the program's table of chips; --check compares
    scripts/firmware/chips --core NAME      what builds and runs for a core, for shells

For each chip three programs are linked with its own memory map: one that sends, one that reads
lines with the recognizer, and one that reads characters with the small reader (chip.c). For each
core an emulated machine runs the models' self-tests, a patch and a whole image in both ways, whose
bytes must be those of this machine. Chips whose compiler is missing are "not built
here". Exit code 1: something differs, doesn't fit or fails.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from firmware import profiles
from firmware.bench import PROTO, ROOT, STACK_ROOM, Bench, Failure, Program, pieces
from firmware.profiles import Chip

DOCUMENT = PROTO / "CHIPS.md"
SWIFT = ROOT / "Sources/Export/ChipTable.swift"
BEGIN, END = "<!-- scripts/firmware/chips begins -->", "<!-- scripts/firmware/chips ends -->"
BUILT = "built, never run"
MISSING = "not built here"


HEADINGS = [
    "chip",
    "core, kernels",
    "flash, RAM in KB",
    "camera",
    "sends: flash, RAM, stack",
    "reads lines: flash, RAM, stack",
    "an image",
    "reads characters",
    "flash, RAM, stack",
    "a patch",
    "an image",
    "self-test of its core",
]


def grouped(number: int) -> str:
    return f"{number:,}"


def millions(number: int, digits: int = 1) -> str:
    return f"{number / 1e6:.{digits}f} M"


def memory(chip: Chip) -> str:
    """The part with the least flash; banks that DMA doesn't reach in brackets."""
    letter = chip.least
    banks = [
        f"{bank.size(letter) >> 10}" if bank.dma else f"({bank.size(letter) >> 10})"
        for bank in chip.banks
    ]
    return f"{chip.flash[letter] >> 10}, {' + '.join(banks)}"


def row(bench: Bench, chip: Chip) -> list[str]:
    """A chip's line of the table."""
    core, letter = chip.core, chip.least
    cells = [
        chip.name + (f"x{letter}" if letter else ""),
        f"{core.name}, {core.kernels}",
        memory(chip),
        chip.camera or "none",
    ]
    reads = f"{chip.reads.width} x {chip.reads.height}" if chip.reads else "sends only"
    fits = pieces(chip) is not None
    small = "doesn't fit" if chip.reads else ""
    if shutil.which(core.compiler) is None:
        return [*cells, "", "" if fits else small, "", reads, "", "", "", MISSING]

    def built(program: str) -> Program:
        try:
            found = bench.program(chip, program)
        except Failure as error:
            raise Failure(f"{chip.name} {program}: {error}") from error
        if found.stack > STACK_ROOM[program]:
            raise Failure(f"{chip.name} {program}: {found.stack} bytes of stack")
        return found

    def sizes(program: Program) -> str:
        return ", ".join(map(grouped, (program.flash, program.ram, program.stack)))

    sends = built("sends")
    lines = built("lines") if fits else None
    reader = built("reads") if chip.reads else None
    ran = bench.run(core)
    cells += [sizes(sends), sizes(lines) if lines else small]
    if isinstance(ran, str):
        return [*cells, "", reads, sizes(reader) if reader else "", "", "", BUILT]
    for program, stack in ((lines, ran.lines_stack), (reader, ran.stack)):
        if program and stack > program.stack:
            raise Failure(f"{chip.name}: {stack} bytes of stack in QEMU, bound {program.stack}")
    assert core.machine is not None
    return [
        *cells,
        millions(ran.lines_image) if lines else "",
        reads,
        sizes(reader) if reader else "",
        millions(ran.patch, 3) if bench.fits(chip) else "doesn't fit",
        millions(ran.image) if reader else "",
        f"passed, {core.machine.name}",
    ]


def table(rows: list[list[str]], markdown: bool) -> str:
    if markdown:
        lines = [HEADINGS, ["---"] * len(HEADINGS), *rows]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)
    widths = [max(len(line[i]) for line in [HEADINGS, *rows]) for i in range(len(HEADINGS))]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() + "\n"
        for line in [HEADINGS, *rows]
    )


def chosen(names: list[str], chips: list[Chip]) -> list[Chip]:
    """Chips by their names; STM32 may be left out."""
    if not names:
        return chips
    by_name = {chip.name: chip for chip in chips}
    found = []
    for name in names:
        chip = by_name.get(name.upper()) or by_name.get("STM32" + name.upper())
        if chip is None:
            raise profiles.UnknownName(f"there is no chip {name}. Known: {', '.join(by_name)}")
        found.append(chip)
    return found


def replaced(text: str, part: str) -> str:
    """The document with this table."""
    before, rest = text.split(BEGIN + "\n")
    return f"{before}{BEGIN}\n{part}{END}\n{rest.split(END + chr(10))[1]}"


def differs(path: Path, text: str, write: bool) -> int:
    """Writes a file, or tells that it is older than what it is made from."""
    if path.exists() and path.read_text() == text:
        return 0
    if write:
        path.write_text(text)
        return 0
    print(f"chips: {path.relative_to(ROOT)} is older than what scripts/firmware/chips writes")
    return 1


def main(words: list[str]) -> int:
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        prog="chips", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="CHIP")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--swift", action="store_true")
    parser.add_argument("--core", metavar="NAME")
    options = parser.parse_args(words)
    try:
        if options.core:
            print(profiles.variables(options.core), end="")
            return 0
        _, chips = profiles.load()
        if options.swift:
            return differs(SWIFT, profiles.swift(chips), write=not options.check)
        document = options.write or options.check
        if document and options.names:
            parser.error("the document has all chips")
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench.make(Path(folder))
            rows = [row(bench, chip) for chip in chosen(options.names, chips)]
    except (Failure, profiles.UnknownName) as error:
        print(f"chips: {error}", file=sys.stderr)
        return 1
    if document:
        text = replaced(DOCUMENT.read_text(), table(rows, markdown=True))
        return differs(DOCUMENT, text, write=options.write)
    print(table(rows, options.markdown), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
