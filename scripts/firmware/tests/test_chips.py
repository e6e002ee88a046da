"""chips.json, what is built by it, and the document with its table."""

import contextlib
import dataclasses
import io
import os
import shutil
import struct
import subprocess
import tempfile
import unittest
import zlib
from pathlib import Path

from firmware import bench, chips, profiles
from firmware.bench import PROTO, ROOT, Bench, Failure


def lacking() -> str | None:
    """Why the table can't be made here as the document has it."""
    for compiler in ("arm-none-eabi-gcc", "riscv64-unknown-elf-gcc"):
        if shutil.which(compiler) is None:
            return f"there is no {compiler}"
        version = subprocess.run(
            [compiler, "-dumpfullversion"], capture_output=True, text=True, check=False
        ).stdout.strip()
        if not version.startswith("12.2"):
            return f"the document is of {compiler} 12.2, here is {version}"
    if not Path("/usr/lib/picolibc/riscv64-unknown-elf").is_dir():
        return "there is no picolibc for RISC-V"
    for tool in ("qemu-system-arm", "qemu-system-riscv32", "gcc"):
        if shutil.which(tool) is None:
            return f"there is no {tool}"
    if not os.access(os.environ.get("SCRIBE", ROOT / ".build/release/scribe"), os.X_OK):
        return "scribe isn't built"
    return None


