"""What the confidence is fitted to, with a stand-in for the program."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

SCRIPTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SCRIPTS))

import confidence  # noqa: E402

STAND_IN = """#!/usr/bin/python3
import json, pathlib, sys
folder = pathlib.Path(sys.argv[-1])
for name in json.loads((folder / "truth.json").read_text()):
    number = int(name.split(".")[0])
    is_print = folder.name == "text"
    size = (3.0 if is_print else -3.0) + number % 5 / 10
    print(json.dumps({"image": name, "lines": [{"features": [1, size], "print": is_print}]}))
print(json.dumps({"tier": "ALL", "images": 1}))
"""


class Confidence(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.scribe = self.folder / "scribe"
        self.scribe.write_text(STAND_IN)
        self.scribe.chmod(0o755)
        for name, text in (("text", "AB"), ("none", "")):
            (self.folder / name).mkdir()
            truth = {f"{k}.png": {"text": text} for k in range(200)}
            (self.folder / name / "truth.json").write_text(json.dumps(truth))

    def test_lines_and_pictures_without_text(self):
        found, empty = confidence.lines_of(str(self.scribe), str(self.folder / "none"))
        self.assertEqual((len(found), len(empty)), (200, 200))
        self.assertEqual(found[3], (f"{self.folder}/none/3.png", [1, -2.7], False))
        found, empty = confidence.lines_of(str(self.scribe), str(self.folder / "text"))
        self.assertEqual((len(found), empty), (200, []))

    def test_what_differs_is_parted(self):
        x = np.array([[1.0, v] for v in (-2, -1, -1.5, 1, 2, 1.5)])
        y = np.array([0, 0, 0, 1, 1, 1.0])
        p = confidence.probabilities(x, confidence.fit(x, y))
        self.assertTrue((p[:3] < 0.5).all() and (p[3:] > 0.5).all())

    def test_least_is_what_one_in_a_hundred_reaches(self):
        names = [str(k) for k in range(200)]
        p = np.arange(200) / 200
        least = confidence.least_print(names, p, names)
        self.assertEqual(int((p >= least).sum()), 2)
        # Pictures of which nothing was read count, too.
        least = confidence.least_print(names, p, names + [f"more {k}" for k in range(100)])
        self.assertIn(int((p >= least).sum()), (3, 4))  # it is rounded

    def test_the_command(self):
        result = subprocess.run(
            [sys.executable, SCRIPTS / "confidence.py", self.scribe, self.folder / "text",
             self.folder / "none"], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("kept 100.00 % of print and 0.00 % of the rest", result.stdout)


if __name__ == "__main__":
    unittest.main()
