"""The library for other programs: from C, from Python, and as a wheel in a fresh environment."""

import functools
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
from pathlib import Path
from typing import Any

import numpy

from measure.programs import ROOT

HERE = ROOT / "scripts/library"
LIBRARY = ROOT / ".build/release/libserialscribe.so"
IMAGE = ROOT / "Tests/Fixtures/board-images/clean_000.png"
TEXT = "brown\neight\nFLOOR"

PROGRAM = r"""
#include "serialscribe_library.h"
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
  (void)count;
  char reason[64];
  if (serialscribe_open(NULL, "[", 0, NULL, words[1], reason, sizeof reason) != NULL) return 1;
  printf("%s\n", reason);
  if (serialscribe_open("", "", 0, "", "/nowhere", NULL, 0) != NULL) return 2;
  serialscribe_reader *reader =
      serialscribe_open("", "", 0, "", words[1], reason, sizeof reason);
  FILE *file = fopen(words[2], "rb");
  static uint8_t bytes[1 << 20];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  serialscribe_page *page =
      serialscribe_read_file(reader, bytes, size, reason, sizeof reason);
  int32_t lines, characters, width, height;
  const serialscribe_line *line = serialscribe_page_lines(page, &lines);
  const serialscribe_character *all = serialscribe_page_characters(page, &characters);
  serialscribe_page_size(page, &width, &height);
  printf("%dx%d %d lines %d characters\n", width, height, lines, characters);
  for (int32_t i = 0; i < lines; i++) {
    printf("%s at %d,%d %dx%d, %d of %d, %d:", line[i].text, line[i].box.x, line[i].box.y,
           line[i].box.width, line[i].box.height, line[i].first, line[i].count, line[i].matches);
    for (int32_t k = 0; k < line[i].count; k++) printf(" %s", all[line[i].first + k].text);
    printf("%s\n", line[i].confidence > 0.5 && line[i].confidence <= 1 ? "" : " no confidence");
  }
  serialscribe_page_free(page);
  if (serialscribe_read_gray(reader, bytes, 100, 100, 99, reason, sizeof reason)) return 3;
  if (serialscribe_read_file(reader, NULL, 0, reason, sizeof reason) != NULL) return 4;
  serialscribe_close(reader);
  serialscribe_close(NULL);
  serialscribe_page_free(NULL);
  return 0;
}
"""


@functools.cache
def serialscribe() -> Any:
    """The package, with the library that was built."""
    os.environ["SERIALSCRIBE_LIBRARY"] = str(LIBRARY)
    os.environ["SERIALSCRIBE_MODELS"] = str(ROOT / "models")
    sys.path.insert(0, str(HERE))
    import serialscribe as package

    return package


