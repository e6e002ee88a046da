"""The real output of every command that prints JSON, held to docs/json.schema.json."""

import functools
import json
import os
import shutil
import struct
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

import jsonschema

from formats import fields
from formats.schema import LINES, closed, load, members, named
from measure.programs import ENVIRONMENT, ROOT, SCRIBE, boards
from tests.commands import run, stand_in

PROGRAM = Path(os.environ.get("SCRIBE", SCRIBE)).resolve()
IMAGES = ROOT / "Tests/Fixtures/board-images"
SCHEMA = load()

# What no picture at hand shows; Swift's JSONTests and ValueSinkTests hold these.
UNSEEN = {("character", "turning"), ("character", "tenth")}


@functools.cache
def validator(kinds: tuple[str, ...]) -> Any:
    schema = {**closed(SCHEMA), "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds]}
    del schema["anyOf"]
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def mistakes(command: str, line: Any) -> list[str]:
    """What is wrong with a line of a command."""
    errors = validator(tuple(LINES[command])).iter_errors(line)
    return [f"{command} {error.json_path}: {error.message}"[:400] for error in errors]


def raw(count: int) -> bytes:
    """Images as bare pixels, all white, each behind its sync."""
    return (b"\xaa\x55\xaa\x55" + bytes([255]) * (160 * 120)) * count


RAW = "raw:160x120:gray8:sync=AA55AA55"


class Schema(unittest.TestCase):
    def test_it_can_fail(self) -> None:
        box = {"x": 1, "y": 2, "width": 3, "height": 4}
        line = {"text": "A", "confidence": 0.5, "box": box, "characters": []}
        good = {
            "image": "a.png",
            "width": 320,
            "height": 240,
            "text": "A",
            "lines": [line],
            "milliseconds": 1.5,
        }
        self.assertEqual(mistakes("recognize", good), [])
        wrong: tuple[Any, ...] = (
            {key: value for key, value in good.items() if key != "text"},
            {**good, "txt": "A"},
            {**good, "width": "320"},
            {**good, "time": "2026-09-21 14:13:20"},
            {**good, "mount": "sideways"},
            {**good, "reader": "host"},
            {**good, "lines": [{**line, "confidence": 1.5}]},
            {**good, "lines": [{**line, "novelty": -0.1}]},
            {**good, "lines": [{**line, "box": {**box, "z": 1}}]},
            {**good, "missingRows": []},
            {**good, "values": {"counter": {"text": "1"}}},
            [],
        )
        for bad in wrong:
            self.assertNotEqual(mistakes("recognize", bad), [], bad)
        # Programs skip what later versions may add.
        jsonschema.validate({**good, "later": 1}, SCHEMA)

    def test_the_document_has_its_tables(self) -> None:
        self.assertEqual(fields.main(["--check"]), 0)

    @unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
    def test_it_knows_all_commands(self) -> None:
        help_text = run([PROGRAM, "--experimental-dump-help"]).stdout
        commands = {
            command["commandName"]
            for command in json.loads(help_text)["command"]["subcommands"]
            for argument in command.get("arguments", [])
            if {"kind": "long", "name": "json"} in argument.get("names", [])
        }
        self.assertEqual(commands, set(LINES))


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
class Output(unittest.TestCase):
    """Each test checks its lines; once all have run, that the schema names nothing else."""

    seen: ClassVar[set[tuple[str, str]]] = set()
    ran: ClassVar[set[str]] = set()

    def setUp(self) -> None:
        self.ran.add(self._testMethodName)
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copy(IMAGES / "clean_000.png", self.path / "photo.png")

    def lines(self, *words: str | Path, status: int = 0, **environment: str) -> list[Any]:
        """The lines that a command prints, once they are found right."""
        result = run([PROGRAM, *words], {**ENVIRONMENT, **environment}, self.path)
        self.assertEqual(result.returncode, status, result.stderr[-600:])
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertTrue(lines, result.stderr[-600:])
        for line in lines:
            self.assertEqual(mistakes(str(words[0]), line), [])
            for kind in LINES[str(words[0])]:
                if validator((kind,)).is_valid(line):
                    part = {"$ref": f"#/$defs/{kind}"}
                    self.seen.update(members(SCHEMA, part, line, kind))
        return lines

    def test_recognize(self) -> None:
        self.lines("recognize", "--json", IMAGES)
        self.lines("recognize", "--as", "json", "--mount", "upside-down", "photo.png")
        self.lines("recognize", "--json", "--pattern", "[a-z]+", "photo.png")
        jpeg = (ROOT / "Tests/scribeTests/Fixtures/clean_000.jpg").read_bytes()
        (self.path / "torn.jpg").write_bytes(jpeg[: len(jpeg) * 6 // 10])
        (torn,) = self.lines("recognize", "--json", "torn.jpg")
        self.assertIn("missingRows", torn)
        # EXIF data: a directory with the place of the next, which has the time behind it.
        exif = b"II*\0" + struct.pack("<IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0)
        exif += struct.pack("<HHHIII", 1, 0x9003, 2, 20, 44, 0) + b"2026:11:30 07:15:09\0"
        segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 8) + b"Exif\0\0" + exif
        (self.path / "taken.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
        (taken,) = self.lines("recognize", "--json", "taken.jpg")
        self.assertEqual(taken["taken"], "2026-11-30T07:15:09")

    def test_values(self) -> None:
        words = ["camera", "new", "meter.yaml", "--picture", "photo.png"]
        made = run([PROGRAM, *words, "--field", "counter=105,55,190,42"], None, self.path)
        self.assertEqual(made.returncode, 0, made.stderr)
        (line,) = self.lines("recognize", "--json", "--camera", "meter.yaml", "photo.png")
        self.assertEqual(line["camera"], "meter")

    def test_live_and_what_it_recorded(self) -> None:
        options = ("--text", "12345", "--blur", "0", "--noise", "0")
        with boards(PROGRAM, 1, *options) as (port,):
            words: list[str | Path] = ["live", "--json", "--port", port, "--images", "4"]
            self.lines(*words, "--fuse", "--record", "session.pcapng")
        (self.path / "meter.yaml").write_text(
            "name: meter\nfields:\n  - name: counter\n    box: [0, 0, 320, 240]\n    unit: m³\n"
        )
        self.lines("replay", "--json", "--camera", "meter.yaml", "session.pcapng")
        self.lines("replay", "--as", "json", "--fuse", "session.pcapng")
        self.lines("inspect", "--json", "session.pcapng")
        self.lines("extract", "--json", "session.pcapng", "pictures")
        words = ["--most-telling", "1", "session.pcapng", "telling"]
        (line,) = self.lines("extract", "--json", *words)
        self.assertTrue(0 <= line["novelty"] <= 1 and 0 <= line["telling"] <= 1)

    def test_boards_that_read(self) -> None:
        with boards(PROGRAM, 1, "--text", "12345", "--read") as (port,):
            (line,) = self.lines("live", "--json", "--port", port, "--images", "1")
        self.assertEqual(line["reader"], "board")

    def test_recordings_without_times_and_with_damage(self) -> None:
        (self.path / "dump.bin").write_bytes(raw(2) + raw(1)[:9000] + raw(1))
        for command in ("replay", "inspect"):
            self.lines(command, "--json", "--protocol", RAW, "dump.bin")
        (line, *_) = self.lines("extract", "--json", "--protocol", RAW, "dump.bin", "pictures")
        self.assertIsNone(line["time"])
        words = ["import", "--protocol", RAW, "dump.bin", "dump.pcapng"]
        self.assertEqual(run([PROGRAM, *words], None, self.path).returncode, 0)
        whole = (self.path / "dump.pcapng").read_bytes()
        (self.path / "damaged.pcapng").write_bytes(whole[:-9])
        (line,) = self.lines("inspect", "--json", "damaged.pcapng")
        self.assertGreater(line["damagedParts"], 0)

    def test_ports(self) -> None:
        stand_in(
            self.path / "bluetoothctl",
            """\
            #!/bin/sh
            echo 'Device 98:D3:31:F5:0A:2C HC-05'
            """,
        )
        path = f"{self.path}:{os.environ['PATH']}"
        # The program doesn't wait long for it, and a busy machine may need longer to start it.
        for _ in range(100):
            if run([PROGRAM, "ports", "--json"], {**ENVIRONMENT, "PATH": path}, self.path).stdout:
                break
        self.lines("ports", "--json", PATH=path)

    def test_models(self) -> None:
        self.lines("models", "--json")
        models = self.path / "models"
        models.mkdir()
        (models / "glyph").symlink_to(ROOT / "models/glyph")
        self.lines("models", "--json", "--bench", "models")
        self.lines("models", "--json", "--check", "models")

    def test_teach(self) -> None:
        folder = self.path / "corrections"
        folder.mkdir()
        kept = json.loads((IMAGES / "truth.json").read_text())
        names = ("clean_000.png", "clean_001.png")
        for name in names:
            shutil.copy(IMAGES / name, folder / name)
        (folder / "truth.json").write_text(json.dumps({name: kept[name] for name in names}))
        self.lines("teach", "--json", "--out", "mine", "corrections")

    def test_evaluate(self) -> None:
        self.lines("evaluate", "--json", "--thresholds", IMAGES)
        folder = self.path / "labelled"
        folder.mkdir()
        shutil.copy(IMAGES / "clean_000.png", folder / "a.png")
        (folder / "a.json").write_text('{"cap_px": 30}')
        (folder / "empty.png").write_bytes(b"")
        truth = {
            "a.png": {"text": "brown\neight\nFLOOR", "tier": "clean", "box": [100, 55, 290, 210]},
            "empty.png": {"text": "A"},
        }
        (folder / "truth.json").write_text(json.dumps(truth))
        self.lines("evaluate", "--json", "--features", folder, status=65)

    @classmethod
    def tearDownClass(cls) -> None:
        if cls.ran < set(unittest.defaultTestLoader.getTestCaseNames(cls)):
            return
        named_members = {
            (place, name)
            for kind, part in SCHEMA["$defs"].items()
            for place, name, _, _ in named(SCHEMA, part, kind)
        }
        unseen = named_members - cls.seen - UNSEEN
        if unseen:
            raise AssertionError(f"the schema names what nothing prints: {sorted(unseen)}")


if __name__ == "__main__":
    unittest.main()
