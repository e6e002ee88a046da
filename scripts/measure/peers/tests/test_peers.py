"""Scores, lines put together of boxes, and the run over peers."""

import contextlib
import io
import json
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from measure import labelled
from measure.peers import compare, front, layout, peers, score
from measure.programs import ROOT, SCRIBE, records

IMAGES = ROOT / "Tests/Fixtures/board-images"
RATES = {
    "cer": "cer",
    "cerWithoutSpaces": "cer_without_spaces",
    "cerCapped": "cer_capped",
    "cerFolded": "cer_folded",
    "linesRight": "lines_right_share",
    "imagesRight": "images_right_share",
}


class Scores(unittest.TestCase):
    def test_texts_of_all_kinds_score_as_expected(self) -> None:
        shared = json.loads((ROOT / "Tests/EvaluationTests/scores.json").read_text())
        scores = score.score(shared["truth"], shared["texts"])
        self.assertEqual(set(scores), set(shared["expected"]))
        for tier, expected in shared["expected"].items():
            for name, attribute in RATES.items():
                self.assertAlmostEqual(
                    getattr(scores[tier], attribute), expected[name], 8, f"{name} of {tier}"
                )
            self.assertEqual(scores[tier].images, expected["images"])
            self.assertEqual(scores[tier].images_empty, expected["imagesEmpty"])

    def test_text_free_images(self) -> None:
        truths = {"a": {"text": ""}, "b": {"text": " \n"}, "c": {"text": "A"}}
        it = score.score(truths, {"a": "i", "b": " "})["ALL"]
        self.assertEqual((it.text_free, it.text_free_read), (2, 1))

    def test_tiers_from_easy_to_hard(self) -> None:
        truths = {
            str(i): {"text": "", "tier": tier}
            for i, tier in enumerate(("zoo", "hard", None, "clean"))
        }
        self.assertEqual(list(score.score(truths, {})), ["clean", "hard", "all", "zoo", "ALL"])

    def check_against_scribe(self, texts: dict[str, str]) -> score.Score:
        truths = json.loads((IMAGES / "truth.json").read_text())
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(texts, file)
            file.flush()
            lines = records([SCRIBE, "evaluate", "--json", "--predictions", file.name, IMAGES])
        told: dict[str, dict[str, Any]] = {}
        for line in lines:
            if "images" in line:
                told.setdefault(line["tier"], line)
        scores = score.score(truths, texts)
        self.assertEqual(set(scores), set(told))
        for tier, it in scores.items():
            self.assertEqual(it.characters, told[tier]["characters"])
            for name, attribute in RATES.items():
                self.assertAlmostEqual(
                    getattr(it, attribute), told[tier][name], 5, f"{name} of {tier}"
                )
        return scores["ALL"]

    @unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
    def test_scribe_counts_the_same(self) -> None:
        truths = json.loads((IMAGES / "truth.json").read_text())
        # What a poor reader may give: wrong, missing, swapped, full width, spaced, noisy, nothing.
        spoil: tuple[Callable[[str], str], ...] = (
            lambda t: t,
            lambda t: t.swapcase(),
            lambda t: t[::2],
            lambda t: " ".join(t),
            lambda t: "\r\n".join(reversed(t.splitlines())),
            lambda t: t + "“…” ﬁ\f",
            lambda t: t.replace("0", "O").replace("l", "|"),
            lambda t: 9 * t,
            lambda t: "",
            lambda t: t.replace(":", "：").replace("-", "—"),
        )
        texts = {
            name: spoil[i % len(spoil)](truth["text"])
            for i, (name, truth) in enumerate(truths.items())
        }
        it = self.check_against_scribe(texts)
        self.assertTrue(0 < it.cer_folded < it.cer_without_spaces)
        self.assertLess(it.cer_capped, it.cer_without_spaces)

    @unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
    def test_scribe_reads_as_its_own_evaluation_says(self) -> None:
        names = sorted(json.loads((IMAGES / "truth.json").read_text()))
        peer = peers.Scribe(SCRIBE)
        peer.start()
        texts = dict(zip(names, peer.read([IMAGES / name for name in names])))
        lines = [
            line for line in records([SCRIBE, "evaluate", "--json", IMAGES]) if "image" in line
        ]
        self.assertEqual(texts, {line["image"]: line["text"] for line in lines})