@unittest.skipUnless(LIBRARY.exists(), "the library isn't built: scripts/test build")
class Library(unittest.TestCase):
    def test_from_c(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source, program = Path(folder) / "a.c", Path(folder) / "a"
            source.write_text(PROGRAM)
            options = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{HERE}"]
            subprocess.run(
                ["gcc", *options, source, LIBRARY, f"-Wl,-rpath,{LIBRARY.parent}", "-o", program],
                check=True,
            )
            told = subprocess.run(
                [program, ROOT / "models", IMAGE], check=True, capture_output=True, text=True
            ).stdout.splitlines()
        self.assertIn("pattern '['", told[0])
        self.assertLess(len(told[0]), 64)
        self.assertEqual(told[1], "320x240 3 lines 15 characters")
        self.assertRegex(told[2], r"^brown at \d+,\d+ \d+x\d+, 0 of 5, -1: b r o w n$")
        self.assertRegex(told[4], r"^FLOOR at \d+,\d+ \d+x\d+, 10 of 5, -1: F L O O R$")

    def test_from_python(self) -> None:
        package = serialscribe()
        reader = package.Reader()
        page = reader.read(IMAGE)
        self.assertEqual(page.text, TEXT)
        self.assertEqual(reader.read(IMAGE.read_bytes()), page)
        self.assertEqual("".join(c.text for c in page.lines[0].characters), page.lines[0].text)
        self.assertIsNone(page.lines[0].matches_pattern)
        with self.assertRaises(OSError):
            reader.read("/nowhere")
        with self.assertRaisesRegex(package.SerialScribeError, "can't be read"):
            reader.read(b"neither")
        with self.assertRaisesRegex(package.SerialScribeError, "pattern"):
            package.Reader(pattern="[")
        only = package.Reader(pattern="[A-Z]+", only_matching=True).read(IMAGE)
        self.assertEqual([line.text for line in only.lines], ["FLOOR"])
        self.assertTrue(only.lines[0].matches_pattern)

    def test_arrays(self) -> None:
        import cv2

        package = serialscribe()
        reader = package.Reader()
        gray = cv2.imread(str(IMAGE), cv2.IMREAD_GRAYSCALE)
        page = reader.read(gray)
        self.assertEqual(page, reader.read(IMAGE))
        # A part of a larger array lies with gaps between its rows.
        large = numpy.full((300, 500), 255, numpy.uint8)
        large[20:260, 40:360] = gray
        self.assertEqual(reader.read(large[20:260, 40:360]), page)
        frozen = gray.copy()
        frozen.setflags(write=False)
        self.assertEqual(reader.read(frozen), page)
        for other in (numpy.stack([gray] * 3, -1), gray[:, :, None], numpy.asfortranarray(gray)):
            self.assertEqual(reader.read(other).text, page.text)
        self.assertNotEqual(reader.read(gray[::-1]), page)
        for wrong in (gray.astype(float), numpy.zeros((2, 2, 2, 2), numpy.uint8)):
            with self.assertRaises(package.SerialScribeError):
                reader.read(wrong)

    def test_threads_share_a_reader(self) -> None:
        reader = serialscribe().Reader()
        texts: list[str] = []
        threads = [
            threading.Thread(target=lambda: texts.append(reader.read(IMAGE).text)) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(texts, [TEXT] * 6)

    def test_the_wheel(self) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            tools = [ROOT / "scripts/virtual-environment", ROOT / ".data/wheel"]
            if subprocess.run([*tools, HERE / "requirements.txt"], check=False).returncode:
                self.skipTest("the tools for wheels can't be had")
            built = subprocess.run(
                [HERE / "build", LIBRARY, folder], capture_output=True, text=True, check=False
            )
            self.assertEqual(built.returncode, 0, built.stderr[-2000:])
            wheel = built.stdout.strip()
            again = subprocess.run(
                [HERE / "build", LIBRARY, folder / "again"], capture_output=True, check=True
            )
            same = Path(os.fsdecode(again.stdout.strip())).read_bytes()
            self.assertEqual(Path(wheel).read_bytes(), same)
            with zipfile.ZipFile(wheel) as archive:
                names = archive.namelist()
                for name in names:
                    self.assertNotIn(os.fsencode(ROOT), archive.read(name), name)
                    # JBIG-KIT's licence would be that of the whole wheel.
                    self.assertNotIn(b"JBIG-KIT", archive.read(name), name)
            licences = {name.split("/")[-1] for name in names if "/licenses/" in name}
            self.assertLessEqual({"serialscribe", "swift"}, licences)
            for name in names:
                if ".libs/" in name and "libjbig" not in name:
                    library = name.split("/")[-1].split("-")[0].split(".")[0]
                    self.assertTrue(
                        any(licence.startswith(library[:7].lower()) for licence in licences),
                        f"{library}: {licences}",
                    )
            subprocess.run(["/usr/bin/python3", "-m", "venv", folder / "fresh"], check=True)
            python = folder / "fresh/bin/python"
            subprocess.run([python, "-m", "pip", "-q", "install", wheel], check=True)
            clean = {k: v for k, v in os.environ.items() if not k.startswith("SERIALSCRIBE")}
            told = subprocess.run(
                [python, "-m", "serialscribe", IMAGE],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env=clean,
            )
            self.assertEqual((told.stdout, told.returncode), (TEXT + "\n", 0), told.stderr)


if __name__ == "__main__":
    unittest.main()
