"""Pieces of photographs without text, and rows of single digits."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from dataset.real import split

LAUNCHER = Path(__file__).resolve().parents[2] / "python"


def run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LAUNCHER, module, *map(str, arguments)], capture_output=True, text=True, check=False
    )


class Pieces(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        rng = np.random.default_rng(1)
        for number in range(12):
            cv2.imwrite(
                str(self.folder / f"photo-{number}.png"), rng.integers(0, 256, (200, 300), np.uint8)
            )

    def pieces(self, side: str, out: Path, *more: object) -> dict[str, dict[str, str]]:
        result = run(
            "dataset.pieces", self.folder, "--side", side, "--images", 10, "--out", out, *more
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads((out / "truth.json").read_text())

    def test_sides_share_no_photograph(self) -> None:
        both = [
            self.pieces(side, self.folder.parent / f"{self.folder.name}-{side}")
            for side in ("train", "valid")
        ]
        names = [{about["photograph"] for about in truth.values()} for truth in both]
        self.assertFalse(names[0] & names[1])
        for side, some in zip(("train", "valid"), names):
            self.assertEqual({split(name) for name in some}, {side})
        self.assertEqual({about["text"] for about in both[0].values()}, {""})

    def test_sizes_and_repeats(self) -> None:
        out = self.folder / "out"
        truth = self.pieces("train", out, "--cuts", 1)
        sizes = {cv2.imread(str(out / name), 0).shape for name in truth}
        self.assertLessEqual(sizes, {(72, 40), (96, 64), (96, 96), (48, 120)})
        first = (out / "00003.png").read_bytes()
        self.pieces("train", out, "--cuts", 1)
        self.assertEqual(first, (out / "00003.png").read_bytes())

    def test_no_photograph(self) -> None:
        empty = self.folder / "empty"
        empty.mkdir()
        result = run("dataset.pieces", empty, "--out", self.folder / "out")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no photographs on the side valid", result.stderr)


class Rows(unittest.TestCase):
    def test_rows_are_of_one_meter(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        truth = {}
        for meter, level in (("a", 40), ("b", 200)):
            (folder / meter).mkdir()
            for digit in "0123456789":
                name = f"{meter}/{digit}.png"
                cv2.imwrite(str(folder / name), np.full((40, 20), level + int(digit), np.uint8))
                truth[name] = {"text": digit, "turn": float(digit)}
        # Between two positions.
        cv2.imwrite(str(folder / "a/x.png"), np.zeros((40, 20), np.uint8))
        truth["a/x.png"] = {"turn": 3.5}
        (folder / "truth.json").write_text(json.dumps(truth))
        out = folder / "rows"
        result = run("dataset.rows", folder, "--images", 8, "--out", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = json.loads((out / "truth.json").read_text())
        self.assertEqual(len(rows), 8)
        for name, about in rows.items():
            picture = cv2.imread(str(out / name), 0)
            low = 40 if name.startswith("a_") else 200
            self.assertTrue((np.abs(picture.astype(int) - low - 5) <= 6).all(), name)
            self.assertTrue(4 <= len(about["text"]) <= 8)
            self.assertAlmostEqual(
                picture.shape[1] / picture.shape[0], len(about["text"]) / 2, delta=0.3
            )


if __name__ == "__main__":
    unittest.main()
