"""Tests of scripts/tune: weights that are found again, and tables of looks from a stand-in."""
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
except ImportError as error:
    raise unittest.SkipTest("there is no numpy") from error

TUNE = Path(__file__).resolve().parents[1] / "tune"
sys.path.insert(0, str(TUNE))
import confidence  # noqa: E402

STAND_IN = """#!/usr/bin/python3
import json, sys
looks = sys.argv[sys.argv.index("--looks") + 1].split(",")
total = {"tier": "ALL", "images": 10, "textFreeImages": 0, "imagesContained": len(looks) / 10,
         "textFreeImagesRead": 0, "medianMilliseconds": 1.5}
if sys.argv[-1] == "free":
    total |= {"textFreeImages": 10, "imagesContained": None, "textFreeImagesRead": 2}
print(json.dumps({"image": "a.png"}))
print(json.dumps(total))
"""


class Confidence(unittest.TestCase):
    def test_weights_are_found_again(self):
        rng = np.random.default_rng(1)
        x = np.column_stack([np.ones(4000), rng.normal(size=(4000, 2))])
        wanted = np.array([-0.5, 2.0, -1.0])
        y = (rng.random(4000) < 1 / (1 + np.exp(-x @ wanted))).astype(float)
        found = confidence.fit(x, y, np.ones(4000))
        self.assertLess(np.abs(found - wanted).max(), 0.25)

    def test_pictures_are_held_out_by_name(self):
        names = [f"folder/{k}.png" for k in range(300)]
        out = sum(map(confidence.held_out, names))
        self.assertTrue(60 < out < 140)
        self.assertEqual(out, sum(map(confidence.held_out, names)))


class Ablation(unittest.TestCase):
    def test_a_row_for_each_look(self):
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "scribe"
            program.write_text(STAND_IN)
            os.chmod(program, stat.S_IRWXU)
            shown = subprocess.run([sys.executable, str(TUNE / "ablate.py"), str(program), "full",
                                    "free"], capture_output=True, text=True, check=True).stdout
        self.assertIn("| all | 6 of 10 | 1.50 | 2 of 10 without text | 1.50 |", shown)
        self.assertIn("| without grid | 5 of 10 |", shown)
        self.assertIn("| finder alone | 1 of 10 |", shown)
        self.assertEqual(len(shown.splitlines()), 12)


if __name__ == "__main__":
    unittest.main()
