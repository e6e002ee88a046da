"""One table of what the firmware's parts take and cost on every chip of chips.json.

    scripts/firmware/chips                  the table, of all chips
    scripts/firmware/chips RP2040 H743      of some
    scripts/firmware/chips --write          into firmware-proto/CHIPS.md; --check compares
    scripts/firmware/chips --swift          writes what the program knows of chips; with --check compares
    scripts/firmware/chips --core NAME      what builds and runs for a core, for shells

For each chip two programs are linked with its own memory map: one that sends, and one that reads
images (chip.c). For each core an emulated machine runs the model's self-test, a patch and a whole
image, whose bytes must be those of this machine. Chips whose compiler is missing are "not built
here". Exit code 1: something differs, doesn't fit or fails.
"""

import argparse
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from firmware import profiles
from firmware.profiles import Chip, Core

FOLDER = profiles.FOLDER
ROOT = FOLDER.parents[1]
PROTO = ROOT / "firmware-proto"
DOCUMENT = PROTO / "CHIPS.md"
SWIFT = ROOT / "Sources/Export/ChipTable.swift"
IMAGE = ROOT / "Tests/Fixtures/board-images/clean_001.png"
BEGIN, END = "<!-- scripts/firmware/chips begins -->", "<!-- scripts/firmware/chips ends -->"
STRICT = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror"
SYMBOL = "net"
# A library function's stack: 64-bit division needs most.
LIBRARY = 96
# Room for the stack that the linker keeps free.
STACK_ROOM = {"sends": 2048, "reads": 4096}
BUILT = "built, never run"
MISSING = "not built here"


class Failure(Exception):
    """What can't be built, or runs wrongly."""


def command(*words: str | Path, environment: dict[str, str] | None = None) -> str:
    """A program's output; `Failure` where it doesn't end with 0."""
    result = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if result.returncode != 0:
        told = (result.stderr or result.stdout).strip()
        raise Failure(f"{Path(words[0]).name}: {told or result.returncode}")
    return result.stdout


