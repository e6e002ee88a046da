"""Displays, dots, relief, the camera's faults, alphabets and users' own images."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path

import cv2
import numpy as np

from dataset import camera, displays, finish, labels, make, own, sample, shards, texts
from dataset.fonts import PRINTABLE

STUB = Path(__file__).resolve().parent / "stub_cutter.py"


class Shapes(unittest.TestCase):
    def test_no_two_characters_of_a_display_look_alike(self) -> None:
        for table in (displays.SEVEN, displays.FOURTEEN):
            lit = ["".join(sorted(segments)) for segments in table.values()]
            self.assertEqual(len(lit), len(set(lit)))
        rng = np.random.default_rng(1)
        for _ in range(40):
            font = displays.segment_font(rng, "seven", "led")
            shown = [c for c in font.table if c not in font.lacks]
            self.assertEqual(len({"".join(sorted(font._lit(c, False))) for c in shown}), len(shown))

    def test_dots_are_told_apart_and_complete(self) -> None:
        shapes = displays.dot_shapes()
        self.assertEqual("".join(sorted(shapes)), PRINTABLE)
        for place in (0, -1):
            rows = [tuple(shapes[c][place]) for c in PRINTABLE]
            self.assertEqual(len(set(rows)), 94)
        for forms in shapes.values():
            self.assertTrue(all(0 <= bits < 32 for rows in forms for bits in rows))
            self.assertEqual(len(forms[0]), 7)

    def test_eight_is_as_high_as_a_capital(self) -> None:
        rng = np.random.default_rng(2)
        for make_font in (
            lambda: displays.segment_font(rng, "seven", "lcd"),
            lambda: displays.segment_font(rng, "fourteen", "led"),
            lambda: displays.dot_font(rng, "lcd"),
        ):
            for _ in range(10):
                glyph = make_font().render("8", 100, 1, 0, 0)["8"]
                self.assertTrue(88 <= glyph.bitmap.shape[0] <= 108, glyph.bitmap.shape)

    def test_unlit_holds_all_that_is_lit(self) -> None:
        rng = np.random.default_rng(3)
        for font in (displays.segment_font(rng, "seven", "led"), displays.dot_font(rng, "lcd")):
            lit = font.render("2", 60, 1, 0, 0)["2"]
            ghost = font.render("2", 60, 1, 0, 0, unlit=True)["2"]
            y, x = lit.top - ghost.top, lit.left - ghost.left
            h, w = lit.bitmap.shape
            under = np.pad(ghost.bitmap, 8)[y + 8 : y + 8 + h, x + 8 : x + 8 + w]
            self.assertFalse(((lit.bitmap > 200) & (under < 100)).any())


class Styles(unittest.TestCase):
    def test_none_is_plain_print(self) -> None:
        generator = sample.Generator(1, sample.Recipe(styles=(0, 0, 0)))
        self.assertFalse(set(finish.FAMILIES) & set(generator.families))
        self.assertTrue(all(generator.make(k).about["finish"] is None for k in range(10)))

    def test_shares(self) -> None:
        rng = np.random.default_rng(1)
        drawn = [finish.draw(rng, (0.5, 0.25, 0.125), "hard") for _ in range(4000)]
        for kind, share in zip(finish.KINDS, (0.5, 0.25, 0.125)):
            found = sum(one is not None and one.kind == kind for one in drawn) / 4000
            self.assertAlmostEqual(found, share, delta=0.03)

    def test_same_index_same_picture(self) -> None:
        recipe = sample.Recipe(styles=(0.4, 0.4, 0.2), empty=0)
        a, b = sample.Generator(7, recipe), sample.Generator(7, recipe)
        a.make(0)
        for index in (3, 4, 5):
            one, two = a.make(index), b.make(index)
            self.assertTrue(np.array_equal(one.picture, two.picture))
            self.assertEqual(one.record(), two.record())

    def test_shown_characters_are_those_the_display_has(self) -> None:
        generator = sample.Generator(3, sample.Recipe(styles=(1, 0, 0), empty=0))
        for index in range(25):
            for char in generator.make(index).characters:
                assert isinstance(char.font, displays.SegmentFont)
                self.assertNotIn(char.char, char.font.lacks)

    def test_ink_shows_where_the_box_is(self) -> None:
        for styles in ((1, 0, 0), (0, 1, 0)):
            recipe = sample.Recipe(styles=styles, empty=0, tiers=(1, 0, 0))
            generator = sample.Generator(9, recipe)
            right = total = 0
            for index in range(12):
                made = generator.make(index)
                for char in made.characters:
                    x0, y0, x1, y1 = np.round(char.box).astype(int)
                    area = made.picture[y0:y1, x0:x1].astype(int)
                    ring = made.picture[max(0, y0 - 3) : y1 + 3, max(0, x0 - 3) : x1 + 3]
                    paper = np.median(ring[[0, -1]])
                    lighter, darker = area.max() - paper, paper - area.min()
                    right += (lighter > darker) == char.light
                    total += 1
            self.assertGreater(right / total, 0.95, styles)

    def test_relief_shows_in_both_polarities(self) -> None:
        truth, classes = np.array(((10, 10, 22, 30),)), np.zeros(1, np.uint8)
        for either, expected in ((None, labels.REJECT), ([True], 0)):
            found, _, _ = labels.label(truth, [True], truth, [False], classes, either)
            self.assertEqual(found.tolist(), [expected])

    def test_shards(self) -> None:
        generator = sample.Generator(
            4, sample.Recipe(styles=(0.5, 0.5, 0), empty=0, tiers=(1, 0, 0))
        )
        from dataset import cutter

        with cutter.Cutter([str(STUB), "cut"]) as cutting:
            arrays = shards.build(generator, 0, 10, cutting)
        family = arrays["family"][arrays["labels"] < 94]
        self.assertEqual({generator.families[k] for k in family}, set(finish.FAMILIES))


class Faults(unittest.TestCase):
    def test_boxes_follow_the_barrel(self) -> None:
        for seed in range(8):
            picture = np.zeros((240, 320), np.float32)
            places = ((20, 20), (298, 25), (160, 120), (25, 215), (290, 210))
            for place in places:
                cv2.ellipse(picture, place, (9, 12), 0, 0, 360, 255, -1)
            boxes = [(x - 9, y - 12, x + 10, y + 13) for x, y in places]
            bent, moved, _ = camera.barrel(np.random.default_rng(seed), picture, boxes)
            for (x, y), box in zip(places, moved):
                self.assertFalse(
                    np.allclose(box, (x - 9, y - 12, x + 10, y + 13), atol=1e-3)
                    and (x, y) != (160, 120)
                )
                x0, y0 = (max(0, int(v) - 4) for v in box[:2])
                rows, columns = np.nonzero(bent[y0 : int(box[3]) + 5, x0 : int(box[2]) + 5] > 127)
                ink = (
                    columns.min() + x0,
                    rows.min() + y0,
                    columns.max() + 1 + x0,
                    rows.max() + 1 + y0,
                )
                np.testing.assert_allclose(ink, box, atol=1.1)

    def test_exposure_leaves_ink_below_white(self) -> None:
        rng = np.random.default_rng(1)
        factors = np.array([camera.exposure(rng, "hard", 0.4) for _ in range(3000)])
        self.assertTrue((factors < 0.8).any() and (factors > 1.1).any() and (factors == 1).any())
        self.assertLessEqual(factors.max() * 0.4, 0.7201)


class Alphabets(unittest.TestCase):
    def test_names_and_characters(self) -> None:
        self.assertEqual(texts.alphabet("digits"), "0123456789")
        self.assertEqual(texts.alphabet("BA-A"), "-AB")
        for wrong in ("", " ", "A\u00e4"):
            with self.assertRaises(ValueError):
                texts.alphabet(wrong)

    def test_pictures_hold_no_other(self) -> None:
        for name in ("digits", "xyz", "#"):
            chars = texts.alphabet(name)
            generator = sample.Generator(
                2, sample.Recipe(alphabet=chars, empty=0, styles=(0.3, 0.3, 0))
            )
            for index in range(10):
                self.assertLessEqual({c.char for c in generator.make(index).characters}, set(chars))


def write(path: Path, text: str, light: bool = False, scale: float = 1.5) -> np.ndarray:
    """An image of text as a user may take it: one line, spaced well."""
    image = np.full(
        (60, 40 + 44 * len(text), 3), (40, 40, 40) if light else (210, 220, 215), np.uint8
    )
    for k, char in enumerate(text):
        cv2.putText(
            image,
            char,
            (20 + 44 * k, 44),
            cv2.FONT_HERSHEY_SIMPLEX,
            scale * 0.8,
            (230,) * 3 if light else (30, 20, 25),
            3,
            cv2.LINE_AA,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
    return image


class Own(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def bad(self, *parts: str) -> None:
        with self.assertRaises(ValueError) as caught:
            own.Images(self.folder)
        for part in parts:
            self.assertIn(part, str(caught.exception))

    def test_csv_with_parts(self) -> None:
        write(self.folder / "a.png", "A7i:")
        write(self.folder / "b.jpg", "K3", light=True)
        (self.folder / "labels.csv").write_text(
            "\ufefffile,text,x0,y0,x1,y1\na.png,A7i:,,,,\na.png,A,0,0,60,60\nb.jpg,K 3,,,,\n"
        )
        images = own.Images(self.folder)
        self.assertEqual(images.skipped, [])
        told = ["".join(c.char for c in made.characters) for made in images.samples]
        self.assertEqual(told, ["A7i:", "A", "K3"])
        self.assertEqual(
            [made.characters[0].light for made in images.samples], [False, False, True]
        )
        for made in images.samples:
            for char in made.characters:  # the box holds ink up to its edges
                x0, y0, x1, y1 = np.round(char.box).astype(int)
                area = made.picture[y0:y1, x0:x1]
                self.assertGreater(np.ptp(area), 100)

    def test_names_are_texts(self) -> None:
        for name in ("A7_1", "A7_2", "K3"):
            write(self.folder / f"{name}.png", name.split("_")[0])
        found = [
            "".join(c.char for c in made.characters) for made in own.Images(self.folder).samples
        ]
        self.assertEqual(found, ["A7", "A7", "K3"])

    def test_lines_with_their_parts(self) -> None:
        image = write(self.folder / "a.png", "A7")
        both = np.concatenate((image, write(self.folder / "b.png", "K3")))
        cv2.imwrite(str(self.folder / "both.png"), both)
        height, width = image.shape[:2]
        lines = [
            {"text": "K3", "box": [0, height, width, both.shape[0] - height]},
            {"text": "A7", "box": [0, 0, width, height]},
        ]
        truth = {
            "both.png": {"text": "A7\nK3", "lines": lines},
            "b.png": {"lines": [{"text": "K3"}]},
        }
        (self.folder / "truth.json").write_text(json.dumps(truth))
        images = own.Images(self.folder)
        found = ["".join(c.char for c in made.characters) for made in images.samples]
        self.assertEqual(found, ["K3", "A7", "K3"])
        lines[0]["box"] = [0, 0, 0, 5]
        (self.folder / "truth.json").write_text(json.dumps(truth))
        self.bad("both.png", "holds nothing")

    def test_a_folder_for_each_character(self) -> None:
        for name, char in (("5", "5"), ("colon", ":"), ("lower-a", "a"), ("upper-a", "A")):
            write(self.folder / name / "1.png", char)
        found = sorted(made.characters[0].char for made in own.Images(self.folder).samples)
        self.assertEqual(found, sorted("5:aA"))
        write(self.folder / "five" / "1.png", "5")
        self.bad("five", "no character")

    def test_names_are_whole(self) -> None:
        self.assertEqual(set(own.NAMES.values()), {c for c in PRINTABLE if not c.isdigit()})

    def test_a_folder_of_make(self) -> None:
        out = self.folder / "made"
        with contextlib.redirect_stderr(io.StringIO()):
            make.main(
                ["--seed", "1", "--images", "4", "--folder", "--empty", "0", "--out", str(out)]
            )
        records = [json.loads(path.read_text()) for path in sorted(out.glob("*_*.json"))]
        images = own.Images(out)
        self.assertEqual(
            sum(len(made.characters) for made in images.samples),
            sum(len(record["chars"]) for record in records),
        )

    def test_turned_as_exif_says(self) -> None:
        image = write(self.folder / "a.png", "L7")
        turned = cv2.rotate(image, cv2.ROTATE_90_COUNTERCLOCKWISE)
        data = cv2.imencode(".jpg", turned, (cv2.IMWRITE_JPEG_QUALITY, 95))[1].tobytes()
        exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
        segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
        (self.folder / "b.jpg").write_bytes(data[:2] + segment + data[2:])
        (self.folder / "labels.csv").write_text("file,text\na.png,L7\nb.jpg,L7\n")
        one, two = own.Images(self.folder).samples
        self.assertEqual(one.picture.shape, two.picture.shape)
        for a, b in zip(one.characters, two.characters):
            np.testing.assert_allclose(a.box, b.box, atol=2.5)

    def test_text_that_does_not_fit_is_skipped_and_told(self) -> None:
        write(self.folder / "a.png", "ABC")
        write(self.folder / "b.png", "AB")
        (self.folder / "labels.csv").write_text("file,text\na.png,ABCD\nb.png,AB\n")
        images = own.Images(self.folder)
        self.assertEqual((len(images.samples), len(images.skipped)), (1, 1))
        self.assertIn("labels.csv:2", images.skipped[0])

    def test_bad_rows_are_named(self) -> None:
        write(self.folder / "a.png", "A")
        (self.folder / "torn.png").write_bytes((self.folder / "a.png").read_bytes()[:40])
        (self.folder / "empty.png").write_bytes(b"")
        (self.folder / "labels.csv").write_text(
            "file,text,x0,y0,x1,y1\nno.png,A,,,,\ntorn.png,A,,,,\na.png,\u00c4,,,,\n"
            "a.png,A,0,0,9999,9\na.png,A,x,0,1,2\na.png,,,,,\na.png,A,1,2,3,4,5\nempty.png,A,,,,\n"
            "a.png,A,nan,0,9,9\n"
        )
        self.bad(
            "9 bad rows",
            *(f"labels.csv:{line}:" for line in range(2, 11)),
            "cannot read",
            "decoded",
            "outside the alphabet",
            "not inside 84x60",
            "not four numbers",
        )

    def test_bad_folders(self) -> None:
        self.bad("neither labels.csv")
        (self.folder / "truth.json").write_text("{")
        self.bad("truth.json")
        (self.folder / "truth.json").write_text('{"a.png": {"text": 3}, "b.png": {"text": "A"}}')
        self.bad("2 bad rows", "a.png", "b.png")
        (self.folder / "labels.csv").write_bytes(b"file,text\n\xff.png,A\n")
        self.bad("not UTF-8")
        (self.folder / "labels.csv").write_text("name,label\n")
        self.bad("labels.csv:1")

    def test_shards(self) -> None:
        for k in range(3):
            write(self.folder / f"{k}.png", "A7K3")
        (self.folder / "labels.csv").write_text(
            "file,text\n" + "".join(f"{k}.png,A7K3\n" for k in range(3))
        )
        with contextlib.redirect_stderr(io.StringIO()) as told:
            status = make.main(
                f"--own {self.folder} --cutter {STUB} --out {self.folder}/out".split()
            )
        self.assertEqual(status, 0, told.getvalue())
        about = json.loads((self.folder / "out" / "dataset.json").read_text())
        self.assertEqual(about["families"], ["own"])
        self.assertGreaterEqual(sum(about["classes"][c] > 0 for c in "A7K3"), 3)


if __name__ == "__main__":
    unittest.main()
