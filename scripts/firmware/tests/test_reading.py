"""The costs of the recognizer are those that READING.md states."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

from firmware import bench
from firmware.bench import FOLDER, PROTO

FIXTURES = FOLDER.parent.parent / "Tests/Fixtures/board-images"
TOOLS = ("arm-none-eabi-gcc", "qemu-system-arm")
lacking = [tool for tool in TOOLS if shutil.which(tool) is None]


@unittest.skipIf(lacking, f"there is no {' '.join(lacking)}")
class Reading(unittest.TestCase):
    def test_the_document_states_what_is_printed(self) -> None:
        printed = bench.command(FOLDER / "reading", FIXTURES)
        document = (PROTO / "READING.md").read_text()
        compiler = bench.command("arm-none-eabi-gcc", "-dumpfullversion")
        named = re.search(r"gcc (\d+\.\d+) at -O2", document)
        if named is None or not compiler.startswith(f"{named[1]}."):
            self.skipTest("READING.md names another compiler")
        table = document.split("| `scripts/firmware/reading` | mean", 1)[1].split("\n\n", 1)[0]
        rows = re.findall(r"^\| ([a-z ]+) \| ([\d.]+) M \| (.*) M \|$", table, re.M)
        self.assertEqual(len(rows), 2)
        for name, mean, rest in rows:
            least, most = rest.split(" M | ")
            pattern = rf"^{name}, M +{mean} +{least} +{most}$"
            self.assertRegex(printed, re.compile(pattern, re.M))

    def test_a_folder_without_images_is_told(self) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            self.assertRaisesRegex(bench.Failure, "no gray PNG of at most 320 x 240"),
        ):
            bench.command(FOLDER / "reading", Path(folder))
