"""What is built for chips, and runs on emulated cores: chip.c's programs, run and read."""

import os
import shutil
import struct
import subprocess
import zlib
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from firmware.profiles import FOLDER, Chip, Core

ROOT = FOLDER.parents[1]
PROTO = ROOT / "firmware-proto"
IMAGE = ROOT / "Tests/Fixtures/board-images/clean_001.png"
STRICT = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Werror"
MODEL = ROOT / "models/glyph"
SYMBOL = "net"
# A library function's stack: 64-bit division needs most.
LIBRARY = 96
# Room for the stack that the linker keeps free.
STACK_ROOM = {"sends": 2048, "reads": 4096, "lines": 4096}
# Models of the recognizer, as their headers are named.
LINES = ("finder", "aligner", "line_quick")
# Words of the recognizer's memory for 320 x 240, in one piece or two; of its first piece at least
# (scribe_recognizer.h).
ONE_PIECE, TWO_PIECES, LEAST_FIRST = 20_800, 21_400, 15_744
# The rest of that program: recognizer, encoder, host and stack.
REST = 20 << 10


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
        told = (result.stdout + result.stderr).strip()
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
    vars(module)["LIBRARY"] = LIBRARY
    return module


def stack_bound(folders: list[Path]) -> int:
    """The deepest stack of `main`, by the compiler's call graphs."""
    report = size_report()
    stacks: dict[str, int] = {}
    calls: dict[str, set[str]] = {}
    for folder in folders:
        more_stacks, more_calls = report.graph(folder)
        stacks |= more_stacks
        calls |= more_calls
    try:
        return int(report.depth("main", stacks, calls)[0])
    except SystemExit as error:
        raise Failure(str(error)) from error


@dataclass
class Pieces:
    """The recognizer's memory on a chip: a bank and words of the first piece, and of the second."""

    first: str
    first_words: int
    second: str
    second_words: int


def pieces(chip: Chip) -> Pieces | None:
    """Where the recognizer's memory lies beside an image of 320 x 240; None if it doesn't fit."""
    if not chip.reads:
        return None
    room = {bank.name: bank.size(chip.least) for bank in chip.banks}
    room[chip.reads.image] -= 320 * 240
    room[chip.reads.rest] -= REST
    if room[chip.reads.image] < 0:
        return None
    widest, next_widest = sorted(room, key=lambda name: -room[name])[:2] + [""] * (2 - len(room))
    if room[widest] >= 4 * ONE_PIECE:
        return Pieces(widest, ONE_PIECE, widest, 0)
    words = room[widest] // 4
    left = TWO_PIECES - words
    if words < LEAST_FIRST or not next_widest or room[next_widest] < 4 * left:
        return None
    return Pieces(widest, words, next_widest, left)


def linker_script(chip: Chip, program: str) -> str:
    """The chip's memory, and where chip.c's data lie in it."""
    letter = chip.least
    regions = {bank.name: f"bank{i}" for i, bank in enumerate(chip.banks)}
    memory = [f"flash (rx) : ORIGIN = {chip.flash_origin:#x}, LENGTH = {chip.flash[letter]}"]
    memory += [
        f"{regions[bank.name]} (rwx) : ORIGIN = {bank.origin:#x}, LENGTH = {bank.size(letter)}"
        for bank in chip.banks
    ]
    reads = chip.reads if program != "sends" else None
    memory_of = pieces(chip) if program == "lines" else None
    first = regions[memory_of.first if memory_of else chip.banks[0].name]
    second = regions[memory_of.second if memory_of else chip.banks[0].name]
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
  .first (NOLOAD) : {{ *(.first) }} > {first}
  .second (NOLOAD) : {{ *(.second) }} > {second}
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
    """What a core did in QEMU: instructions of a patch, of an image read character by character and
    by lines; stacks of both."""

    patch: int
    image: int
    stack: int
    lines_image: int
    lines_stack: int