def gray_image(path: Path) -> bytes:
    """A gray PNG as read.c takes it: width and height, 16 bits each, and pixels."""
    data = path.read_bytes()
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[at + 8 : at + 18])
            if (depth, colour) != (8, 0):
                raise Failure(f"{path}: not gray")
        elif kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    lines, above, pixels = zlib.decompress(packed), bytearray(width), b""
    for y in range(height):
        start = y * (width + 1)
        row = bytearray(lines[start + 1 : start + 1 + width])
        for x in range(width):
            left, up = row[x - 1] if x else 0, above[x]
            corner = above[x - 1] if x else 0
            nearest = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            row[x] = (row[x] + (0, left, up, (left + up) // 2, nearest)[lines[start]]) & 255
        pixels += row
        above = row
    return struct.pack("<HH", width, height) + pixels


def size_report() -> Any:
    """The board's program of this name, as a module: it reads call graphs."""
    loader = SourceFileLoader("size_report", str(PROTO / "board/size-report"))
    spec = spec_from_loader("size_report", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    module.LIBRARY = LIBRARY
    return module


def pointed(caller: str) -> list[str]:
    """Functions that calls through pointers can reach from here, in chip.c's programs."""
    name = caller.rsplit(":", 1)[-1]
    if "scribe_bilevel" in caller or "scribe_lossless" in caller:
        return ["coded_packet_full"]
    if name == "scribe_send_packet":
        return ["chip_write"]
    if name.startswith("scribe_host"):
        return []  # nobody takes requests there
    if name.startswith("scribe_reader"):
        return ["chip_patch"]
    if name in ("scribe_bytes", "scribe_begin_image", "scribe_end_image"):
        return ["start", "code_row", "finish"]
    raise Failure(f"{caller} calls through a pointer: chips.py doesn't know whom")


def stack_bound(folder: Path) -> int:
    """The deepest stack of `main`, by the compiler's call graph."""
    report = size_report()
    stacks, calls = report.graph(folder)
    for caller, callees in calls.items():
        if "__indirect_call" in callees:
            callees.discard("__indirect_call")
            names = pointed(caller)
            callees.update(title for title in stacks if report.bare(title) in names)
    try:
        return int(report.depth("main", stacks, calls)[0])
    except SystemExit as error:
        raise Failure(str(error)) from error


def linker_script(chip: Chip, program: str) -> str:
    """The chip's memory, and where chip.c's data lie in it."""
    letter = chip.least
    regions = {bank.name: f"bank{i}" for i, bank in enumerate(chip.banks)}
    memory = [f"flash (rx) : ORIGIN = {chip.flash_origin:#x}, LENGTH = {chip.flash[letter]}"]
    memory += [
        f"{regions[bank.name]} (rwx) : ORIGIN = {bank.origin:#x}, LENGTH = {bank.size(letter)}"
        for bank in chip.banks
    ]
    reads = chip.reads if program == "reads" else None
    image = regions[reads.image if reads else chip.banks[0].name]
    reader = regions[reads.reader if reads else chip.banks[0].name]
    main = regions[reads.rest if reads else chip.banks[0].name]
    return f"""ENTRY(main)
chip_port = 0x40000000;
chip_clock = 0x40000004;
MEMORY {{
  {"  ".join(line + chr(10) for line in memory)}}}
SECTIONS {{
  .text : {{ *(.text*) *(.rodata*) *(.srodata*) }} > flash
  .ARM.exidx : {{ *(.ARM.exidx*) }} > flash
  .data : {{ *(.data*) *(.sdata*) }} > {main} AT > flash
  .bss (NOLOAD) : {{ *(.sbss*) *(.bss*) *(COMMON) }} > {main}
  .image (NOLOAD) : {{ *(.image) }} > {image}
  .reader (NOLOAD) : {{ *(.reader) }} > {reader}
  .stack (NOLOAD) : {{ . = ALIGN(8); . += {STACK_ROOM[program]}; }} > {main}
}}
"""


@dataclass
class Program:
    """Bytes of a linked program."""

    flash: int
    ram: int
    stack: int


@dataclass
class Emulated:
    """What a core did in QEMU: instructions of a patch and of an image, stack when reading."""

    patch: int
    image: int
    stack: int


@dataclass
class Bench:
    """A folder for what is built, and what was built and run already."""

    folder: Path
    header: Path
    objects: dict[tuple[str, ...], Path] = field(default_factory=dict)
    emulated: dict[str, Emulated | str] = field(default_factory=dict)
    expected: bytes | None = None

    @classmethod
    def make(cls, folder: Path) -> "Bench":
        """Exports the model."""
        scribe = os.environ.get("SCRIBE", str(ROOT / ".build/release/scribe"))
        if not os.access(scribe, os.X_OK):
            raise Failure(f"{scribe} is missing: make build")
        header = folder / f"{SYMBOL}.h"
        model = str(ROOT / "models/glyph")
        command(scribe, "export-firmware", "--model", model, "--symbol", SYMBOL, "-o", header)
        (folder / "image").write_bytes(gray_image(IMAGE))
        return cls(folder, header)

    def compiled(self, core: Core, program: str, size: tuple[int, int]) -> Path:
        """A folder with the objects of chip.c's program and of all of firmware-proto/src."""
        key = (core.compiler, core.flags, program, f"{size[0]}x{size[1]}")
        if key in self.objects:
            return self.objects[key]
        folder = self.folder / f"objects{len(self.objects)}"
        folder.mkdir()
        upper = SYMBOL.upper()
        defines = [
            f"-DSCRIBE_READER_MAX_WIDTH={size[0]}",
            f"-DSCRIBE_READER_MAX_HEIGHT={size[1]}",
            f'-DMODEL_HEADER="{self.header.name}"',
            f"-DMODEL={SYMBOL}",
            f"-DMODEL_ARENA_WORDS={upper}_ARENA_WORDS",
        ]
        if program == "reads":
            defines.append("-DCHIP_READS")
        options = f"{core.flags} {core.library} -O2 {STRICT} -ffunction-sections -fdata-sections"
        for source in [FOLDER / "chip.c", *sorted((PROTO / "src").glob("*.c"))]:
            command(
                core.compiler,
                *options.split(),
                "-fstack-usage",
                "-fcallgraph-info=su",
                *defines,
                f"-I{PROTO / 'include'}",
                f"-I{self.header.parent}",
                "-c",
                source,
                "-o",
                folder / f"{source.stem}.o",
            )
        self.objects[key] = folder
        return folder

    def program(self, chip: Chip, program: str) -> Program:
        """Links a program for a chip."""
        core, reads = chip.core, chip.reads
        size = (reads.width, reads.height) if program == "reads" and reads else (320, 240)
        objects = self.compiled(core, program, size)
        script = self.folder / f"{chip.name}-{program}.ld"
        script.write_text(linker_script(chip, program))
        linked = script.with_suffix(".elf")
        command(
            core.compiler,
            *core.flags.split(),
            *core.library.split(),
            *sorted(objects.glob("*.o")),
            "-nostartfiles",
            "-Wl,--gc-sections",
            "-T",
            script,
            "-o",
            linked,
        )
        sizes: dict[str, int] = {}
        tool = core.compiler.removesuffix("gcc") + "size"
        for line in command(tool, "-A", linked).splitlines():
            words = line.split()
            if len(words) == 3 and words[0].startswith("."):
                sizes[words[0]] = int(words[1])
        flash = sum(sizes.get(name, 0) for name in (".text", ".ARM.exidx", ".data"))
        ram = sum(sizes.get(name, 0) for name in (".data", ".bss", ".image", ".reader"))
        return Program(flash, ram, stack_bound(objects))

    def run(self, core: Core) -> Emulated | str:
        """Runs self-test, patch and image on an emulated core, or tells why not."""
        if core.machine is None:
            return "no emulator"
        if shutil.which(core.machine.qemu) is None:
            return f"no {core.machine.qemu}"
        if core.name not in self.emulated:
            self.emulated[core.name] = self._run(core)
        return self.emulated[core.name]

    def _run(self, core: Core) -> Emulated:
        environment = {"CORE": core.name}
        image, sent = self.folder / "image", self.folder / f"{core.name}.bytes"
        patch = command(FOLDER / "run", self.header, SYMBOL, environment=environment)
        if f"kernels {core.kernels}\n" not in patch:
            raise Failure(f"{core.name} doesn't run the kernels {core.kernels}")
        read = command(FOLDER / "read", self.header, SYMBOL, image, sent, environment=environment)
        if self.expected is None:
            here = self.folder / "here.bytes"
            command(
                FOLDER / "read", self.header, SYMBOL, image, here, environment={"HOST": "1"}
            )
            self.expected = here.read_bytes()
        if not self.expected or sent.read_bytes() != self.expected:
            raise Failure(f"{core.name} doesn't read what this machine reads")

        def value(text: str, name: str) -> int:
            lines = [line for line in text.splitlines() if line.startswith(name + " ")]
            return int(lines[0].split()[1])

        return Emulated(
            value(patch, "instructions"), value(read, "all_instructions"), value(read, "stack")
        )


HEADINGS = [
    "chip",
    "core, kernels",
    "flash, RAM in KB",
    "camera",
    "sends: flash, RAM, stack",
    "reads",
    "flash, RAM, stack",
    "a patch",
    "an image",
    "self-test",
]


def grouped(number: int) -> str:
    return f"{number:,}"


def millions(number: int) -> str:
    return f"{number / 1e6:.1f} M"


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
    reads = f"{chip.reads.width} x {chip.reads.height}" if chip.reads else "no"
    if shutil.which(core.compiler) is None:
        return [*cells, "", reads, "", "", "", MISSING]

    def sizes(program: str) -> str:
        try:
            found = bench.program(chip, program)
        except Failure as error:
            raise Failure(f"{chip.name} {program}: {error}") from error
        if found.stack > STACK_ROOM[program]:
            raise Failure(f"{chip.name} {program}: {found.stack} bytes of stack")
        return ", ".join(map(grouped, (found.flash, found.ram, found.stack)))

    cells += [sizes("sends"), reads, sizes("reads") if chip.reads else ""]
    ran = bench.run(core)
    if isinstance(ran, str):
        return [*cells, "", "", BUILT]
    assert core.machine is not None
    image = millions(ran.image) if chip.reads else ""
    return [*cells, grouped(ran.patch), image, f"passed, {core.machine.name}"]


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
