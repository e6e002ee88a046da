"""Users' own photographs: what is cut of them, what is learned, and what is refused. The program
must be built; SCRIBE names another than the one built here."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import cv2
import numpy
import torch

from training import own_example, own_lines
from training.data import Data
from training.integer import IntegerNet
from training.recipe import Recipe

ROOT = pathlib.Path(__file__).resolve().parents[3]
LAUNCHER = ROOT / "scripts" / "python"
SCRIBE = os.environ.get("SCRIBE", str(ROOT / ".build" / "release" / "scribe"))


def photograph(path: pathlib.Path, *lines: str) -> None:
    rng = numpy.random.default_rng(sum(map(ord, path.name)))
    cv2.imwrite(str(path), own_example.photograph(rng, *lines))


class Photographs(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.photos = self.folder / "photos"
        self.photos.mkdir()

    def taken(self, count: int) -> None:
        rng = numpy.random.default_rng(4)
        for number in range(count):
            text = "".join(map(str, rng.integers(0, 10, 5)))
            photograph(self.photos / f"{text}_{number}.png", text)

    def run_program(self, *command: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=1200,
            env={**os.environ, "SCRIBE": SCRIBE, "OMP_NUM_THREADS": "1"},
        )
        self.assertEqual(result.returncode, status, result.stderr[-2000:])
        return result


class Lines(Photographs):
    def test_each_photograph_gives_lines_and_is_on_one_side(self) -> None:
        self.taken(10)
        found = own_lines.make(self.photos, SCRIBE, self.folder / "lines")
        self.assertEqual(len(found), 10)
        plan = json.loads((self.folder / "lines" / "plan.json").read_text())
        self.assertEqual(len(plan["held_out"]), 2)
        with numpy.load(self.folder / "lines" / "shard-00000.npz") as file:
            texts = numpy.split(file["text"], numpy.cumsum(file["lengths"])[:-1])
            self.assertGreaterEqual(len(texts), 10 * own_lines.DRAWN // 2)
            for text, family in zip(texts, file["family"]):
                name = plan["families"][family].split("/")[1]
                self.assertEqual("".join(map(chr, text)), name.split("_")[0])

    def test_lines_of_a_label_go_to_those_that_read_like_them(self) -> None:
        photograph(self.photos / "a.png", "40718", "95203")
        photograph(self.photos / "b.png", "11827", "60355")
        photograph(self.photos / "c.png", "36190")
        truth = {
            # The lower line first: places are by what is read, not by their order.
            "a.png": {"text": "95203\n40718"},
            # The part tells which line is meant, whatever it is said to be.
            "b.png": {"lines": [{"text": "60355", "box": [30, 140, 260, 60]}]},
            "c.png": {"text": "36190"},
        }
        (self.photos / "truth.json").write_text(json.dumps(truth))
        found = own_lines.make(self.photos, SCRIBE, self.folder / "lines")
        middles = {line.text: float(line.place["baseline"]) for line in found}
        self.assertEqual(set(middles), {"95203", "40718", "60355", "36190"})
        self.assertAlmostEqual(middles["95203"] - middles["40718"], 60, delta=8)
        self.assertGreater(middles["60355"], 150)

    def test_words_beside_a_text_are_left_out(self) -> None:
        for number, text in enumerate(("40718", "95203", "36190")):
            photograph(self.photos / f"{text}_{number}.png", f"{text}  kW")
        found = own_lines.make(self.photos, SCRIBE, self.folder / "lines")
        self.assertEqual(len(found), 3)
        for line in found:
            # With its unit the text is some 80 pixels longer.
            self.assertLess(float(line.place["end"]) - float(line.place["start"]), 215)
            self.assertNotIn("k", line.before)

    def test_a_reading_of_a_text(self) -> None:
        columns = [10.0 * k for k in range(12)]
        reading = own_lines.Reading("V 12845 kWh", columns[:11])
        self.assertEqual(reading.of("12345"), own_lines.Match(1, 10.0, 70.0))
        # One that runs on may be a character that was taken for two.
        self.assertEqual(own_lines.Reading("123413", columns[:6]).of("12348"), (2, None, None))

    def test_a_line_that_nobody_can_read_yet_is_the_one_that_is_left(self) -> None:
        for number, text in enumerate(("ZAR4927", "YHS6753", "ALS6773")):
            photograph(self.photos / f"{text}_{number}.png", text)
        found = own_lines.make(self.photos, SCRIBE, self.folder / "lines")
        self.assertEqual({line.text for line in found}, {"ZAR4927", "YHS6753", "ALS6773"})

    def test_what_is_not_there_is_lost_not_learned(self) -> None:
        self.taken(3)
        blank = numpy.full((200, 300), 128, numpy.uint8)
        cv2.imwrite(str(self.photos / "31415_9.png"), blank)
        found = own_lines.make(self.photos, SCRIBE, self.folder / "lines")
        self.assertEqual(len(found), 3)
        plan = json.loads((self.folder / "lines" / "plan.json").read_text())
        self.assertEqual(len(plan["lost"]), 1)
        self.assertIn("31415", plan["lost"][0])

    def test_one_photograph_is_too_few(self) -> None:
        self.taken(1)
        with self.assertRaises(ValueError):
            own_lines.make(self.photos, SCRIBE, self.folder / "lines")


class Split(unittest.TestCase):
    def test_own_characters_are_split_by_picture(self) -> None:
        random = numpy.random.default_rng(1)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            image = numpy.repeat(numpy.arange(10), 6).astype(numpy.uint32)
            patches = random.integers(0, 256, (60, 32, 32, 2), dtype=numpy.uint8)
            patches[:, 0, 0, 0] = image
            numpy.savez(
                folder / "shard-00000.npz",
                patches=patches,
                labels=random.integers(15, 25, 60).astype(numpy.uint8),
                family=numpy.zeros(60, numpy.uint16),
                image=image,
            )
            (folder / "dataset.json").write_text(json.dumps({"families": ["own"]}))
            data = Data(Recipe("transfer"), folder)
        train, valid = (
            set(patches[:, 0, 0, 0].tolist())
            for patches in (data.train_patches, data.valid_patches)
        )
        self.assertEqual((len(train), len(valid)), (8, 2))
        self.assertFalse(train & valid)
        self.assertTrue(bool(data.valid_own.all()))

    def test_own_pictures_are_a_share_of_what_is_drawn(self) -> None:
        data = Data.__new__(Data)
        data.train_labels = torch.tensor([0] * 90 + [1] * 10)
        data.train_own = torch.arange(100) >= 95
        recipe = Recipe("own-characters")
        data.prepare_sampling(recipe)
        drawn = data.draw(4000, torch.Generator().manual_seed(1))
        share = float(data.train_own[drawn].double().mean())
        # The others' draws take in a few, too.
        self.assertAlmostEqual(share, recipe.own + (1 - recipe.own) * 0.25 * 0.5, delta=0.04)


class Commands(Photographs):
    """The commands that the documents name, on as little as can be."""

    def own(self, *options: object, status: int = 0) -> subprocess.CompletedProcess[str]:
        recipe = self.folder / "small.json"
        small = {"like": "own-lines", "name": "small", "validation_lines": 12, "measured": 1}
        recipe.write_text(json.dumps(small))
        return self.run_program(
            *(LAUNCHER, "training.own", self.photos, "--name", "mine"),
            *("--output", self.folder / "mine", "--work", self.folder / "work"),
            *("--replayed", 24, "--threads", 1, "--jobs", 1, *options),
            status=status,
        )

    def test_lines(self) -> None:
        self.taken(6)
        small = ("--recipe", self.folder / "small.json", "--steps", 2, "--no-oracle")
        # That nothing may be as good as more than all refuses it.
        refused = self.own(*small, "--forgotten", -200, status=1)
        self.assertIn("nothing is written", refused.stdout)
        self.assertFalse((self.folder / "mine").exists())
        made = self.own(*small, "--forgotten", 100)
        self.assertIn("going on at step 2", made.stderr)
        self.assertRegex(made.stdout, r"before, int8: .* of the old data's characters")
        page = (self.folder / "mine" / "photographs.html").read_text()
        self.assertIn("data:image/png;base64,", page)
        self.assertTrue(any(path.stem.split("_")[0] in page for path in self.photos.iterdir()))
        photo = min(self.photos.iterdir())
        read = self.run_program(SCRIBE, "recognize", "--line-model", self.folder / "mine", photo)
        self.assertTrue(read.stdout.strip())

    def test_what_is_missing_is_told(self) -> None:
        self.taken(2)
        told = self.own("--cutter", "/nowhere/scribe", status=1)
        self.assertIn("no program /nowhere/scribe", told.stderr)
        (self.photos / "labels.csv").write_text("file,text\nnone.png,12\n")
        self.assertIn("none.png", self.own(status=1).stderr)

    def test_characters(self) -> None:
        self.taken(6)
        recipe = self.folder / "small-characters.json"
        small = {"like": "own-characters", "name": "small", "measured": 1}
        recipe.write_text(json.dumps(small))
        self.own("--characters", "--recipe", recipe, "--steps", 3, "--forgotten", 100)
        IntegerNet(self.folder / "mine")
        header = self.folder / "mine.h"
        self.run_program(SCRIBE, "export-firmware", "--model", self.folder / "mine", "-o", header)
        self.assertIn("const", header.read_text())

    def test_transfer(self) -> None:
        self.taken(8)
        data = self.folder / "own"
        self.run_program(
            *(LAUNCHER, "dataset.make", "--own", self.photos, "--cutter", SCRIBE, "--out", data)
        )
        self.run_program(
            *(LAUNCHER, "training.train", "transfer", "--data", data, "--name", "mine"),
            *("--output", self.folder / "mine", "--state", self.folder / "state"),
            *("--samples", 1024, "--threads", 1, "--no-oracle"),
        )
        photo = min(self.photos.iterdir())
        model = self.folder / "mine"
        self.run_program(SCRIBE, "recognize", "--reader", "glyphs", "--model", model, photo)

    def test_lines_of_own_photographs_as_training_data(self) -> None:
        self.taken(8)
        data = self.folder / "own"
        self.run_program(
            *(LAUNCHER, "dataset.make", "--own", self.photos, "--lines"),
            *("--cutter", SCRIBE, "--out", data),
        )
        self.run_program(
            *(LAUNCHER, "training.train", "line", "--data", data, "--name", "mine"),
            *("--output", self.folder / "mine", "--state", self.folder / "state"),
            *("--steps", 2, "--threads", 1, "--no-oracle"),
        )
        IntegerNet(self.folder / "mine")


class Tables(Photographs):
    """The commands that print tables, on bars of ten heights and on two meters."""

    def digits(self) -> pathlib.Path:
        random = numpy.random.default_rng(3)
        labels = random.integers(0, 10, 400)
        images = random.integers(0, 40, (400, 28, 28)).astype(numpy.uint8)
        for image, label in zip(images, labels):
            image[3 + 2 * label : 5 + 2 * label, 4:24] = 220
        path = self.folder / "mnist.npz"
        numpy.savez(
            path,
            x_train=images[:300],
            y_train=labels[:300],
            x_test=images[300:],
            y_test=labels[300:],
        )
        return path

    def test_ladder(self) -> None:
        command = (
            *(LAUNCHER, "training.ladder", "logistic", "mlp-sgd", "--data", self.digits()),
            *("--out", self.folder / "out", "--samples", 4096),
        )
        made = self.run_program(*command).stdout
        rows = [line.split("|") for line in made.splitlines()]
        self.assertEqual([row[1].strip() for row in rows[2:]], ["`logistic`", "`mlp-sgd`"])
        self.assertTrue(all(float(row[4]) > 20 for row in rows[2:]))
        # What is there isn't trained again.
        again = self.run_program(*command)
        self.assertEqual((again.stdout, again.stderr), (made, ""))

    def test_few_labels(self) -> None:
        meters = self.folder / "meter-digits"
        truth = {}
        for meter in ("north", "south", "east", "west", "middle"):
            (meters / meter).mkdir(parents=True)
            for digit in range(6):
                name = f"{meter}/{digit}.0_00.png"
                picture = numpy.full((40, 24), 200, numpy.uint8)
                cv2.putText(picture, str(digit), (3, 30), 0, 0.9, 20, 2, cv2.LINE_AA)
                cv2.imwrite(str(meters / name), picture)
                truth[name] = {"text": str(digit), "turn": float(digit)}
        (meters / "truth.json").write_text(json.dumps(truth))
        made = self.run_program(
            *(LAUNCHER, "training.few_labels", "--mnist", self.digits(), "--meters", meters),
            *("--cutter", SCRIBE, "--out", self.folder / "out", "--seeds", 2),
            *("--recipes", "stack,glyph-digits", "--samples", 128),
        ).stdout
        self.assertIn("| mnist | 10 | 100 | all 300 |", made)
        self.assertIn("| meters | 10 | all 24 |", made)
        self.assertRegex(made, r"\| random weights \| [\d.]+ ± [\d.]+ \|")
        self.assertEqual(made.count("transfer from `glyph`"), 2)


if __name__ == "__main__":
    unittest.main()
