"""Weights that are found again, and tables of looks from a stand-in."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path

import numpy as np

from measure.programs import ROOT, SCRIBE, output
from measure.tune import confidence
from tests.commands import SCRIPTS, run, stand_in

LAUNCHER = SCRIPTS / "python"

STAND_IN = """#!/usr/bin/python3
import json, sys
looks = ["finder", "grid", "drum"]
if "--looks" in sys.argv:
    looks = sys.argv[sys.argv.index("--looks") + 1].split(",")
total = {"tier": "ALL", "images": 10, "textFreeImages": 0, "imagesContained": len(looks) / 10,
         "textFreeImagesRead": 0, "medianMilliseconds": 1.5}
if sys.argv[-1] == "free":
    total |= {"textFreeImages": 10, "imagesContained": None, "textFreeImagesRead": 2}
print(json.dumps({"image": "a.png"}))
print(json.dumps(total))
"""


FEATURES = """#!/usr/bin/python3
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
    def test_boards_have_the_weights_of_the_host(self) -> None:
        text = confidence.TARGET.read_text()
        weights, least = confidence.written(text)
        self.assertEqual(confidence.swift_text(np.array(weights), least), text)
        self.assertEqual(confidence.c_text(weights, least), confidence.HEADER.read_text())

    def test_weights_are_found_again(self) -> None:
        rng = np.random.default_rng(1)
        x = np.column_stack([np.ones(4000), rng.normal(size=(4000, 2))])
        wanted = np.array([-0.5, 2.0, -1.0])
        y = (rng.random(4000) < 1 / (1 + np.exp(-x @ wanted))).astype(float)
        found = confidence.fit(x, y)
        self.assertLess(np.abs(found - wanted).max(), 0.25)

    def test_pictures_are_held_out_by_name(self) -> None:
        names = [f"folder/{k}.png" for k in range(300)]
        out = sum(map(confidence.held_out, names))
        self.assertTrue(60 < out < 140)
        self.assertEqual(out, sum(map(confidence.held_out, names)))


class ConfidenceCommand(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.scribe = stand_in(self.folder / "scribe", FEATURES)
        for name, text in (("text", "AB"), ("none", "")):
            (self.folder / name).mkdir()
            truth = {f"{k}.png": {"text": text} for k in range(200)}
            (self.folder / name / "truth.json").write_text(json.dumps(truth))

    def test_lines_and_pictures_without_text(self) -> None:
        found, empty = confidence.lines_of(str(self.scribe), str(self.folder / "none"))
        self.assertEqual((len(found), len(empty)), (200, 200))
        self.assertEqual(found[3], (f"{self.folder}/none/3.png", [1, -2.7], False))
        found, empty = confidence.lines_of(str(self.scribe), str(self.folder / "text"))
        self.assertEqual((len(found), empty), (200, []))

    def test_what_differs_is_parted(self) -> None:
        x = np.array([[1.0, v] for v in (-2, -1, -1.5, 1, 2, 1.5)])
        y = np.array([0, 0, 0, 1, 1, 1.0])
        p = confidence.probabilities(x, confidence.fit(x, y))
        self.assertTrue((p[:3] < 0.5).all() and (p[3:] > 0.5).all())

    def test_least_is_what_few_pictures_without_text_reach(self) -> None:
        names = [str(k) for k in range(400)]
        p = np.arange(400) / 400
        for more in (0, 400):
            # Pictures of which nothing was read count, too; the least is rounded to hundredths.
            empty = names + [f"more {k}" for k in range(more)]
            least = confidence.least_print(names, p, empty)
            self.assertAlmostEqual((p >= least).sum(), confidence.GHOSTS * len(empty), delta=4)

    def test_the_command(self) -> None:
        folders = [self.folder / name for name in ("text", "none")]
        result = run([LAUNCHER, "measure.tune.confidence", self.scribe, *folders])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("kept 100.00 % of print and 0.00 % of the rest", result.stdout)


class Mounts(unittest.TestCase):
    @unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
    def test_each_mount_is_made_and_found(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(ROOT / "Tests/Fixtures/board-images/clean_000.png", folder)
            shown = output([LAUNCHER, "measure.tune.mounts", folder])
        rows = [row.split(" | ")[:3] for row in shown.splitlines()[2:]]
        names = "upright upside-down upright,mirrored upside-down,mirrored right left".split()
        self.assertEqual(rows, [[f"| {name}", "1 of 1", "0"] for name in names])


class Ablation(unittest.TestCase):
    def test_a_row_for_each_part(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = stand_in(Path(folder) / "scribe", STAND_IN)
            shown = output([LAUNCHER, "measure.tune.ablate", program, "full", "free"])
        self.assertIn("| all | 3 of 10 | 1.50 | 2 of 10 without text | 1.50 |", shown)
        self.assertIn("| without `grid` | 2 of 10 |", shown)
        self.assertIn("| `finder` alone | 1 of 10 |", shown)
        self.assertEqual(len(shown.splitlines()), 11)


if __name__ == "__main__":
    unittest.main()
