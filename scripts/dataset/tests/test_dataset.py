"""Fonts, texts, glyphs, pictures, cutters and shards."""

import contextlib
import io
import json
import tempfile
import unittest
from collections import Counter
from pathlib import Path

import numpy as np

from dataset import check, cutter, folder, fonts, labels, layout, make, sample, scene, shards, texts

STUB = Path(__file__).resolve().parent / "stub_cutter.py"


def classes(text: str) -> np.ndarray:
    return np.array([ord(c) - 0x21 for c in text], np.uint8)


class Fonts(unittest.TestCase):
    def test_only_listed_families(self) -> None:
        listed = {(row[0], family) for row in fonts.allowed() for family in row[3]}
        self.assertGreater(len(fonts.found()), 100)
        self.assertLessEqual({(font.lineage, font.family) for font in fonts.found()}, listed)

    def test_hold_out(self) -> None:
        self.assertEqual(
            {font.lineage for font in fonts.select(families=("play", "Go Mono"))}, {"play", "go"}
        )
        self.assertNotIn("inter", {font.lineage for font in fonts.select(exclude=("inter",))})
        with self.assertRaises(ValueError):
            fonts.select(families=("Comic Sans",))

    def test_shares_add_up(self) -> None:
        self.assertAlmostEqual(sum(sample.Generator(1)._shares), 1)


class Texts(unittest.TestCase):
    def test_every_printable_character_is_frequent(self) -> None:
        rng = np.random.default_rng(1)
        lines = texts.Lines("balanced")
        seen: Counter[str] = Counter()
        for _ in range(6000):
            line = lines.line(rng, lines.kind(rng))
            self.assertRegex(line, r"^[!-~]+( [!-~]+)*$")
            seen.update(line.replace(" ", ""))
        total = sum(seen.values())
        for char in fonts.PRINTABLE:
            self.assertGreater(seen[char] / total, 0.0015, char)

    def test_leaves_out_what_a_font_lacks(self) -> None:
        rng = np.random.default_rng(1)
        for _ in range(300):
            self.assertFalse(set("&{|}~`") & set(texts.Lines().line(rng, "printable", "&{|}~`")))


