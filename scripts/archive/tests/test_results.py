"""Files that are found, parts that they make, and results that keep them; no cluster is needed."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import fsspec

from archive.files import File, Skipped, kind, listed
from archive.read import new_files, open_parts
from archive.reading import _microseconds, lost
from archive.refused import Refused
from archive.result import Result, batches, part_name
from measure.programs import ROOT

WAY = {"version": "1.0.0", "alphabet": None}


def file(name: str, size: int = 1) -> File:
    return File(name, "image", size)


class Files(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_kinds_by_name(self) -> None:
        for name in ("a.JPG", "a.b.tiff", "/x.y/a.webp"):
            self.assertEqual(kind(name), "image", name)
        for name in ("a.pcapng", "a.pcap.gz", "A.PCAPNG.ZST"):
            self.assertEqual(kind(name), "recording", name)
        for name in ("a.txt", "a.tar.gz", "png", "a.png.gz", ""):
            self.assertIsNone(kind(name), name)

    def test_folders_in_folders_and_no_circles(self) -> None:
        (self.folder / "in/deep").mkdir(parents=True)
        for name in ("b.png", "in/a.jpg", "in/deep/c::d.pcapng", "in/notes"):
            (self.folder / name).write_bytes(b"12345")
        (self.folder / "in/back").symlink_to(self.folder)
        skipped = Skipped()
        found = list(listed(str(self.folder), skipped))
        names = [Path(at.name).relative_to(self.folder).as_posix() for at in found]
        self.assertEqual(sorted(names), ["b.png", "in/a.jpg", "in/deep/c::d.pcapng"])
        self.assertEqual({at.size for at in found}, {5})
        self.assertEqual(skipped, Skipped(other_kinds=1))

    def test_names_that_are_no_utf_8(self) -> None:
        odd = bytes(self.folder) + b"/\xff.png"
        with open(odd, "wb"):
            pass
        skipped = Skipped()
        self.assertEqual(list(listed(str(self.folder), skipped)), [])
        self.assertEqual(skipped.odd_names, 1)

    def test_object_stores(self) -> None:
        store = fsspec.filesystem("memory")
        self.addCleanup(store.rm, "/bucket", True)
        store.pipe_file("/bucket/in/a.png", b"123")
        store.pipe_file("/bucket/b.pcap", b"1")
        found = sorted(listed("memory://bucket", Skipped()), key=lambda at: at.name)
        self.assertEqual(
            [(at.name, at.kind, at.size) for at in found],
            [
                ("memory:///bucket/b.pcap", "recording", 1),
                ("memory:///bucket/in/a.png", "image", 3),
            ],
        )
        self.assertEqual(len(list(listed("memory://bucket/in/a.png", Skipped()))), 1)

    def test_what_isnt_there_is_told(self) -> None:
        for source, told in (("/nowhere", "no such"), ("no-such-store://a", "no-such-store")):
            with self.assertRaisesRegex(Refused, told):
                list(listed(source, Skipped()))


class Results(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.result = Result(str(self.folder / "result"))

    def test_batches_by_count_and_bytes(self) -> None:
        files = [file(str(number), 10) for number in range(5)] + [
            file("large", 100),
            file("end", 1),
        ]
        sizes = [[at.name for at in batch] for batch in batches(files, 3, 25)]
        self.assertEqual(sizes, [["0", "1"], ["2", "3"], ["4"], ["large"], ["end"]])
        self.assertEqual([len(batch) for batch in batches(files[:5], 3, 1000)], [3, 2])
        self.assertEqual(list(batches([], 3, 10)), [])

    def test_each_file_is_planned_once(self) -> None:
        source = self.folder / "source"
        (source / "in").mkdir(parents=True)
        for name in ("a.png", "b.png", "in/c.png"):
            (source / name).touch()
        self.result.begin(WAY)
        # Sources that hold one another.
        found, _ = new_files([str(source), str(source / "in"), str(source / "a.png")], self.result)
        self.assertEqual(len(found), 3)
        self.result.plan(batches(found, 2, 1000))
        (source / "d.png").touch()
        found, _ = new_files([str(source)], self.result)
        self.assertEqual([Path(at.name).name for at in found], ["d.png"])
        self.result.plan(batches(found, 2, 1000))
        planned = list(self.result.planned())
        self.assertEqual(len({at.name for _, at in planned}), 4)
        self.assertEqual(len(planned), 4)

    def test_parts_are_written_in_their_place(self) -> None:
        self.result.begin(WAY)
        files = [file("a"), file("b"), file("c")]
        self.result.plan(batches(files, 2, 1000))
        first, second = open_parts(self.result, again=False)
        self.assertEqual([at.name for at in first.files], ["a", "b"])
        self.assertEqual(first.name, part_name(files[:2]))
        failed = lost("a", "image", 1, "it died")
        whole = {**lost("b", "image", 1, ""), "error_kind": None, "error": None}
        for _ in range(2):
            self.result.write(first.name, [failed, whole])
        self.assertEqual(self.result.written(), {first.name})
        self.assertEqual([part.name for part in open_parts(self.result, False)], [second.name])
        again = next(open_parts(self.result, again=True))
        self.assertEqual([at.name for at in again.missing()], ["a"])
        # What a job that died was writing is no part.
        (self.folder / "result/parts/.left.parquet.1.new").touch()
        self.assertEqual(self.result.written(), {first.name})

    def test_a_result_is_of_one_way(self) -> None:
        self.assertIsNone(self.result.way())
        self.result.begin(WAY)
        self.result.begin(WAY)
        with self.assertRaisesRegex(Refused, "begun otherwise .version '1.0.0', now '2.0.0'"):
            self.result.begin({**WAY, "version": "2.0.0"})
        (self.folder / "result/job.json").write_text("{")
        with self.assertRaisesRegex(Refused, "job.json"):
            self.result.begin(WAY)

    def test_damaged_parts_are_told(self) -> None:
        self.result.begin(WAY)
        self.result.plan([[file("a")]])
        next((self.folder / "result/plan").iterdir()).write_bytes(b"PAR1")
        with self.assertRaisesRegex(Refused, "plan/0000.parquet is damaged"):
            list(self.result.planned())

    def test_reading_leaves_no_threads(self) -> None:
        """A thread of Arrow's that outlives the program's last line may abort it."""
        program = (
            "import os, sys\n"
            "from archive.result import Result\n"
            "def threads(): return len(os.listdir('/proc/self/task'))\n"
            "before = threads()\n"
            "parts = [Result(sys.argv[1]).read(part) for part in sys.argv[2:]]\n"
            "print(sum(map(len, parts)), threads() - before)\n"
        )
        rows = [lost(f"{number}", "image", 1, "why") for number in range(100)]
        self.result.write("a", rows)
        self.result.write("b", rows)
        told = subprocess.run(
            [sys.executable, "-c", program, self.result.url, "a", "b"],
            cwd=ROOT / "scripts",
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        self.assertEqual(told.stdout.split(), ["200", "0"])

    def test_in_an_object_store(self) -> None:
        store = fsspec.filesystem("memory")
        self.addCleanup(store.rm, "/kept", True)
        result = Result("memory://kept/result")
        result.begin(WAY)
        result.plan([[file("a")]])
        (part,) = open_parts(result, again=False)
        result.write(part.name, [lost("a", "image", 1, "why")])
        self.assertEqual(result.read(part.name, ["file", "error"]), [{"file": "a", "error": "why"}])
        self.assertEqual(list(open_parts(result, again=False)), [])


class Times(unittest.TestCase):
    def test_microseconds(self) -> None:
        self.assertEqual(_microseconds("1970-01-01T00:00:01.000002999Z"), 1_000_002)
        self.assertEqual(_microseconds("1970-01-02T00:00:00Z"), 86_400_000_000)
        self.assertEqual(_microseconds("1970-01-01T00:00:00.5Z"), 500_000)
        self.assertIsNone(_microseconds(None))


if __name__ == "__main__":
    unittest.main()
