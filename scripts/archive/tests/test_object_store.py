"""A job on this machine's own cores, whose files and result are in an object store."""

import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import unittest

from archive.refused import Refused
from archive.result import Result
from archive.tests.nodes import PATIENT, until
from measure.programs import ROOT, free_port

IMAGES = sorted((ROOT / "Tests/Fixtures/board-images").glob("*.png"))[:6]
LACKING = [name for name in ("s3fs", "moto") if importlib.util.find_spec(name) is None]


@unittest.skipIf(LACKING, f"there is no {' and no '.join(LACKING)}")
class ObjectStore(unittest.TestCase):
    def setUp(self) -> None:
        port = free_port()
        self.environment = {
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        }
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)

        def answers() -> bool:
            with socket.socket() as asked:
                return asked.connect_ex(("127.0.0.1", port)) == 0

        until(answers, "the store answers")

    def python(self, program: str) -> None:
        """Runs a program that has the store's address from its environment."""
        ended = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def read(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(ROOT / "scripts/archive/read"), *words],
            env={**os.environ, **PATIENT, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def test_files_and_result_in_buckets(self) -> None:
        self.python(
            "import s3fs\n"
            "store = s3fs.S3FileSystem()\n"
            "store.mkdir('meters'), store.mkdir('read')\n"
            "store.pipe('meters/bad.png', b'neither')\n"
            f"for path in {[str(image) for image in IMAGES]}:\n"
            "    store.put(path, 'meters/2026/' + path.rsplit('/', 1)[1])\n"
        )
        job = self.read("s3://meters", "--out", "s3://read/again", "--part", "2")
        self.assertEqual(job.returncode, 65, job.stderr)
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.python(
            "import s3fs\n"
            f"s3fs.S3FileSystem().get('read/again/parts', {folder!r}, recursive=True)\n"
        )
        result = Result(folder)
        told = [row for part in result.written() for row in result.read(part)]
        images = [(f"s3://meters/2026/{image.name}", None, 1) for image in IMAGES]
        self.assertEqual(
            sorted((row["file"], row["error_kind"], len(row["images"])) for row in told),
            [*images, ("s3://meters/bad.png", "damaged", 0)],
        )
        # Nothing is left but what had an error.
        job = self.read("s3://meters", "--out", "s3://read/again", "--again")
        self.assertIn("6 of 7 files are read already", job.stderr)
        job = self.read("s3://nobody", "--out", "s3://read/other")
        self.assertEqual(job.returncode, 66, job.stderr)

    def test_a_store_that_fails_is_told(self) -> None:
        self.environment["FSSPEC_S3_ENDPOINT_URL"] = f"http://127.0.0.1:{free_port()}"
        self.environment["AWS_MAX_ATTEMPTS"] = "1"
        folder = self.enterContext(tempfile.TemporaryDirectory())
        job = self.read("s3://meters", "--out", folder)
        self.assertEqual(job.returncode, 66, job.stderr)
        self.assertIn("s3://meters: ", job.stderr)
        self.assertNotIn("Traceback", job.stderr)
        with self.assertRaisesRegex(Refused, "no-such-store"):
            Result("no-such-store://result")


if __name__ == "__main__":
    unittest.main()