class Pictures(unittest.TestCase):
    def test_same_seed_and_index_same_picture(self) -> None:
        a, b = sample.Generator(7), sample.Generator(7)
        list(map(b.make, range(5)))  # what was made before must not matter
        for index in (0, 3, 11):
            one, two = a.make(index), b.make(index)
            self.assertTrue(np.array_equal(one.picture, two.picture))
            self.assertEqual(one.record(), two.record())
        self.assertNotEqual(a.make(0).record(), a.make(1).record())
        self.assertNotEqual(a.make(0).record(), sample.Generator(8).make(0).record())

    def test_boxes_lie_in_the_picture_in_reading_order(self) -> None:
        generator = sample.Generator(3, sample.Recipe(empty=0))
        for index in range(60):
            made = generator.make(index)
            height, width = made.picture.shape
            text = "".join(char.char for char in made.characters)
            self.assertEqual(text, "".join(made.lines).replace(" ", ""))
            order = [char.line for char in made.characters]
            self.assertEqual(order, sorted(order))
            for char in made.characters:
                x0, y0, x1, y1 = char.box
                self.assertTrue(0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height)

    def test_pictures_without_text(self) -> None:
        generator = sample.Generator(3, sample.Recipe(empty=1))
        for index in range(20):
            made = generator.make(index)
            self.assertEqual((made.characters, made.lines), ([], []))
            self.assertEqual(made.picture.dtype, np.uint8)

    def test_boxes_are_the_ink(self) -> None:
        rng = np.random.default_rng(5)
        found = fonts.select(families=("liberation", "garamond", "inter", "courier"))
        for _ in range(150):
            font = found[int(rng.integers(len(found)))]
            if font.weight < 0.2:
                continue
            char = fonts.PRINTABLE[int(rng.integers(94))]
            block = layout.block(rng, [layout.Run(char, font, "test")])
            angle, cap = rng.uniform(-0.17, 0.17), rng.uniform(12, 45)
            cos, sin = np.cos(angle), np.sin(angle)
            turn = np.array(((cos, -sin, 80), (sin, cos, 60), (0, 0, 1))) @ np.diag((cap, cap, 1))
            lens = np.eye(3)
            lens[2, :2] = rng.uniform(-0.0008, 0.0008, 2)
            placed = scene.Placed(block, cap, lens @ turn)
            printed = scene.covered(rng, placed, float(rng.uniform(-0.01, 0.04)), 0)
            assert printed
            (mask, corner), boxes = printed.mask, printed.boxes
            ((_, _, box),) = boxes
            rows, columns = np.nonzero(mask > 100)
            if not len(rows):  # thinner than a pixel
                continue
            ink = (
                columns.min() + corner[0],
                rows.min() + corner[1],
                columns.max() + 1 + corner[0],
                rows.max() + 1 + corner[1],
            )
            np.testing.assert_allclose(ink, box, atol=1.3, err_msg=f"{char} {font}")
            # No ink worth the name outside the box.
            outside = mask.copy()
            x0, y0 = np.floor(np.subtract(box[:2], corner)).astype(int)
            x1, y1 = np.ceil(np.subtract(box[2:], corner)).astype(int)
            outside[max(0, y0) : y1, max(0, x0) : x1] = 0
            self.assertLess(outside.max(), 128, f"{char} {font}")

    def test_ink_shows_in_the_picture(self) -> None:
        generator = sample.Generator(9, sample.Recipe(empty=0, tiers=(1, 0, 0)))
        right = total = 0
        for index in range(40):
            made = generator.make(index)
            for char in made.characters:
                x0, y0, x1, y1 = np.round(char.box).astype(int)
                area = made.picture[y0:y1, x0:x1].astype(int)
                around = np.concatenate(
                    [
                        made.picture[y0 - 2 : y0 - 1, x0:x1].ravel(),
                        made.picture[y1 + 1 : y1 + 2, x0:x1].ravel(),
                    ]
                )
                if not around.size or not area.size:
                    continue
                paper = np.median(around)
                lighter, darker = area.max() - paper, paper - area.min()
                right += (lighter > darker) == char.light
                total += 1
        self.assertGreater(right / total, 0.97)


class Labels(unittest.TestCase):
    truth = np.array(((10, 10, 22, 30), (25, 10, 28, 30), (31, 27, 34, 30), (40, 15, 52, 30)))
    dark = np.zeros(4, bool)
    names = classes("Al.n")

    def label(self, *boxes: object, light: bool = False) -> tuple[list[str], np.ndarray]:
        found, match, _ = labels.label(
            np.array(boxes, np.float32),
            np.full(len(boxes), light),
            self.truth,
            self.dark,
            self.names,
        )
        names = {94: "reject", 255: "discard"}
        return [names.get(k, chr(0x21 + k)) for k in found], match

    def test_whole_characters(self) -> None:
        found, match = self.label(
            (10, 10, 22, 30),
            (9, 9, 23, 31),
            (24.2, 9.5, 29, 30.5),
            (30, 26, 35, 31),
            (41, 14, 52, 31),
        )
        self.assertEqual(found, ["A", "A", "l", ".", "n"])
        self.assertEqual(match.tolist(), [0, 0, 1, 2, 3])

    def test_parts_and_groups(self) -> None:
        found, _ = self.label(
            (10, 10, 15, 30),
            (10, 10, 22, 18),
            (10, 10, 28, 30),
            (25, 10, 34, 30),
            (10, 10, 52, 30),
            (60, 5, 70, 25),
        )
        self.assertEqual(found, ["reject"] * 6)

    def test_between_the_thresholds(self) -> None:
        found, match = self.label((10, 10, 18.6, 30), (7, 10, 25, 33))
        self.assertEqual(found, ["discard", "discard"])
        self.assertEqual(match.tolist(), [-1, -1])

    def test_wrong_polarity_is_a_reject(self) -> None:
        found, _ = self.label((10, 10, 22, 30), (11, 11, 21, 29), light=True)
        self.assertEqual(found, ["reject", "reject"])

    def test_a_stop_under_an_arm_does_not_spoil_its_letter(self) -> None:
        truth = np.array(((10, 10, 30, 34), (26, 31, 29, 34)))
        found, match, _ = labels.label(
            np.array(((10, 10, 30, 34), (26, 31, 29, 34.5))),
            np.zeros(2, bool),
            truth,
            np.zeros(2, bool),
            classes("T."),
        )
        self.assertEqual(match.tolist(), [0, 1])

    def test_a_letter_with_its_stop_is_two_characters(self) -> None:
        truth = np.array(((10, 10, 36, 34), (37, 31, 40, 34)))
        found, _, _ = labels.label(
            np.array(((10, 10, 40, 34), (10, 10, 38.2, 34))),
            np.zeros(2, bool),
            truth,
            np.zeros(2, bool),
            classes("W."),
        )
        self.assertEqual(found.tolist(), [labels.REJECT, labels.DISCARD])

    def test_nothing_to_match(self) -> None:
        found, match, _ = labels.label(
            np.array(((1, 1, 9, 9),)),
            np.zeros(1, bool),
            np.zeros((0, 4)),
            np.zeros(0, bool),
            np.zeros(0, np.uint8),
        )
        self.assertEqual((found.tolist(), match.tolist()), ([94], [-1]))
        self.assertEqual(
            len(
                labels.label(
                    np.zeros((0, 4)), np.zeros(0, bool), self.truth, self.dark, self.names
                )[0]
            ),
            0,
        )


