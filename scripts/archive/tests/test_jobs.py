"""Jobs on a cluster of three nodes: a node that dies, a job that dies, files that can't be read."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

from archive.result import Result
from archive.tests.nodes import ENVIRONMENT, Nodes, nodes, until
from measure.programs import ROOT, boards

HERE = ROOT / "scripts/archive"
SCRIBE = Path(os.environ.get("SCRIBE", ROOT / ".build/release/scribe"))
IMAGES = sorted((ROOT / "Tests/Fixtures/board-images").glob("*.png"))

# The program itself, for the first recording of each process; others wait until the gate is open.
GATE = """\
#!/bin/sh
if [ "$1" != --version ] && ! mkdir {gate}.$PPID 2>/dev/null; then
  while [ -d {folder} ] && [ ! -e {gate} ]; do sleep 0.1; done
fi
exec {scribe} "$@"
"""
# A recording of these bytes kills who reads it.
KILLER = """\
#!/bin/sh
if [ "$1" != --version ] && [ "$(head -c 6)" = poison ]; then
  echo killed >>{log}
  kill -9 $PPID
fi
[ "$1" != --version ] || exec {scribe} --version
"""


def read(folder: Path) -> list[dict[str, Any]]:
    """The rows of all parts that are there."""
    result = Result(str(folder))
    return [row for part in sorted(result.written()) for row in result.read(part)]


def texts(result: Path) -> dict[str, list[str]]:
    """What was read in each file; fails where one is there twice."""
    parts = read(result)
    found = {row["file"]: [image["text"] for image in row["images"]] for row in parts}
    assert len(found) == len(parts), "a file is there twice"
    return found


def rows(result: Path) -> dict[str, dict[str, Any]]:
    return {Path(row["file"]).name: row for row in read(result)}


@unittest.skipUnless(os.access(SCRIBE, os.X_OK), "scribe isn't built")
class Jobs(unittest.TestCase):
    cluster: Nodes
    recording: bytes
    known: dict[str, str]
    """What the wheel reads in the images, by their names."""

    @classmethod
    def setUpClass(cls) -> None:
        import serialscribe

        cls.cluster = cls.enterClassContext(nodes())
        reader = serialscribe.Reader()
        cls.known = {image.name: reader.read(image).text for image in IMAGES}
        with (
            tempfile.TemporaryDirectory() as folder,
            boards(SCRIBE, 1, "--image", str(IMAGES[0]), "--images", "2", "--baud", "0") as links,
        ):
            path = Path(folder) / "made.pcapng"
            subprocess.run(
                [SCRIBE, "record", "--no-reconnect", "--port", links[0], path],
                capture_output=True,
                check=True,
            )
            cls.recording = path.read_bytes()

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.source = self.folder / "source"
        self.source.mkdir()
        self.result = self.folder / "result"
        self.gate = self.folder / "gate"
        self.log = self.folder / "log"

    def stand_in(self, text: str) -> Path:
        path = self.folder / "program"
        path.write_text(
            text.format(
                gate=self.gate, folder=self.folder, scribe=SCRIBE, log=self.folder / "kills"
            )
        )
        path.chmod(0o755)
        return path

    def fill(self, count: int, recordings: int) -> dict[str, list[str]]:
        """So many images, each `recordings`-th file a recording: what stands in them."""
        expected = {}
        for number in range(count):
            if number % recordings == recordings - 1:
                path = self.source / f"{number:04}.pcapng"
                path.write_bytes(self.recording)
                expected[str(path)] = [self.known[IMAGES[0].name]] * 2
            else:
                image = IMAGES[number % len(IMAGES)]
                path = self.source / f"{number:04}.png"
                shutil.copy(image, path)
                expected[str(path)] = [self.known[image.name]]
        return expected

    def command(self, *words: str | Path) -> list[str]:
        told = [HERE / "read", self.source, "--out", self.result, "--every", "1"]
        return [str(word) for word in (*told, "--cluster", self.cluster.address, *words)]

    def begin(self, *words: str | Path) -> subprocess.Popen[bytes]:
        with open(self.log, "ab") as log:
            process = subprocess.Popen(
                self.command(*words), stdout=log, stderr=log, env=ENVIRONMENT
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def run_job(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        command = self.command("--scribe", SCRIBE, *words)
        return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)

    def check(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(HERE / "check"), str(self.result), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def finish(self, job: subprocess.Popen[bytes]) -> str:
        until(lambda: job.poll() is not None, "the job ends")
        told = self.log.read_text()
        self.assertEqual(job.returncode, 0, told)
        return told

    def test_a_node_dies_and_every_file_is_read_once(self) -> None:
        # Each part has a recording, which waits at the gate: the node dies with one in its hands.
        expected = self.fill(240, recordings=4)
        program = self.stand_in(GATE)
        job = self.begin("--part", "4", "--scribe", program)
        node = self.cluster.nodes[-1]
        until(lambda: node.address in self.readers(), "the node has read a part")
        until(lambda: node.runs_program(program), "the node reads another")
        self.assertIsNone(job.poll(), self.log.read_text())
        node.kill()
        self.gate.touch()
        told = self.finish(job)
        self.assertEqual(texts(self.result), expected)
        self.assertIn(node.address, self.readers())
        self.assertRegex(told, r"tasks that died and are begun again: [1-9]")
        self.assertIn("240 files planned, 240 read; 0 missing, 0 twice", self.check().stdout)
        if os.environ.get("ARCHIVE_LOG"):
            print(told, self.check().stdout, sep="")
        self.cluster.begin(3)

    def readers(self) -> set[str]:
        """The nodes that have read a part."""
        return {row["node"] for row in rows(self.result).values()}

    def test_a_job_that_was_killed_goes_on(self) -> None:
        expected = self.fill(60, recordings=100)
        more = self.source / "z"
        more.mkdir()
        for number in range(20):
            (more / f"{number}.pcapng").write_bytes(self.recording)
            expected[str(more / f"{number}.pcapng")] = [self.known[IMAGES[0].name]] * 2
        program = self.stand_in(GATE)
        job = self.begin("--part", "2", "--scribe", program)
        parts = self.result / "parts"
        until(
            lambda: parts.is_dir() and len(list(parts.glob("*.parquet"))) >= 30, "images are read"
        )
        job.send_signal(signal.SIGKILL)
        job.wait()
        before = {
            path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in parts.iterdir()
        }
        self.assertEqual(self.check().returncode, 65)
        self.gate.touch()
        # A file more, which the first did not know.
        shutil.copy(IMAGES[1], self.source / "new.png")
        expected[str(self.source / "new.png")] = [self.known[IMAGES[1].name]]
        told = self.finish(self.begin("--part", "2", "--scribe", program))
        self.assertEqual(texts(self.result), expected)
        self.assertIn("60 of 81 files are read already", told)
        for name, (moment, content) in before.items():
            path = parts / name
            self.assertEqual((path.stat().st_mtime_ns, path.read_bytes()), (moment, content))
        # And once more there is nothing to do.
        self.assertIn("0 files with 0 images", self.finish(self.begin("--scribe", program)))

    def test_files_that_cant_be_read_are_rows(self) -> None:
        self.fill(4, recordings=4)
        (self.source / "bad.png").write_bytes(b"neither")
        (self.source / "bad.pcapng").write_bytes(b"nor")
        (self.source / "empty.jpg").touch()
        (self.source / "cut.pcapng").write_bytes(self.recording[: len(self.recording) * 3 // 4])
        (self.source / "notes.txt").write_text("left out")
        (self.source / "gone.png").symlink_to("nowhere")
        job = self.run_job()
        self.assertEqual(job.returncode, 65, job.stderr)
        self.assertIn("files of other kinds, left out: 1", job.stderr)
        found = rows(self.result)
        kinds = {name: row["error_kind"] for name, row in found.items()}
        self.assertEqual(
            {name: kind for name, kind in kinds.items() if kind},
            {"bad.png": "damaged", "bad.pcapng": "damaged", "empty.jpg": "damaged"}
            | ({"gone.png": "unavailable"} if "gone.png" in found else {}),
        )
        self.assertIn("bad.png", found["bad.png"]["file"])
        self.assertEqual(found["bad.png"]["images"], [])
        self.assertGreater(found["cut.pcapng"]["images"][1]["missing_rows"], 0)
        self.assertEqual(found["0003.pcapng"]["images"][1]["number"], 1)
        self.assertLess(
            abs(found["0003.pcapng"]["images"][0]["time"].timestamp() - time.time()), 86400
        )
        line = found["0000.png"]["images"][0]["lines"][0]
        self.assertEqual("".join(sign["text"] for sign in line["characters"]), line["text"])
        self.assertEqual((line["box"]["x"], line["matches_pattern"]), (123, None))
        told = self.check("--errors")
        self.assertEqual(told.returncode, 0, "an error is a row, too")
        self.assertRegex(told.stdout, r"(?m)^/\S+/bad.png\tdamaged\tthe image can't be read")
        # What was mended is read again, and the rest isn't lost.
        shutil.copy(IMAGES[0], self.source / "bad.png")
        self.assertEqual(self.run_job("--again").returncode, 65)
        mended = rows(self.result)
        self.assertEqual(mended["bad.png"]["images"][0]["text"], self.known[IMAGES[0].name])
        self.assertEqual(mended.keys(), found.keys())
        self.assertEqual(mended["0000.png"], found["0000.png"])

    def test_a_file_that_kills_its_readers_is_a_row(self) -> None:
        self.fill(6, recordings=100)
        (self.source / "poison.pcapng").write_bytes(b"poison")
        job = subprocess.run(
            self.command("--part", "256", "--scribe", self.stand_in(KILLER)),
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
        )
        self.assertEqual(job.returncode, 65, job.stderr)
        found = rows(self.result)
        self.assertEqual(len(found), 7)
        self.assertEqual(found["poison.pcapng"]["error_kind"], "lost")
        self.assertIn("died", found["poison.pcapng"]["error"])
        self.assertEqual(sum(row["error_kind"] is None for row in found.values()), 6)
        self.assertLessEqual(len((self.folder / "kills").read_text().splitlines()), 4)

    def test_models_are_sent_along_and_kept_to(self) -> None:
        self.fill(4, recordings=4)
        models = self.folder / "models"
        shutil.copytree(ROOT / "models", models)
        job = self.run_job("--models", models, "--pattern", "[a-z]+", "--only-matching")
        self.assertEqual(job.returncode, 0, job.stderr)
        found = rows(self.result)
        self.assertEqual(found["0000.png"]["images"][0]["text"], "brown\neight")
        self.assertEqual(found["0003.pcapng"]["images"][0]["text"], "brown\neight")
        self.assertTrue(found["0003.pcapng"]["images"][0]["lines"][0]["matches_pattern"])
        weights = models / "line/weights.bin"
        weights.write_bytes(weights.read_bytes()[::-1])
        job = self.run_job("--models", models, "--pattern", "[a-z]+", "--only-matching")
        self.assertEqual(job.returncode, 64)

    def test_what_is_wrong_is_told(self) -> None:
        self.fill(2, recordings=2)
        silent = self.stand_in("#!/bin/sh\n")
        for words, code, told in (
            (("--pattern", "["), 64, "pattern"),
            (("--only-matching",), 64, "needs a --pattern"),
            (("--nonsense",), 64, "--help"),
            (("--models", "/nowhere"), 64, "no models are there"),
            (("--scribe", "/nowhere/scribe"), 69, "there is no /nowhere/scribe"),
            (("--scribe", silent), 69, "of no version"),
            (("/nowhere",), 66, "no such folder"),
            (("--out", "/dev/null/result"), 73, "/dev/null/result"),
        ):
            with self.subTest(words=words):
                job = self.run_job(*words)
                self.assertEqual(job.returncode, code, job.stderr)
                self.assertIn(told, job.stderr)
                self.assertNotIn("Traceback", job.stderr)
                shutil.rmtree(self.result, ignore_errors=True)
        self.assertEqual(self.run_job().returncode, 0)
        job = self.run_job("--alphabet", "digits")
        self.assertEqual(job.returncode, 64)
        self.assertIn("begun otherwise (alphabet None, now 'digits')", job.stderr)
        way = Result(str(self.result)).way()
        assert way is not None
        self.assertEqual(json.loads((self.result / "job.json").read_text()), way)
        self.assertEqual(self.check().returncode, 0)
        shutil.copy(next((self.result / "parts").iterdir()), self.result / "parts/twice.parquet")
        self.assertEqual(self.check().returncode, 65)


if __name__ == "__main__":
    unittest.main()
