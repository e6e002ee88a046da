"""The tables that the program writes, read by Python's own reader and held against its JSON."""

import csv
import io
import os
import shutil
import tempfile
import unittest
from pathlib import Path

from measure.programs import ENVIRONMENT, ROOT, SCRIBE, output, records

PROGRAM = Path(os.environ.get("SCRIBE", SCRIBE)).resolve()
IMAGES = ROOT / "Tests/Fixtures/board-images"


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
class Tables(unittest.TestCase):
    def test_lines(self) -> None:
        with tempfile.TemporaryDirectory() as path:
            odd = Path(path) / 'a, "b" c.png'
            shutil.copy(IMAGES / "clean_001.png", odd)
            words: list[str | Path] = [PROGRAM, "recognize", odd, IMAGES / "clean_000.png"]
            expected = [
                {
                    "time": "",
                    "camera": "",
                    "source": "",
                    "image": reading["image"],
                    "line": str(number),
                    "text": line["text"],
                    "confidence": str(line["confidence"]),
                    **{key: str(value) for key, value in line["box"].items()},
                }
                for reading in records([*words, "--json"], ENVIRONMENT)
                for number, line in enumerate(reading["lines"], 1)
            ]
            self.assertEqual(len(expected), 7)
            for form, options in (
                ("lines-csv", {}),
                ("lines-tsv", {"delimiter": "\t", "quoting": csv.QUOTE_NONE}),
            ):
                text = output([*words, "--as", form], ENVIRONMENT)
                rows = csv.DictReader(io.StringIO(text, newline=""), **options)  # type: ignore
                self.assertEqual(list(rows), expected, form)


if __name__ == "__main__":
    unittest.main()
