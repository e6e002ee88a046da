"""What novelty is worth: numbers of rankings, and the tables, by a stand-in for the program."""

import json
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from measure.novelty import ranking
from measure.novelty.__main__ import TARGET, photographs, read, written
from measure.novelty.ranking import Line, Picture, Rule
from tests.commands import SCRIPTS, run, stand_in

LAUNCHER = SCRIPTS / "python"

# Reads nothing of every tenth picture, whose line is novel.
STAND_IN = """#!/usr/bin/python3
import json, pathlib, sys
if sys.argv[1] == "evaluate":
    folder = pathlib.Path(sys.argv[-1])
    for name, about in json.loads((folder / "truth.json").read_text()).items():
        text_free = "text-free" in folder.name
        line = {"text": "A", "print": not text_free, "right": True, "features": [],
                "confidence": 0.5, "novelty": 0.9 if text_free else 0.1}
        print(json.dumps({"image": name, "lines": [line]}))
else:
    for path in pathlib.Path(sys.argv[sys.argv.index("--from") + 1]).read_text().splitlines():
        path = pathlib.Path(path)
        number = int("".join(filter(str.isdigit, path.stem)) or 0)
        line = {"text": "A", "confidence": 0.9, "novelty": 0.9 if number % 10 == 0 else 0.1}
        truth = json.loads((path.parent / "truth.json").read_text())[path.name]["text"]
        text = "" if number % 10 == 0 else truth
        print(json.dumps({"image": str(path), "text": text, "lines": [line]}))
"""


class Rankings(unittest.TestCase):
    def test_area(self) -> None:
        self.assertEqual(ranking.area(np.array([3.0, 4]), np.array([1.0, 2])), 1)
        self.assertEqual(ranking.area(np.array([1.0]), np.array([2.0])), 0)
        # Equals count half.
        self.assertEqual(ranking.area(np.array([2.0]), np.array([2.0, 1])), 0.75)

    def test_errors_found_first(self) -> None:
        sure, doubtful = [(0.99, 0.9)], [(0.4, 0.1)]
        pictures = [Picture(sure, k == 0) for k in range(18)]
        pictures += [Picture(doubtful, True), Picture(doubtful, True)]
        self.assertAlmostEqual(ranking.found_first(pictures, Rule(0, 1)), 2 / 3)
        # By novelty two of the 18 are looked at, of which one is wrong.
        self.assertAlmostEqual(ranking.found_first(pictures, Rule(1, 1)), 2 / 18 / 3)
        self.assertAlmostEqual(ranking.best_possible(pictures), 2 / 3)
        self.assertEqual(ranking.best_rule([pictures]), Rule(0, 0.5))

    def test_pictures_in_which_nothing_is_read_come_first(self) -> None:
        pictures = [Picture([], True)] + [Picture([(0.1, 0.1)], False)] * 9
        self.assertEqual(ranking.found_first(pictures, Rule(0.3, 1)), 1)
        self.assertEqual(ranking.found_first(pictures, Rule(0.3, 0)), 0)

    def test_the_least_weight_of_those_that_find_as_much(self) -> None:
        pictures = [Picture([(0.9, 0.9)], True)] + [Picture([(0.8, 0.1)], False)] * 9
        # 0.1 (1 - w) + 0.9 w > 0.2 (1 - w) + 0.1 w from w = 1/9 on.
        self.assertEqual(ranking.best_rule([pictures]).novelty, 0.15)

    def test_features_stay_finite(self) -> None:
        found = ranking.features([Line(0, 1, True), Line(1, 0, False)])
        self.assertTrue(np.isfinite(found).all())
        self.assertGreater(found[0, 1], found[1, 1])

    def test_a_picture_of_nothing_is_as_telling_as_pays(self) -> None:
        # A doubtful one comes first where only one is looked at, and then it, and not sure ones.
        doubtful, nothing = Picture([(0.5, 0)], True), Picture([], True)
        sure = [Picture([(0.88, 0)], False)] * 8
        both = [doubtful, *sure, Picture([], False)], [nothing, *sure, sure[0]]
        self.assertEqual(ranking.best_rule(both, [0]), Rule(0, 0.3))

    def test_the_program_has_the_rule_that_is_written(self) -> None:
        text = TARGET.read_text()
        other = written(text, Rule(0.25, 0.75))
        self.assertIn("static let novelty = 0.25\n", other)
        self.assertIn("static let nothingRead = 0.75\n", other)
        self.assertEqual(len(other.splitlines()), len(text.splitlines()))


class Command(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.scribe = stand_in(self.folder / "scribe", STAND_IN)

    def labelled(self, name: str, count: int) -> Path:
        folder = self.folder / name
        folder.mkdir(parents=True)
        for k in range(count):
            cv2.imwrite(str(folder / f"{k}.png"), np.full((8, 8), 200, np.uint8))
        (folder / "truth.json").write_text(
            json.dumps({f"{k}.png": {"text": f"T {k}"} for k in range(count)})
        )
        return folder

    def test_readings_and_truth(self) -> None:
        folder = self.labelled("some", 12)
        truths = {folder / f"{k}.png": (f"T{k}", False) for k in range(12)}
        found = read(self.scribe, truths)
        self.assertEqual([k for k in range(12) if found[k].is_wrong], [0, 10])
        self.assertEqual(found[0].lines, [(0.9, 0.9)])

    def test_photographs_are_on_one_side(self) -> None:
        folder = self.labelled("photographs/labels", 40).parent
        sides = [set(photographs(folder, side)) for side in ("tune", "report")]
        self.assertEqual(len(sides[0] | sides[1]), 40)
        self.assertFalse(sides[0] & sides[1])
        self.assertGreater(len(sides[0]), len(sides[1]))

    def test_tables(self) -> None:
        frames = self.labelled("frames", 40)
        words = ["--drawn", "3", "--work", self.folder / "work", "--frames", frames]
        result = run([LAUNCHER, "measure.novelty", self.scribe, *map(str, words)])
        self.assertEqual(result.returncode, 0, result.stderr[-600:])
        self.assertRegex(result.stdout, r"\| no text \| 3 \| 3 \| [\d.]+ \| 1.000 \| [\d.]+ \|")
        # Frames are tuned on and reported by turns in the order of their names.
        self.assertRegex(result.stdout, r"\| images of a board \| 20 \| 1 \| 10 % \| 10 % \| 100 %")


if __name__ == "__main__":
    unittest.main()
