"""What becomes of a program's rounds."""

import importlib.util
import unittest

LACKING = importlib.util.find_spec("cv2") is None
if not LACKING:
    from measure import labelled
    from measure.bench import images
    from measure.programs import ROOT

TIMES = ((5.0, 2.0), (1.0, 90.0), (4.0, 3.0))


@unittest.skipIf(LACKING, "there is no cv2")
class Rounds(unittest.TestCase):
    def setUp(self) -> None:
        everything = labelled.load(ROOT / "Tests/Fixtures/board-images")
        self.names = sorted(everything)[:2]
        self.truths = {name: everything[name] for name in self.names}

    def runs(self) -> list["images.Run"]:
        return [
            images.Run(
                "one", "1.0", dict.fromkeys(self.names, ""), dict(zip(self.names, at, strict=True))
            )
            for at in TIMES
        ]

    def test_the_median_of_an_image_then_of_the_images(self) -> None:
        row = images.of_rounds(self.truths, self.runs())
        # 4 and 3 ms.
        self.assertEqual((row["median_ms"], row["images"]), (3.5, 2))
        self.assertEqual(row["errors"], 1)

    def test_a_program_that_fails_once_is_left_out(self) -> None:
        failed = {"program": "one", "reason": "it ended"}
        self.assertEqual(images.of_rounds(self.truths, [*self.runs()[:2], failed]), failed)


if __name__ == "__main__":
    unittest.main()
