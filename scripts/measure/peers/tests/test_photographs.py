"""How readings of photographs are judged and counted."""

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import types
import unittest
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from measure import labelled
from measure.labelled import Truths
from measure.peers import peers, photographs
from tests.commands import stand_in

# Programs that know pictures by their names: NAME.png is read as TEXTS has it.
SCRIBE = """\
import json, sys
texts = json.load(open({texts!r}))
assert sys.argv[1:5] == ["recognize", "--json", "--jobs", "1"], sys.argv
for path in sys.argv[5:]:
    print(json.dumps({{"image": path, "text": texts.get(path.rsplit("/", 1)[1], "")}}))
"""
TESSERACT = """\
import json, sys
if sys.argv[1] == "--version":
    print("tesseract 5.9")
    sys.exit()
texts = json.load(open({texts!r}))
assert sys.argv[2:4] == ["stdout", "--psm"], sys.argv
for path in open(sys.argv[1]).read().split():
    print(texts.get(path.rsplit("/", 1)[1], "") + " psm" + sys.argv[4], end="\\f")
"""


class Fake(peers.Peer):
    def __init__(self, key: str, texts: dict[str, str], version: str | None = "1") -> None:
        self.key = self.name = key
        self.texts, self.version = texts, version
        self.asked: list[str] = []

    def start(self) -> str:
        if self.version is None:
            raise peers.Missing("not for this machine")
        return self.version

    def read(self, paths: Sequence[Path]) -> list[str]:
        self.asked += [path.name for path in paths]
        return [self.texts[path.name] for path in paths]


class Judging(unittest.TestCase):
    def test_spaces_never_count(self) -> None:
        self.assertEqual(photographs.judge("AB 1\n2", " A B12\f", False), (True, True, False))
        self.assertEqual(photographs.judge("AB", "xAB-\n", False), (False, True, False))
        self.assertEqual(photographs.judge("AB", " \n", False), (False, False, True))

    def test_other_characters_are_dropped_where_digits_alone_count(self) -> None:
        self.assertEqual(photographs.judge("12", "|1/2.", True), (True, True, False))
        self.assertEqual(photographs.judge("12", "|1/2.", False), (False, False, False))
        self.assertEqual(photographs.judge("12", "3l12", True), (False, True, False))
        # Something was read, even if none of it counts.
        self.assertEqual(photographs.judge("12", "lO", True), (False, False, False))

    def test_sets(self) -> None:
        self.assertEqual(photographs.form(["1", "A\n"]), photographs.CHARACTER)
        self.assertEqual(photographs.form(["1", "12 3"]), photographs.LINE)
        self.assertEqual(photographs.form(["1", "1\n2"]), photographs.LINES)
        self.assertTrue(photographs.only_digits({"a": {"text": "12 3"}, "b": {"text": "4\n5"}}))
        self.assertFalse(photographs.only_digits({"a": {"text": "12"}, "b": {"text": "1.2"}}))

    def test_choice_is_even_by_name(self) -> None:
        names = [f"{i:02}" for i in range(10)]
        self.assertEqual(labelled.choose(reversed(names), 4), ["00", "02", "05", "07"])
        self.assertEqual(labelled.choose(names, 10), names)
        self.assertEqual(labelled.choose(names, None), names)


