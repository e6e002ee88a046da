"""What the documents tell people to type: each command of the program is run.

Boards that are not there are told of in one way, wrong options in another: so a command for a board
is right where it ends for want of the board.
"""

import json
import os
import re
import shlex
import shutil
import tempfile
import unittest
from pathlib import Path

from measure.programs import ENVIRONMENT, ROOT, SCRIBE
from tests.commands import run

PROGRAM = Path(os.environ.get("SCRIBE", SCRIBE))
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "firmware-proto/**/*.md", "models/*.md", "scripts/**/*.md")
    for path in ROOT.glob(pattern)
)
TYPED = re.compile(r"^\s*(?:\$ )?(?:\.build/release/)?(scribe .*)$")
# What gives the program its images goes with it to the shell.
PIPED = re.compile(r"^\s*(?:\$ )?((?:cat|find|ls) .*\| scribe .*)$")
IMAGES = ROOT / "Tests/Fixtures/board-images"
NO_INPUT = 66  # the port can't be opened
ENDINGS = (".h", ".c", ".pcapng", ".jsonl", ".html", ".csv")


def commands(text: str) -> list[str]:
    """Commands of the program in a document: indented, or between fences."""
    found, fenced, pending = [], False, ""
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
            continue
        if not (fenced or line.startswith("    ")) and not pending:
            continue
        joined = pending + line.strip() if pending else line
        pending = ""
        if joined.endswith("\\"):
            pending = joined[:-1]
            continue
        match = TYPED.match(joined) or PIPED.match(joined)
        if match:
            found.append(match[1])
    return found


def words_of(command: str) -> list[str]:
    """The words of a command, without what the shell makes of the rest."""
    words = shlex.split(command, comments=True)
    for end in ("|", "&", ">", "&&", ";"):
        if end in words:
            words = words[: words.index(end)]
    return words[1:]


class Folder:
    """A folder with the files that documents speak of."""

    def __init__(self, path: Path) -> None:
        self.path = path
        image = IMAGES / "clean_000.png"
        for name in ("photo.png", "photo.jpg", "page.png"):
            shutil.copy(image, path / name)
        for name in ("photos", ".data/pictures"):
            photos = path / name
            photos.mkdir(parents=True)
            shutil.copy(image, photos / "a.png")
            (photos / "truth.json").write_text('{"a.png": {"text": "brown\\neight\\nFLOOR"}}')
        corrections = path / "corrections"
        corrections.mkdir()
        kept = json.loads((IMAGES / "truth.json").read_text())
        names = ("clean_000.png", "clean_001.png")
        for name in names:
            shutil.copy(IMAGES / name, corrections / name)
        (corrections / "truth.json").write_text(json.dumps({name: kept[name] for name in names}))
        (path / "password").write_text("secret\n")
        (path / "minicom.cap").write_bytes(bytes(range(256)) * 8)
        models = path / "models"
        models.mkdir()
        for model in (ROOT / "models").iterdir():
            if model.is_dir():
                (models / model.name).symlink_to(model)
        (models / "mine").symlink_to(ROOT / "models/glyph")
        self.run(["import", "minicom.cap", "session.pcapng"])
        self.run(
            ["camera", "new", "water.yaml", "--picture", "photo.jpg", "--port", "/nowhere/board"]
            + ["--field", "counter=40,60,200,40"]
        )
        whole = (path / "session.pcapng").read_bytes()
        (path / "damaged.pcapng").write_bytes(whole[:-9])

    def run(self, words: list[str]) -> tuple[int, str]:
        environment = {**ENVIRONMENT, "SERIALSCRIBE_MODELS": str(self.path / "models")}
        result = run([PROGRAM, *words], environment, self.path)
        return result.returncode, result.stdout + result.stderr

    def shell(self, command: str) -> tuple[int, str]:
        """How a command ends that takes its input from files or programs."""
        (self.path / "scribe").symlink_to(PROGRAM.resolve())
        environment = {
            **ENVIRONMENT,
            "PATH": f"{self.path}:{os.environ['PATH']}",
            "SERIALSCRIBE_MODELS": str(self.path / "models"),
        }
        result = run(["sh", "-c", command], environment, self.path)
        return result.returncode, result.stdout + result.stderr

    def prepared(self, words: list[str]) -> list[str]:
        """The command for boards and places that this machine doesn't have."""
        words = [
            re.sub(r"^(/dev/(?:tty|rfcomm)\w+|/tmp/\w+|tcp:[\d.]+:\d+)$", r"/nowhere\1", word)
            for word in words
        ]
        if words[0] == "simulate":
            words[words.index("--link") + 1] = str(self.path / "board")
            return [*words, "--images", "1", "--no-wait", "--baud", "0"]
        if words[0] in ("import", "record"):
            (self.path / words[-1]).unlink(missing_ok=True)
        if words[:2] == ["camera", "new"]:
            (self.path / words[2]).unlink()
        if "--line-model" in words:
            (self.path / "models/mine").unlink()
            (self.path / "models/mine").symlink_to(ROOT / "models/line")
        for word in words:
            if word.startswith("mine/"):
                shutil.copytree(ROOT / "models" / word[5:], self.path / word)
            if word.endswith(ENDINGS):
                (self.path / word).parent.mkdir(parents=True, exist_ok=True)
        return words


class Commands(unittest.TestCase):
    def test_they_are_found(self) -> None:
        text = """Say `scribe help`.

    .build/release/scribe ports    # what is there
    scribe live --port /dev/ttyUSB0 --json | tee a &

```sh
$ scribe recognize \\
    photo.png
find . | scribe recognize --from -
```
"""
        found = commands(text)
        self.assertEqual(
            [words_of(command) for command in found[:-1]],
            [["ports"], ["live", "--port", "/dev/ttyUSB0", "--json"], ["recognize", "photo.png"]],
        )
        self.assertEqual(found[-1], "find . | scribe recognize --from -")

    @unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
    def test_a_wrong_one_is_seen(self) -> None:
        with tempfile.TemporaryDirectory() as path:
            folder = Folder(Path(path))
            words = folder.prepared(words_of("scribe live --port /dev/ttyUSB0 --no-such-option"))
            self.assertEqual(folder.run(words)[0], 64)
            words = folder.prepared(words_of("scribe live --port /dev/ttyUSB0"))
            self.assertEqual(folder.run(words)[0], NO_INPUT)
            self.assertEqual(folder.shell("echo nowhere.png | scribe recognize --from -")[0], 66)

    @unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
    def test_each_is_run(self) -> None:
        count = 0
        for document in DOCUMENTS:
            for command in commands(document.read_text()):
                words = words_of(command)
                with (
                    self.subTest(f"{document.relative_to(ROOT)}: {command}"),
                    tempfile.TemporaryDirectory() as path,
                ):
                    folder = Folder(Path(path))
                    if not command.startswith("scribe ") or " < " in command:
                        status, told = folder.shell(command)
                    else:
                        words = folder.prepared(words)
                        status, told = folder.run(words)
                    needs_board = words[:1] in (["live"], ["record"])
                    self.assertEqual(status, NO_INPUT if needs_board else 0, told[-600:])
                    count += 1
        self.assertGreater(count, 30)


if __name__ == "__main__":
    unittest.main()