class Profiles(unittest.TestCase):
    def setUp(self) -> None:
        self.cores, self.chips = profiles.load()
        self.by_name = {chip.name: chip for chip in self.chips}

    def test_every_chip_that_was_promised(self) -> None:
        names = (
            "STM32F405 STM32F407 STM32F429 STM32F446 STM32F746 STM32H743 STM32L476 STM32L4R5 "
            "STM32L4S5 STM32F103 STM32F401 STM32F411 RP2040 RP2350 ESP32 ESP32-S3 NRF52840 "
            "CH32V307"
        ).split()
        self.assertLessEqual(set(names), set(self.by_name))
        self.assertEqual(len(self.by_name), len(self.chips))

    def test_banks_are_apart_and_hold_what_they_are_for(self) -> None:
        for chip in self.chips:
            with self.subTest(chip.name):
                for letter in chip.flash:
                    ends = sorted((b.origin, b.origin + b.size(letter)) for b in chip.banks)
                    for (_, end), (after, _) in zip(ends, ends[1:]):
                        self.assertLessEqual(end, after)
                    self.assertTrue(all(start < end for start, end in ends))
                if chip.reads:
                    # A camera's DMA writes the image, and packets leave by DMA.
                    self.assertTrue(chip.bank(chip.reads.image).dma)
                    self.assertTrue(chip.bank(chip.reads.rest).dma)
                    self.assertEqual(chip.bank(chip.reads.reader).name, chip.reads.reader)
                else:
                    self.assertTrue(chip.why)

    def test_the_recognizers_memory(self) -> None:
        header = (PROTO / "include/scribe_recognizer.h").read_text()
        self.assertIn(f"#define SCRIBE_RECOGNIZER_ARENA_WORDS {bench.ONE_PIECE}\n", header)
        self.assertIn("LEAST_WORDS ((118u * SCRIBE_RECOGNIZER_MAX_COLUMNS + 2560u) / 4)", header)
        self.assertEqual(bench.LEAST_FIRST, (118 * 512 + 2560) // 4)
        one = bench.pieces(self.by_name["RP2040"])
        assert one is not None
        self.assertEqual((one.first_words, one.second_words), (bench.ONE_PIECE, 0))
        two = bench.pieces(self.by_name["STM32F407"])
        assert two is not None
        self.assertEqual((two.first, two.second), ("CCM", "SRAM"))
        self.assertEqual(two.first_words + two.second_words, bench.TWO_PIECES)
        self.assertIsNone(bench.pieces(self.by_name["STM32F446"]))
        self.assertIsNone(bench.pieces(self.by_name["STM32F103"]))

    def test_the_programs_table_is_of_today(self) -> None:
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            status = chips.main(["--swift", "--check"])
        self.assertEqual((status, told.getvalue()), (0, ""))

    def test_the_boards_program_has_the_same_core(self) -> None:
        self.assertIn(self.cores["cortex-m4"].flags, (PROTO / "board/Makefile").read_text())

    def test_what_a_shell_gets(self) -> None:
        script = f"""set -eu; v=$({ROOT}/scripts/firmware/chips --core cortex-m33); eval "$v"
            echo "$compiler|$core_flags|$memory|$qemu" """
        text = bench.command("sh", "-c", script)
        for part in ("arm-none-eabi-gcc|", "-mcpu=cortex-m33", "ram_origin=0x38000000", "an505"):
            self.assertIn(part, text)
        for name, reason in (("cortex-m99", "cortex-m33"), ("xtensa-lx6", "nothing emulates")):
            with self.assertRaisesRegex(profiles.UnknownName, reason):
                profiles.variables(name)

    def test_names(self) -> None:
        found = chips.chosen(["h743", "RP2040", "STM32F407"], self.chips)
        self.assertEqual([chip.name for chip in found], ["STM32H743", "RP2040", "STM32F407"])
        with self.assertRaisesRegex(profiles.UnknownName, "Known: .*RP2350"):
            chips.chosen(["Z80"], self.chips)


class Parts(unittest.TestCase):
    def test_png_of_every_filter(self) -> None:
        width, height = 7, 5
        rows = [bytes((x * 37 + y * 91 + x * y) & 255 for x in range(width)) for y in range(height)]
        packed, above = b"", bytes(width)
        for kind, row in enumerate(rows):
            packed += bytes([kind])
            for x in range(width):
                left, up = row[x - 1] if x else 0, above[x]
                corner = above[x - 1] if x else 0
                guess = left + up - corner
                # The order in which PNG prefers equally near ones.
                paeth = sorted((left, up, corner), key=lambda v: abs(guess - v))[0]
                packed += bytes([(row[x] - (0, left, up, (left + up) // 2, paeth)[kind]) & 255])
            above = row

        def chunk(kind: bytes, body: bytes) -> bytes:
            return struct.pack(">I4s", len(body), kind) + body + bytes(4)

        header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        data = bytes(8) + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(packed))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "gray.png"
            path.write_bytes(data)
            expected = struct.pack("<HH", width, height) + b"".join(rows)
            self.assertEqual(bench.gray_image(path), expected)

    def test_a_call_that_nobody_knows_has_no_bound(self) -> None:
        label = 'label: "main\\nmain.c:1:5\\n8 bytes (static)"'
        graph = f"""node: {{ title: "main" {label} }}
            edge: {{ sourcename: "main" targetname: "__indirect_call" }}"""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "scribe_new.ci").write_text(graph)
            with self.assertRaisesRegex(Failure, "main of scribe_new calls through a pointer"):
                bench.stack_bound([Path(folder)])
            (Path(folder) / "scribe_new.ci").rename(Path(folder) / "scribe_flow.ci")
            self.assertEqual(bench.stack_bound([Path(folder)]), 8)

    def test_the_document_keeps_its_words(self) -> None:
        text = f"a\n{chips.BEGIN}\nold\n{chips.END}\nb\n"
        self.assertEqual(
            chips.replaced(text, "| new |\n"), f"a\n{chips.BEGIN}\n| new |\n{chips.END}\nb\n"
        )


@unittest.skipIf(lacking() is not None, lacking() or "")
class Builds(unittest.TestCase):
    def test_what_does_not_fit_is_told(self) -> None:
        _, all_chips = profiles.load()
        chip = next(chip for chip in all_chips if chip.name == "STM32F446")
        banks = [dataclasses.replace(chip.banks[0], sizes={"": 100 << 10})]
        small = dataclasses.replace(chip, banks=banks)
        with tempfile.TemporaryDirectory() as folder:
            made = Bench.make(Path(folder))
            self.assertGreater(made.program(chip, "reads").ram, 100 << 10)
            with self.assertRaisesRegex(Failure, "overflowed|will not fit"):
                made.program(small, "reads")
            self.assertTrue(made.fits(chip))
            self.assertFalse(made.fits(dataclasses.replace(chip, name="STM32F410")))

    def test_the_document_has_what_the_command_prints(self) -> None:
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            status = chips.main(["--check"])
        self.assertEqual((status, told.getvalue()), (0, ""), "scripts/firmware/chips --write")


if __name__ == "__main__":
    unittest.main()