class Photographs(unittest.TestCase):
    def setUp(self) -> None:
        self.home = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.bin = self.home / "bin"
        self.bin.mkdir()
        self.out, self.failed = self.home / "table.md", self.home / "failures"
        # The real ones, where they are installed, would take part.
        packages = {"rapidocr": None, "rapidocr_onnxruntime": None}
        self.enterContext(mock.patch.dict(sys.modules, packages))
        self.enterContext(mock.patch.dict(os.environ, {"PATH": str(self.bin)}))

    def program(self, name: str, source: str, texts: dict[str, str]) -> str:
        known = self.home / f"{name}.json"
        known.write_text(json.dumps(texts))
        text = f"#!{sys.executable}\n" + source.format(texts=str(known))
        return str(stand_in(self.bin / name, text))

    def folder(self, name: str, truths: Truths) -> Path:
        folder = self.home / name
        for picture in truths:
            (folder / picture).parent.mkdir(parents=True, exist_ok=True)
            (folder / picture).write_bytes(picture.encode())
        (folder / "truth.json").write_text(json.dumps(truths))
        return folder

    def call(self, work: Callable[[], int]) -> tuple[int, str]:
        with (
            contextlib.redirect_stdout(io.StringIO()) as output,
            contextlib.redirect_stderr(io.StringIO()) as errors,
        ):
            status = work()
        self.errors = errors.getvalue()
        return status, output.getvalue()

    def main(self, *arguments: str | Path) -> tuple[int, str]:
        return self.call(
            lambda: photographs.main([*map(str, arguments), "--home", str(self.home / "kept")])
        )

    def run_with(
        self, entries: list[photographs.Entry], *folders: Path, images: int | None = None
    ) -> tuple[int, str]:
        options = argparse.Namespace(
            folders=folders,
            images=images,
            home=self.home / "kept",
            out=self.out,
            failures=self.failed,
        )
        return self.call(lambda: photographs.run(options, entries))

    def failures(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.failed.read_text().splitlines()]

    def test_commands_and_what_is_missing(self) -> None:
        digits = self.folder(
            "digits",
            {
                "a.png": {"text": "1"},
                "b.png": {"text": "2", "box": [0, 0, 9, 9]},
                "sub/c.png": {"text": "3", "turn": 0.0},
                "rolling.png": {"turn": 3.5},
            },
        )
        lines = self.folder("lines", {"d.png": {"text": "A B\nC"}, "e.png": {"text": "D"}})
        texts = {"a.png": "l 1", "b.png": "22", "d.png": "AB C"}
        scribe = self.program("scribe", SCRIBE, texts)
        self.program("tesseract", TESSERACT, {"a.png": "1", "d.png": "A B\nC"})
        status, text = self.main(
            scribe, digits, lines, "--out", self.out, "--failures", self.failed
        )
        self.assertEqual(status, 0)
        self.assertEqual(self.out.read_text(), text)
        head, rule, *rows = text.split("\n\n")[0].splitlines()
        self.assertEqual(head, "| Set | Pictures | SerialScribe | Tesseract |")
        self.assertEqual(rule, "|---|---|---|---|")
        self.assertEqual(len(rows), 2)
        self.assertRegex(
            rows[0],
            r"^\| digits\* \| 3 \| 33\.3 / 66\.7 / 33\.3 %, [\d.e+-]+ ms "
            r"\| 0\.0 / 33\.3 / 0\.0 %, [\d.e+-]+ ms \(psm 10\) \|$",
        )
        self.assertRegex(
            rows[1],
            r"^\| lines \| 2 \| 50\.0 / 50\.0 / 50\.0 %, [\d.e+-]+ ms "
            r"\| 0\.0 / 50\.0 / 0\.0 %, [\d.e+-]+ ms \(psm 6\) \|$",
        )
        self.assertRegex(text, "RapidOCR was left out: no Python package")
        self.assertRegex(text, "PP-OCR's recognizer v4 was left out: no Python package")
        self.assertIn("Tesseract 5.9", text)
        self.assertIn("characters other than digits are dropped", text)
        keys = "set", "picture", "options", "text", "read", "has"
        self.assertEqual(
            [
                tuple(failure[key] for key in keys)
                for failure in self.failures()
                if failure["program"] == "SerialScribe"
            ],
            [
                ("digits", "b.png", "", "2", "22", True),
                ("digits", "sub/c.png", "", "3", "", False),
                ("lines", "e.png", "", "D", "", False),
            ],
        )

    def test_without_any_peer_ours_is_told_alone(self) -> None:
        scribe = self.program("scribe", SCRIBE, {"a.png": "A1"})
        status, text = self.main(scribe, self.folder("set", {"a.png": {"text": "A1"}}))
        self.assertEqual(status, 0)
        self.assertIn("| Set | Pictures | SerialScribe |\n", text)
        self.assertIn("| set | 1 | 100.0 / 100.0 / 0.0 %, ", text)
        # Once, whatever the options it would have had.
        self.assertEqual(text.count("Tesseract was left out: no program tesseract"), 1)

    def test_ours_is_read_anew_and_peers_are_not(self) -> None:
        folder = self.folder("set", {"a.png": {"text": "A1"}})
        self.program("tesseract", TESSERACT, {"a.png": "A1"})
        for ours in ("A1", "B"):
            scribe = self.program("scribe", SCRIBE, {"a.png": ours})
            _, text = self.main(scribe, folder)
            self.assertIn(f"| set | 1 | {100.0 if ours == 'A1' else 0.0} / ", text)
        self.assertNotIn("Tesseract, psm 7: 1 of 1", self.errors)
        self.assertIn("SerialScribe: 1 of 1", self.errors)

    def test_the_better_of_two_is_shown_and_none_for_several_lines(self) -> None:
        one = (photographs.LINE, photographs.CHARACTER)
        texts = {"a.png": "A", "b.png": "AB", "c.png": "A\nB"}
        newer = Fake("v6", {**texts, "b.png": "-AB-"})
        entries = [
            photographs.Entry("Whole", "", Fake("whole", texts)),
            photographs.Entry("Line", "v6", newer, one),
            photographs.Entry("Line", "v4", Fake("v4", {**texts, "a.png": "B"}), one),
        ]
        # The older one reads b, the newer a; of both in one set "has it" decides.
        folders = [
            self.folder("first", {"a.png": {"text": "A"}}),
            self.folder("second", {"b.png": {"text": "AB"}}),
            self.folder("third", {"a.png": {"text": "A"}, "b.png": {"text": "AB"}}),
            self.folder("fourth", {"c.png": {"text": "A\nB"}}),
        ]
        status, text = self.run_with(entries, *folders)
        self.assertEqual(status, 0)
        shown = [row.split(" | ")[-1] for row in text.split("\n\n")[0].splitlines()[2:]]
        self.assertRegex(shown[0], r"^100\.0 / 100\.0 / 0\.0 %, .* \(v6\) \|$")
        self.assertRegex(shown[1], r"^100\.0 / 100\.0 / 0\.0 %, .* \(v4\) \|$")
        self.assertRegex(shown[2], r"^50\.0 / 100\.0 / 0\.0 %, .* \(v6\) \|$")
        self.assertEqual(shown[3], "- |")
        self.assertNotIn("c.png", newer.asked)
        self.assertEqual(
            [(failure["set"], failure["options"]) for failure in self.failures()], [("third", "v6")]
        )

    def test_so_many_images_and_one_that_fails(self) -> None:
        names = [f"{i}.png" for i in range(9)]
        peer = Fake("peer", {name: "X1" for name in names})
        folder = self.folder("set", {name: {"text": "X1"} for name in names})
        _, text = self.run_with([photographs.Entry("Peer", "", peer)], folder, images=3)
        self.assertEqual(sorted(set(peer.asked)), ["0.png", "3.png", "6.png"])
        self.assertIn("| set | 3 | 100.0 / ", text)

        peer = Fake("other", {})
        with mock.patch.object(peer, "read", side_effect=RuntimeError("broken")):
            status, text = self.run_with([photographs.Entry("Other", "", peer)], folder, images=3)
        self.assertEqual(status, 0)
        self.assertIn("| set | 3 | 0.0 / 0.0 / 100.0 %, ", text)
        self.assertIn("other, 3.png: broken; counts as empty", self.errors)

    def test_a_program_that_fails_at_its_start_is_left_out(self) -> None:
        entries = [
            photographs.Entry("Here", "", Fake("here", {"a.png": "A1"})),
            photographs.Entry("Away", "v1", Fake("away", {}, version=None)),
        ]
        status, text = self.run_with(entries, self.folder("set", {"a.png": {"text": "A1"}}))
        self.assertEqual(status, 0)
        self.assertIn("Away v1 was left out: not for this machine.", text)
        self.program(
            "tesseract",
            "import sys\nprint('tesseract 5')\nsys.exit('no data' if len(sys.argv) > 2 else 0)\n",
            {},
        )
        scribe = self.program("scribe", SCRIBE, {"a.png": "A1"})
        status, text = self.main(scribe, self.home / "set")
        self.assertEqual(status, 0)
        self.assertRegex(text, "Tesseract was left out: it fails on blank pictures: .*no data")

    def test_what_can_not_be_measured_is_told(self) -> None:
        scribe = self.program("scribe", SCRIBE, {})
        folder = self.folder("set", {"a.png": {"text": "A1"}})
        with self.assertRaisesRegex(SystemExit, "no program /nowhere"):
            self.main("/nowhere", folder)
        with self.assertRaisesRegex(SystemExit, "needs a truth.json"):
            self.main(scribe, self.bin)
        (folder / "a.png").unlink()
        with self.assertRaisesRegex(SystemExit, "No such file"):
            self.main(scribe, folder)
        status, _ = self.main(scribe, self.folder("rolling", {"a.png": {"turn": 0.5}}))
        self.assertEqual(status, 1)
        self.assertIn("rolling: its truth.json tells no text", self.errors)
        with self.assertRaises(SystemExit):
            self.main(scribe, folder, "--images", "0")

    def test_recognizers_take_the_whole_picture_without_looking_for_lines(self) -> None:
        asked: list[tuple[str, dict[str, bool]]] = []

        class Engine:
            result: Any

            def __init__(self, **_: Any) -> None:
                pass

            def __call__(self, image: str, **options: bool) -> Any:
                asked.append((image, options))
                if image == "bad.png":
                    raise ValueError("too small")
                return self.result

        class Six(Engine):
            result = types.SimpleNamespace(txts=("12",))

        class Four(Engine):
            result: Any = ([["34", 0.9]], [0.1])

        modules = {
            "cv2": types.SimpleNamespace(setNumThreads=lambda count: None),
            "rapidocr": types.SimpleNamespace(RapidOCR=Six),
            "rapidocr_onnxruntime": types.SimpleNamespace(RapidOCR=Four),
        }
        with (
            mock.patch.dict(sys.modules, modules),
            mock.patch("measure.peers.peers.color", lambda path: path.name),
            mock.patch("importlib.metadata.version", lambda name: "9"),
        ):
            for kind, text in ((peers.Recognizer, "12"), (peers.RecognizerV4, "34")):
                peer = kind()
                self.assertEqual(peer.start(), "9")
                self.assertEqual(peer.read([Path("a.png")]), [text])
                self.assertEqual(
                    asked[-1], ("a.png", {"use_det": False, "use_cls": False, "use_rec": True})
                )
                with self.assertRaisesRegex(RuntimeError, "ValueError: too small"):
                    peer.read([Path("bad.png")])
            Four.result = (None, None)
            self.assertEqual(peer.read([Path("a.png")]), [""])


if __name__ == "__main__":
    unittest.main()