class Layout(unittest.TestCase):
    def test_rows_top_to_bottom_and_left_to_right(self) -> None:
        pieces = [
            ("right", 50, 12, 90, 30),
            ("below", 5, 40, 60, 58),
            ("left", 0, 10, 40, 28),
            ("top", 30, -20, 60, -2),
        ]
        self.assertEqual(layout.in_reading_order(pieces), "top\nleft right\nbelow")
        self.assertEqual(layout.in_reading_order([]), "")

    def test_a_low_piece_beside_a_tall_one_is_in_its_row(self) -> None:
        self.assertEqual(
            layout.in_reading_order([("A", 0, 0, 20, 40), ("-", 25, 16, 40, 24)]), "A -"
        )

    def test_boxes_of_true_lines(self) -> None:
        details = {
            "chars": [
                {"line": 1, "box": [10, 50, 20, 70]},
                {"line": 0, "box": [5, 0, 9, 20]},
                {"line": 1, "box": [22, 48, 99, 68]},
            ]
        }
        self.assertEqual(layout.true_lines(details, 100, 80), [(2, 0, 13, 24), (6, 44, 100, 74)])
        self.assertEqual(layout.true_lines({}, 100, 80), [])


class Pages(unittest.TestCase):
    def test_form_feeds_between_or_after(self) -> None:
        self.assertEqual(peers.pages_of("A\n\fB\n", 2), ["A\n", "B\n"])
        self.assertEqual(peers.pages_of("A\n\fB\n\f", 2), ["A\n", "B\n"])
        self.assertEqual(peers.pages_of("A\n\f", 2), ["A\n", ""])
        self.assertEqual(peers.pages_of("A\n\f", 1), ["A\n"])
        self.assertIsNone(peers.pages_of("A\n", 2))
        self.assertIsNone(peers.pages_of("A\fB\fC", 2))


class Fake(peers.Peer):
    key, name, batch = "fake", "Fake", 2

    def __init__(self, texts: dict[str, str | None]) -> None:
        self.texts = texts
        self.asked: list[str] = []

    def start(self) -> str:
        return "1"

    def read(self, paths: Sequence[Path]) -> list[str]:
        self.asked += [path.name for path in paths]
        texts = [self.texts[path.name] for path in paths]
        if None in texts:
            raise RuntimeError("broken")
        return [text for text in texts if text is not None]


