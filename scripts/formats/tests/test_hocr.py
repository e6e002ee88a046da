"""The hOCR that the program writes: XML, the rules of hOCR 1.2, and the same as its JSON."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from measure.programs import ENVIRONMENT, ROOT, SCRIBE, boards, output, records
from tests.commands import run

PROGRAM = Path(os.environ.get("SCRIBE", SCRIBE)).resolve()
IMAGES = ROOT / "Tests/Fixtures/board-images"
XHTML = "{http://www.w3.org/1999/xhtml}"
# The validator of the specification's authors.
VALIDATOR = ROOT / ".data/hocr"
REQUIREMENTS = ROOT / "scripts/formats/requirements.txt"

PROPERTY = re.compile(r'\s*([a-z_]+)((?:\s+(?:"(?:[^"\\]|\\.)*"|[^";\s]+))+)\s*(?:;|$)')

Box = tuple[int, int, int, int]


class Element(NamedTuple):
    kind: str
    text: str
    properties: dict[str, str]
    time: str | None
    inner: list["Element"]

    @property
    def box(self) -> Box:
        left, top, right, bottom = (int(word) for word in self.properties["bbox"].split())
        return left, top, right, bottom


def properties(title: str) -> dict[str, str]:
    """The properties of an element, by their names."""
    found, at = {}, 0
    while at < len(title):
        match = PROPERTY.match(title, at)
        if not match:
            raise ValueError(f"no property: {title[at:]}")
        found[match[1]] = match[2].strip()
        at = match.end()
    return found


def string(value: str) -> str:
    """The text of a property in quotes."""
    if not re.fullmatch(r'"(?:[^"\\]|\\.)*"', value):
        raise ValueError(f"no string: {value}")
    return re.sub(r"\\(.)", r"\1", value[1:-1])


def elements(parent: ElementTree.Element) -> Iterator[Element]:
    for element in parent:
        yield Element(
            element.get("class", ""),
            "".join(element.itertext()).strip(),
            properties(element.get("title", "")),
            element.get("data-time"),
            list(elements(element)),
        )


def pages(document: str) -> list[Element]:
    """The pages of a document, once it is found right."""
    root = ElementTree.fromstring(document.encode())
    if root.tag != f"{XHTML}html":
        raise ValueError(f"no XHTML: {root.tag}")
    meta = {element.get("name"): element.get("content") for element in root.iter(f"{XHTML}meta")}
    if not re.fullmatch(r"SerialScribe \d+\.\d+\.\d+", meta["ocr-system"] or ""):
        raise ValueError(f"ocr-system: {meta['ocr-system']}")
    found = [element for element in root.iter() if element.get("class")]
    unknown = {element.get("class") for element in found} - {
        *(meta["ocr-capabilities"] or "").split()
    }
    if unknown:
        raise ValueError(f"not among the capabilities: {unknown}")
    ids = [element.get("id") for element in found]
    if len(set(ids)) != len(ids):
        raise ValueError("an id stands twice")
    body = root.find(f"{XHTML}body")
    assert body is not None
    return list(elements(body))


def contains(outer: Box, inner: Box) -> bool:
    return (
        outer[0] <= inner[0] < inner[2] <= outer[2] and outer[1] <= inner[1] < inner[3] <= outer[3]
    )


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
class Output(unittest.TestCase):
    def setUp(self) -> None:
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def valid(self, document: str) -> bool:
        """Whether the validator of the specification's authors takes it."""
        environment = ROOT / "scripts/virtual-environment"
        if subprocess.run([environment, VALIDATOR, REQUIREMENTS], check=False).returncode:
            self.skipTest("hocr-spec can't be installed")
        file = self.path / "a.hocr"
        file.write_text(document)
        told = run([VALIDATOR / "bin/hocr-spec", file]).stdout
        return "[ERROR]" not in told and "Document is valid" in told

    def check(self, *words: str | Path) -> tuple[str, list[Element]]:
        """The document of a command, checked on its own and against the command's JSON."""
        document = output([PROGRAM, *words, "--as", "hocr"], ENVIRONMENT)
        read = records([PROGRAM, *words, "--json"], ENVIRONMENT)
        found = pages(document)
        self.assertEqual(len(found), len(read))
        for number, (page, reading) in enumerate(zip(found, read)):
            self.assertEqual(page.kind, "ocr_page")
            self.assertEqual(page.properties["ppageno"], str(number))
            self.assertEqual(string(page.properties["image"]), str(reading["image"]))
            self.assertEqual(page.box, (0, 0, reading["width"], reading["height"]))
            self.assertEqual(page.time, reading.get("time"))
            source = page.properties.get("x_source")
            self.assertEqual(source and string(source), reading.get("source"))
            self.assertEqual([line.text for line in page.inner], reading["text"].splitlines())
            for line, known in zip(page.inner, reading["lines"]):
                self.assertEqual(line.kind, "ocr_line")
                box = known["box"]
                right, bottom = box["x"] + box["width"], box["y"] + box["height"]
                self.assertEqual(line.box, (box["x"], box["y"], right, bottom))
                self.assertTrue(contains(page.box, line.box), (page.box, line.box))
                self.assertEqual([word.text for word in line.inner], known["text"].split(" "))
                for word in line.inner:
                    self.assertEqual(word.kind, "ocrx_word")
                    self.assertTrue(contains(page.box, word.box), (page.box, word.box))
                    self.assertIn(int(word.properties["x_wconf"]), range(101))
                if len(line.inner) == 1:
                    (word,) = line.inner
                    self.assertAlmostEqual(
                        int(word.properties["x_wconf"]), 100 * known["confidence"], delta=0.51
                    )
        return document, found

    def test_image_files(self) -> None:
        odd = self.path / 'a "b" <c> & \\d.png'
        shutil.copy(IMAGES / "clean_001.png", odd)
        _, found = self.check("recognize", IMAGES, odd)
        self.assertGreater(sum(len(line.inner) for page in found for line in page.inner), 40)

    def test_a_recording(self) -> None:
        white = bytes([255]) * (160 * 120)
        dump, recording = self.path / "dump.bin", self.path / "a b.pcapng"
        dump.write_bytes((b"\xaa\x55\xaa\x55" + white) * 3)
        way = "raw:160x120:gray8:sync=AA55AA55"
        output([PROGRAM, "import", "--protocol", way, dump, recording], ENVIRONMENT)
        document, found = self.check("replay", recording)
        self.assertTrue(all(page.time for page in found))
        self.assertTrue(self.valid(document))

    def test_a_live_camera_that_is_stopped(self) -> None:
        file = self.path / "live.hocr"
        # A machine so busy that an orderly end takes too long ends the program by the signal.
        ends = (self.stopped(file) for _ in range(20))
        self.assertEqual(next((end for end in ends if end != -signal.SIGINT), None), 0)
        found = pages(file.read_text())
        self.assertGreater(len(found), 1)
        self.assertTrue(all(page.time for page in found))

    def stopped(self, file: Path) -> int:
        """How a program ends that reads a camera, after two pictures."""
        slow = ("--text", "12345", "--rate", "0.5")
        with boards(PROGRAM, 1, *slow) as (port,), open(file, "wb") as out:
            command: list[str | Path] = [PROGRAM, "live", "--port", port, "--as", "hocr"]
            process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.DEVNULL, env=ENVIRONMENT
            )
            try:
                for _ in range(30000):
                    if b'id="page_2"' in file.read_bytes() or process.poll() is not None:
                        break
                    time.sleep(0.02)
                process.send_signal(signal.SIGINT)
                return process.wait(600)
            finally:
                process.kill()
                process.wait()

    def test_the_validator_finds_it_valid(self) -> None:
        document, _ = self.check("recognize", IMAGES / "clean_000.png", IMAGES / "clean_001.png")
        self.assertTrue(self.valid(document))
        for right, wrong in (("x_wconf ", "x_wconf a"), ("bbox ", "box "), ("ppageno", "page")):
            self.assertFalse(self.valid(document.replace(right, wrong)), wrong)


class Parser(unittest.TestCase):
    def test_properties(self) -> None:
        self.assertEqual(
            properties(r'image "a;\"b"; bbox 0 0 1 2; x_wconf 9'),
            {"image": r'"a;\"b"', "bbox": "0 0 1 2", "x_wconf": "9"},
        )
        self.assertEqual(string(r'"a;\"b\\"'), 'a;"b\\')
        for wrong in ('image "a', "BBOX 1", "bbox 1;;"):
            with self.assertRaises(ValueError):
                properties(wrong)


if __name__ == "__main__":
    unittest.main()