class Cutting(unittest.TestCase):
    def run_make(self, *arguments: object) -> tuple[int, str]:
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            status = make.main([str(a) for a in arguments])
        return status, errors.getvalue()

    def program(self, folder: str | Path, body: str) -> Path:
        path = Path(folder) / "program"
        path.write_text("#!/usr/bin/python3\nimport sys\n" + body)
        path.chmod(0o755)
        return path

    def test_answers_come_in_order(self) -> None:
        generator = sample.Generator(2, sample.Recipe(sizes=(1, 0, 0)))
        made = [generator.make(index).picture for index in range(12)]
        with cutter.Cutter([str(STUB), "cut"]) as cutting:
            together = dict(cutter.cut(cutting, enumerate(made)))
        with cutter.Cutter([str(STUB), "cut"]) as cutting:
            alone = dict(cutter.cut(cutting, enumerate(made), ahead=0))
        self.assertEqual(sorted(together), list(range(12)))
        for index in range(12):
            self.assertTrue(np.array_equal(together[index], alone[index]))

    def test_broken_programs(self) -> None:
        picture = np.zeros((120, 160), np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            for body, message in (
                ("sys.exit(3)", "ended early"),
                ("sys.stdout.write('Usage: cut files')", "not CUTS"),
                ("sys.stdout.buffer.write(b'CUTS\\2\\0\\0\\0' + bytes(2100))", "ended early"),
                ("sys.stdin.buffer.read()", "has not answered"),
                ("sys.stdout.buffer.write(b'CUTS\\xff\\xff\\xff\\xff')", "records for one picture"),
            ):
                patience = 2 if message == "has not answered" else 600
                with cutter.Cutter([str(self.program(folder, body))], patience) as cutting:
                    with self.assertRaisesRegex(cutter.CutterError, message):
                        list(cutter.cut(cutting, ((k, picture) for k in range(20))))
        with self.assertRaises(cutter.CutterError):
            cutter.Cutter(["/no/such/program"])

    def test_shards_resume_and_do_not_depend_on_jobs(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            common = (*"--seed 4 --images 30 --shard 10 --sizes 60,40,0 --cutter".split(), STUB)
            for which, jobs in (("a", 1), ("b", 2)):
                status, errors = self.run_make(*common, "--jobs", jobs, "--out", folder / which)
                self.assertEqual(status, 0, errors)
            a = json.loads((folder / "a" / "dataset.json").read_text())
            b = json.loads((folder / "b" / "dataset.json").read_text())
            self.assertEqual(a, b)
            self.assertEqual(sum(a["classes"].values()), a["patches"])
            self.assertLessEqual(a["classes"]["reject"], 0.25 * a["patches"] + 1)

            (folder / "b" / "shard-00001.npz").unlink()
            kept = (folder / "b" / "shard-00000.npz").stat().st_mtime_ns
            status, errors = self.run_make(*common, "--out", folder / "b")
            self.assertEqual(status, 0, errors)
            self.assertIn("20 pictures are there already", errors)
            self.assertEqual((folder / "b" / "shard-00000.npz").stat().st_mtime_ns, kept)
            again = json.loads((folder / "b" / "dataset.json").read_text())
            self.assertEqual(again["sha256"], a["sha256"])

            status, errors = self.run_make(*common, "--mix", "natural", "--out", folder / "b")
            self.assertEqual(status, 1)
            self.assertIn("another recipe", errors)

            (folder / "a" / "shard-00002.npz").write_bytes(b"cut off")
            status, errors = self.run_make(*common, "--out", folder / "a")
            self.assertEqual(status, 1)
            self.assertIn("damaged", errors)

            arrays = shards.load(folder / "b" / "shard-00000.npz")
            count = len(arrays["labels"])
            self.assertEqual(arrays["patches"].shape, (count, 32, 32, 2))
            self.assertEqual(arrays["patches"].dtype, np.uint8)
            self.assertEqual(arrays["family"].dtype, np.uint16)
            self.assertTrue((arrays["labels"] <= 94).all())
            self.assertTrue((arrays["family"][arrays["labels"] == 94] == 0xFFFF).all())
            self.assertTrue((arrays["family"][arrays["labels"] < 94] < len(a["families"])).all())
            self.assertTrue((arrays["hits"] <= arrays["truths"]).all())
            with contextlib.redirect_stdout(io.StringIO()) as told:
                check.patches(folder / "b", folder / "sheet.png", 4)
            self.assertIn("yield clean", told.getvalue())
            self.assertTrue((folder / "sheet.png").exists())

    def test_most_characters_are_found_where_cutting_is_easy(self) -> None:
        generator = sample.Generator(6, sample.Recipe(tiers=(1, 0, 0), empty=0))
        with cutter.Cutter([str(STUB), "cut"]) as cutting:
            arrays = shards.build(generator, 0, 30, cutting)
        self.assertGreater(arrays["hits"].sum() / arrays["truths"].sum(), 0.65)

    def test_clear_errors(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            common = ("--seed", 1, "--images", 2, "--out", Path(folder) / "x")
            status, errors = self.run_make(*common, "--cutter", "/no/such/scribe")
            self.assertEqual(status, 1)
            self.assertIn("build it first", errors)
            status, errors = self.run_make(*common, "--folder", "--families", "Wingdings")
            self.assertEqual(status, 1)
            self.assertIn("Wingdings", errors)


class Folder(unittest.TestCase):
    def test_files(self) -> None:
        recipe = sample.Recipe(cycle_tiers=True, empty=0)
        with tempfile.TemporaryDirectory() as name:
            folder.write(sample.Generator(1, recipe), 6, name)
            truth = json.loads((Path(name) / "truth.json").read_text())
            self.assertEqual(
                Counter(entry["tier"] for entry in truth.values()),
                {"clean": 2, "typical": 2, "hard": 2},
            )
            for image, entry in truth.items():
                about = json.loads((Path(name) / image).with_suffix(".json").read_text())
                self.assertEqual("\n".join(about["lines"]), entry["text"])
                again = sample.Generator(about["seed"], recipe).make(about["index"])
                self.assertEqual(again.record()["chars"], about["chars"])
            with contextlib.redirect_stdout(io.StringIO()) as told:
                check.pictures(Path(name), None)
            self.assertIn("typical: 2 pictures", told.getvalue())


if __name__ == "__main__":
    unittest.main()
