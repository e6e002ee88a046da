"""The firmware's C on each core that an emulator has, under sanitizers, and under linters."""

import shutil
import tempfile
import unittest
from pathlib import Path

from firmware import bench, profiles
from firmware.bench import FOLDER, PROTO, STRICT

SOURCES = sorted((PROTO / "src").glob("*.c"))
PICOLIBC = Path("/usr/lib/picolibc/riscv64-unknown-elf/include")
# Compilers by the bits of size_t.
WIDTHS = {
    16: "avr-gcc -mmcu=atmega328p -Os -std=c99",
    32: "arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb -O2",
    64: "gcc -O2",
}


class Cores(unittest.TestCase):
    @unittest.skipIf(shutil.which("gcc") is None, "there is no gcc")
    def test_every_coder_sends_the_same_bytes(self) -> None:
        # This machine's are made under the address and undefined-behaviour sanitizers.
        expected = bench.command(FOLDER / "coders", environment={"HOST": "1"})
        self.assertRegex(expected, r"packets \d{3,}\nbytes \d{6,}\ncrc \d+\n")
        cores, _ = profiles.load()
        for core in cores.values():
            tools = [core.compiler, *([core.machine.qemu] if core.machine else [])]
            with self.subTest(core.name):
                if core.machine is None:
                    continue
                lacking = [tool for tool in tools if shutil.which(tool) is None]
                if "picolibc" in core.library and not PICOLIBC.is_dir():
                    lacking.append("picolibc")
                if lacking:
                    self.skipTest(f"there is no {lacking[0]}")
                sent = bench.command(FOLDER / "coders", environment={"CORE": core.name})
                self.assertEqual(sent, expected)


class Compilers(unittest.TestCase):
    def test_no_conversion_is_silent_at_any_size_of_size_t(self) -> None:
        for bits, words in WIDTHS.items():
            compiler = words.split()[0]
            with self.subTest(bits=bits):
                if shutil.which(compiler) is None:
                    self.skipTest(f"there is no {compiler}")
                with tempfile.TemporaryDirectory() as folder:
                    probe = Path(folder) / "probe.c"
                    probe.write_text(
                        "#include <stddef.h>\n"
                        f"typedef char width[sizeof(size_t) * 8 == {bits} ? 1 : -1];\n"
                    )
                    for source in [probe, *SOURCES]:
                        options = [*words.split(), *STRICT.split(), f"-I{PROTO / 'include'}"]
                        bench.command(*options, "-c", source, "-o", Path(folder) / "object.o")

    @unittest.skipIf(shutil.which("clang-tidy") is None, "there is no clang-tidy")
    def test_no_division_or_shift_is_in_doubt(self) -> None:
        checks = "--checks=-*,clang-analyzer-*"
        options = ["-std=c99", f"-I{PROTO / 'include'}"]
        bench.command("clang-tidy", checks, "--warnings-as-errors=*", *SOURCES, "--", *options)
        # It sees what it is asked for.
        with tempfile.TemporaryDirectory() as folder:
            doubtful = Path(folder) / "doubtful.c"
            doubtful.write_text("int f(int a) { if (a != 0) return 1; return 5 / a; }\n")
            with self.assertRaisesRegex(bench.Failure, "[Dd]ivision by zero"):
                bench.command("clang-tidy", checks, "--warnings-as-errors=*", doubtful, "--")


if __name__ == "__main__":
    unittest.main()