@dataclass
class Bench:
    """A folder for what is built, and what was built and run already."""

    scribe: str
    folder: Path
    header: Path
    objects: dict[tuple[str, ...], Path] = field(default_factory=dict)
    emulated: dict[str, Emulated | str] = field(default_factory=dict)
    expected: tuple[bytes, bytes, str] | None = None

    @classmethod
    def make(cls, folder: Path) -> "Bench":
        """Exports the model."""
        scribe = os.environ.get("SCRIBE", str(ROOT / ".build/release/scribe"))
        if not os.access(scribe, os.X_OK):
            raise Failure(f"{scribe} is missing: make build")
        header = folder / f"{SYMBOL}.h"
        command(scribe, "export-firmware", "--model", MODEL, "--symbol", SYMBOL, "-o", header)
        for name in LINES:
            model = name.replace("_", "-")
            command(scribe, "export-firmware", "--model", model, "-o", folder / f"{name}.h")
        (folder / "image").write_bytes(gray_image(IMAGE))
        return cls(scribe, folder, header)

    def fits(self, chip: Chip) -> bool:
        """Whether the program takes this board for the model."""
        export = [self.scribe, "export-firmware", "--model", str(MODEL), "--board", chip.name]
        try:
            command(*export, "--symbol", SYMBOL, "-o", self.folder / "fits.h")
        except Failure as failure:
            if "doesn't fit" not in str(failure):
                raise
            return False
        return True

    def compiled(
        self, core: Core, size: tuple[int, int], program: str = "", memory: Pieces | None = None
    ) -> Path:
        """A folder with the objects of firmware-proto/src, or with chip.c's of a program."""
        key = (core.compiler, core.flags, program, f"{size[0]}x{size[1]}", f"{memory}")
        if key in self.objects:
            return self.objects[key]
        folder = self.folder / f"objects{len(self.objects)}"
        folder.mkdir()
        defines = [
            f"-DSCRIBE_READER_MAX_WIDTH={size[0]}",
            f"-DSCRIBE_READER_MAX_HEIGHT={size[1]}",
            f'-DMODEL_HEADER="{self.header.name}"',
            f"-DMODEL={SYMBOL}",
            f"-DMODEL_ARENA_WORDS={SYMBOL.upper()}_ARENA_WORDS",
        ]
        if program == "reads":
            defines.append("-DCHIP_READS")
        if memory:
            defines.append("-DCHIP_LINES")
            defines.append(f"-DFIRST_WORDS={memory.first_words}")
            defines.append(f"-DSECOND_WORDS={memory.second_words}")
        options = f"{core.flags} {core.library} -O2 {STRICT} -ffunction-sections -fdata-sections"
        options += " -fstack-usage -fcallgraph-info=su"
        for source in [FOLDER / "chip.c"] if program else sorted((PROTO / "src").glob("*.c")):
            command(
                core.compiler,
                *options.split(),
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
        memory = pieces(chip) if program == "lines" else None
        folders = [self.compiled(core, size), self.compiled(core, size, program, memory)]
        script = self.folder / f"{chip.name}-{program}.ld"
        script.write_text(linker_script(chip, program))
        linked = script.with_suffix(".elf")
        command(
            core.compiler,
            *core.flags.split(),
            *core.library.split(),
            *(path for folder in folders for path in sorted(folder.glob("*.o"))),
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
        parts = (".data", ".bss", ".image", ".reader", ".first", ".second")
        ram = sum(sizes.get(name, 0) for name in parts)
        return Program(flash, ram, stack_bound(folders))

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
        lines_sent = self.folder / f"{core.name}.lines"
        read = command(FOLDER / "read", self.header, SYMBOL, image, sent, environment=environment)
        lines = command(
            FOLDER / "recognize", self.folder, image, lines_sent, environment=environment
        )
        if self.expected is None:
            here, host = self.folder / "here.bytes", {"HOST": "1"}
            command(FOLDER / "read", self.header, SYMBOL, image, here, environment=host)
            text = here.read_bytes()
            command(FOLDER / "recognize", self.folder, image, here, environment=host)
            self.expected = text, here.read_bytes(), command(FOLDER / "coders", environment=host)
        text, by_lines, coded = self.expected
        if not text or sent.read_bytes() != text:
            raise Failure(f"{core.name} doesn't read what this machine reads")
        if not by_lines or lines_sent.read_bytes() != by_lines:
            raise Failure(f"{core.name} doesn't read the lines that this machine reads")
        if command(FOLDER / "coders", environment=environment) != coded:
            raise Failure(f"{core.name} doesn't send what this machine sends")

        def value(text: str, name: str) -> int:
            lines = [line for line in text.splitlines() if line.startswith(name + " ")]
            return int(lines[0].split()[1])

        return Emulated(
            value(patch, "instructions"),
            value(read, "all_instructions"),
            value(read, "stack"),
            value(lines, "all_instructions"),
            value(lines, "stack"),
        )
