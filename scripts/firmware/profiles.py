"""Chips, their cores and the machines that have such a core: chips.json, which tells what is what.

`variables` are those of a shell that builds and runs for a core; `swift` is the table that the
program knows boards by.
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TABLE = FOLDER / "chips.json"


class UnknownName(Exception):
    """A name that chips.json doesn't have, with those that it has."""


@dataclass(frozen=True)
class Machine:
    """A machine of QEMU. `flash` and `ram` are origin and size, as linkers take them."""

    name: str
    qemu: str
    options: str
    flash: tuple[str, str]
    ram: tuple[str, str]
    defines: str


@dataclass(frozen=True)
class Core:
    name: str
    compiler: str
    flags: str
    library: str
    kernels: str
    machine: Machine | None


@dataclass(frozen=True)
class Bank:
    """RAM in one piece. Bytes by the letter of the flash size, or by "" for all."""

    name: str
    origin: int
    sizes: dict[str, int]
    dma: bool

    def size(self, letter: str) -> int:
        return self.sizes.get(letter, self.sizes.get("", 0))


@dataclass(frozen=True)
class Reads:
    """Banks of the image, of the reader with its arena, and of the rest; the largest image."""

    image: str
    reader: str
    rest: str
    width: int
    height: int


@dataclass(frozen=True)
class Chip:
    name: str
    core: Core
    flash_origin: int
    flash: dict[str, int]
    banks: list[Bank]
    camera: str | None
    reads: Reads | None
    why: str
    unverified: list[str]

    @property
    def least(self) -> str:
        """The letter of the part with the least flash."""
        return min(self.flash, key=lambda letter: self.flash[letter])

    def bank(self, name: str) -> Bank:
        return next(bank for bank in self.banks if bank.name == name)


def _sizes(kilobytes: int | dict[str, int]) -> dict[str, int]:
    sizes = kilobytes if isinstance(kilobytes, dict) else {"": kilobytes}
    return {letter: size << 10 for letter, size in sizes.items()}


def load(path: Path = TABLE) -> tuple[dict[str, Core], list[Chip]]:
    """Cores by their names, and the chips in their order."""
    table = json.loads(path.read_text())
    machines = {
        name: Machine(
            name=name,
            qemu=entry["qemu"],
            options=entry["options"],
            flash=tuple(entry["flash"]),
            ram=tuple(entry["ram"]),
            defines=entry["defines"],
        )
        for name, entry in table["machines"].items()
    }
    cores = {
        name: Core(
            name=name,
            compiler=entry["compiler"],
            flags=entry["flags"],
            library=entry["library"],
            kernels=entry["kernels"],
            machine=machines[entry["machine"]] if entry["machine"] else None,
        )
        for name, entry in table["cores"].items()
    }
    chips = []
    for entry in table["chips"]:
        reads = None
        if entry["reads"]:
            lie = entry["reads"]
            image, rest = lie["image"], lie.get("rest", lie["image"])
            reads = Reads(image, lie["reader"], rest, *lie["largest"])
        chips.append(
            Chip(
                name=entry["name"],
                core=cores[entry["core"]],
                flash_origin=int(entry["flash"]["origin"], 0),
                flash=_sizes(entry["flash"]["kilobytes"]),
                banks=[
                    Bank(
                        bank["name"], int(bank["origin"], 0), _sizes(bank["kilobytes"]), bank["dma"]
                    )
                    for bank in entry["banks"]
                ],
                camera=entry["camera"],
                reads=reads,
                why=entry.get("why", ""),
                unverified=entry.get("unverified", []),
            )
        )
    return cores, chips


def variables(name: str) -> str:
    """Assignments for a shell: what builds for this core, and what runs it."""
    cores, _ = load()
    core = cores.get(name)
    if core is None:
        raise UnknownName(f"there is no core {name}. Known: {', '.join(cores)}")
    if core.machine is None:
        raise UnknownName(f"nothing emulates {name} here")
    machine = core.machine
    symbols = {
        "flash_origin": machine.flash[0],
        "flash_size": machine.flash[1],
        "ram_origin": machine.ram[0],
        "ram_size": machine.ram[1],
    }
    values = {
        "compiler": core.compiler,
        "core_flags": core.flags,
        "library": core.library,
        "defines": machine.defines,
        "memory": "-Wl," + ",".join(f"--defsym={key}={value}" for key, value in symbols.items()),
        "qemu": f"{machine.qemu} {machine.options}",
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())


def _swift_sizes(sizes: dict[str, int]) -> str:
    items = ", ".join(f'"{letter}": {size >> 10}' for letter, size in sizes.items())
    return f"[{items}]"


def _swift_bank(bank: Bank) -> str:
    start = f'name: "{bank.name}", dma: {str(bank.dma).lower()},'
    sizes = f"kilobytes: {_swift_sizes(bank.sizes)})"
    line = f"        Bank({start} {sizes}"
    return line if len(line) < 100 else f"        Bank(\n          {start}\n          {sizes}"


def swift(chips: list[Chip]) -> str:
    """Sources/Export/ChipTable.swift."""
    text = """// Written by scripts/firmware/chips from chips.json.

extension Chip {
  /// The chips that boards have.
  static let all: [Chip] = [
"""
    entries = []
    for chip in chips:
        camera = f'"{chip.camera}"' if chip.camera else "nil"
        banks = ",\n".join(_swift_bank(bank) for bank in chip.banks)
        # A comma stands behind the last of several.
        banks += "," if len(chip.banks) > 1 else ""
        reads = "nil"
        if chip.reads:
            reads = (
                f'Reads(\n        image: "{chip.reads.image}", reader: "{chip.reads.reader}", '
                f"width: {chip.reads.width}, height: {chip.reads.height})"
            )
        entries.append(f"""    Chip(
      name: "{chip.name}", kernels: "{chip.core.kernels}",
      flash: {_swift_sizes(chip.flash)},
      banks: [
{banks}
      ],
      camera: {camera},
      reads: {reads},
      whyNot: "{chip.why}"),
""")
    text += "".join(entries)
    return text + "  ]\n}\n"