class Comparing(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.home = self.folder / "home"
        self.errors = self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def read(self, peer: Fake, digests: dict[str, str], fingerprint: str = "1") -> compare.Readings:
        readings = compare.Readings(self.home, peer.key, fingerprint)
        compare.read_all(peer, readings, self.folder, digests)
        return readings

    def main(self, *options: str) -> int:
        where = [str(self.folder), "--home", str(self.home)]
        return compare.main([*where, "--only", "scribe", *options])

    def test_goes_on_where_it_was_stopped(self) -> None:
        peer = Fake({"a": "A", "b": "B", "c": "C"})
        self.read(peer, {"a": "1", "b": "2"})
        readings = self.read(peer, {"a": "1", "b": "2", "c": "3"})
        self.assertEqual(peer.asked, ["a", "b", "c"])
        self.assertEqual(readings.texts, {"a": "A", "b": "B", "c": "C"})
        # Another image by that name, then another version of the program.
        self.read(peer, {"a": "changed", "b": "2", "c": "3"})
        self.assertEqual(peer.asked[3:], ["a"])
        self.read(peer, {"a": "changed", "b": "2", "c": "3"}, fingerprint="2")
        self.assertEqual(peer.asked[4:], ["a", "b", "c"])

    def test_damaged_notes_are_written_anew(self) -> None:
        self.home.mkdir()
        (self.home / "fake.json").write_text("{")
        (self.home / "fake.costs.json").write_text("[]")
        self.assertEqual(self.read(Fake({"a": "A"}), {"a": "1"}).texts, {"a": "A"})

    def test_an_image_that_fails_is_empty_and_told(self) -> None:
        readings = self.read(Fake({"a": "A", "b": None, "c": "C"}), {"a": "1", "b": "2", "c": "3"})
        self.assertEqual(readings.texts, {"a": "A", "b": "", "c": "C"})
        self.assertIn("Fake, b: broken", self.errors.getvalue())

    def test_tables(self) -> None:
        truths = {"a": {"text": "AB", "tier": "hard"}, "b": {"text": "", "tier": "hard"}}
        cost = {"a": 10, "b": 20}
        column = compare.Column(
            "Fake",
            "1.2",
            {"a": "AX", "b": "i"},
            lambda names: sum(cost[name] for name in names) / len(names),
        )
        text = compare.by_tier(truths, [column])
        self.assertIn("### hard: 2 images, 2 characters", text)
        self.assertIn("| Fake | 100.0 % | 50.0 % | 100.0 % | 0.0 % | 0.0 % | 15 | 1.2 |", text)
        self.assertIn("Fake 1 of 1", text)
        self.assertIn("### All:", text)

    def test_cpu_time_counts_children(self) -> None:
        with peers.timed() as spent:
            subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)
        self.assertGreater(spent[0], 0.01)

    def test_missing_programs_are_left_out_and_bad_folders_told(self) -> None:
        (self.folder / "truth.json").write_text(json.dumps({"a.png": {"text": "A"}}))
        (self.folder / "a.png").write_bytes((IMAGES / "clean_007.png").read_bytes())
        with contextlib.redirect_stdout(io.StringIO()) as output:
            status = self.main("--scribe", "/nowhere")
        self.assertEqual(status, 1)
        self.assertIn("SerialScribe was left out: no program /nowhere", output.getvalue())
        for content in ("[1]", "{", '{"a": {"text": 3}}'):
            (self.folder / "truth.json").write_text(content)
            with self.assertRaisesRegex(SystemExit, "is not an object"):
                labelled.load(self.folder)
        with self.assertRaisesRegex(SystemExit, "needs a truth.json"):
            labelled.load(self.home)
        with self.assertRaisesRegex(SystemExit, "No such file"):
            labelled.digests(self.folder, ["lost.png"])

    @unittest.skipUnless(SCRIBE.exists(), "scribe is not built")
    def test_whole(self) -> None:
        (self.folder / "truth.json").write_text(
            json.dumps({"a.png": {"text": "MODEL", "tier": "clean"}})
        )
        (self.folder / "a.png").write_bytes((IMAGES / "clean_007.png").read_bytes())
        out = self.folder / "table.md"
        for _ in range(2):
            with contextlib.redirect_stdout(io.StringIO()) as output:
                status = self.main("--scribe", str(SCRIBE), "--out", str(out))
            self.assertEqual(status, 0)
            self.assertEqual(out.read_text(), output.getvalue())
            self.assertIn("### clean: 1 images, 5 characters", output.getvalue())
        self.assertEqual(len(list(self.home.glob("*/scribe.json"))), 1)


class FrontEnd(unittest.TestCase):
    def test_peers_find_it(self) -> None:
        peer = peers.Gocr()
        peer.prepare()
        self.assertIs(peer.front, front)

    def picture(self, paper: int, ink: int) -> np.ndarray:
        """A bar of ink on paper that is twice as bright on the right."""
        image = np.full((60, 80), paper, np.float64)
        image[25:35, 20:60] = ink
        return (image * np.linspace(0.5, 1, 80)).astype(np.uint8)

    def test_black_on_white_whatever_the_polarity_and_shadow(self) -> None:
        for paper, ink in ((220, 60), (60, 220)):
            binary = front.prepared(self.picture(paper, ink))
            self.assertEqual(set(np.unique(binary)), {0, 255})
            self.assertEqual(binary.shape, (120 + 32, 160 + 32))
            self.assertEqual(binary[16 + 60, 16 + 80], 0, f"ink {ink} on {paper}")
            self.assertEqual(binary[16 + 12, 16 + 80], 255, f"paper {paper}")


if __name__ == "__main__":
    unittest.main()
