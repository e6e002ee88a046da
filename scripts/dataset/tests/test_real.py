"""Real pictures: groups, splits, drums between two digits."""

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dataset import real


def folder(parent: str, kind: str, truths: dict[str, dict[str, Any]]) -> None:
    for name in truths:
        path = Path(parent, kind, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((20, 30), 7, np.uint8))
    Path(parent, kind, "truth.json").write_text(json.dumps(truths))


class Groups(unittest.TestCase):
    def groups(self, **kinds: dict[str, dict[str, Any]]) -> dict[str, real.Real]:
        with tempfile.TemporaryDirectory() as parent:
            for kind, truths in kinds.items():
                folder(parent, kind.replace("_", "-"), truths)
            return {one.name: one for one in real.read(parent)}

    def test_meters(self) -> None:
        found = self.groups(
            meter_digits={
                "gas-a/3.2_00.png": {"text": "", "turn": 3.2},
                "gas-a-20250630/9.7_00.png": {"text": "", "turn": 9.7},
                "water-labeled-untilmay/4.0_01.png": {"text": "4", "turn": 4.0},
            },
            meter_rows={"gas-a_3.png": {"text": "123"}, "water_0.png": {"text": "44"}},
        )
        group = {name: one.group for name, one in found.items()}
        self.assertEqual(len(set(group.values())), 2)
        self.assertEqual(group["meter-digits/gas-a/3.2_00.png"], group["meter-rows/gas-a_3.png"])
        rolled = found["meter-digits/gas-a-20250630/9.7_00.png"]
        self.assertEqual((rolled.text, rolled.turn), ("0", -0.3))
        self.assertEqual(rolled.picture.shape, (20, 30))

    def test_goods_that_show_together(self) -> None:
        found = self.groups(
            barcode_digits={
                "a_L.png": {"text": "111"},
                "a_R.png": {"text": "222"},
                "b_R.png": {"text": "222"},
                "c_R.png": {"text": "333"},
            },
            barcode_photos={"d.png": {"text": "222 444", "box": [1, 2, 3, 4]}},
        )
        self.assertEqual(
            {one.group for name, one in found.items() if "c_R" not in name}, {"barcode/111"}
        )
        self.assertEqual(found["barcode-digits/c_R.png"].group, "barcode/333")
        self.assertEqual(found["barcode-photos/d.png"].box, (1, 2, 3, 4))

    def test_recordings(self) -> None:
        found = self.groups(
            lcd_digits={f"lcd7_1_{n:08}.png": {"text": "1"} for n in (50, 150, 250, 9000, 9100)}
        )
        self.assertEqual(len({one.group for one in found.values()}), 2)

    def test_split(self) -> None:
        sides = [real.split(f"group {n}") for n in range(1000)]
        self.assertTrue(150 < sides.count("valid") < 250)
        self.assertEqual(real.split("group 1"), real.split("group 1"))

    def test_one_side(self) -> None:
        with tempfile.TemporaryDirectory() as parent:
            folder(parent, "receipt-lines", {f"r{n}_00.png": {"text": "x"} for n in range(40)})
            sides = [len(list(real.read(parent, side=side))) for side in ("train", "valid", "")]
            self.assertEqual(sides[0] + sides[1], sides[2])
            self.assertGreater(min(sides), 0)

    def test_unreadable(self) -> None:
        with tempfile.TemporaryDirectory() as parent:
            folder(parent, "labels", {"a.png": {"text": "x"}})
            Path(parent, "labels", "a.png").write_text("no image")
            with self.assertRaises(ValueError):
                list(real.read(parent))


if __name__ == "__main__":
    unittest.main()
