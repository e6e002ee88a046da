"""Tests of scripts/imports: what Package.swift doesn't list is named by file and line."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from tests.commands import SCRIPTS, load, run, stand_in

PROGRAM = SCRIPTS / "imports"
imports = load(PROGRAM)
# What `swift package dump-package` tells, of a target B beside a target A.
PACKAGE = {
    "targets": [
        {"name": "A", "type": "regular", "dependencies": []},
        {"name": "B", "type": "regular", "dependencies": []},
    ]
}


class Imports(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def known(self, text: str) -> dict[str, tuple[Path, set[str]]]:
        (self.folder / "b").mkdir()
        (self.folder / "b" / "B.swift").write_text(text)
        return {
            "A": (self.folder / "a", set()),
            "B": (self.folder / "b", {"C"}),
            "C": (self.folder / "c", set()),
        }

    def test_unlisted_ones_are_named(self) -> None:
        text = "import C\n// import A\n@testable import A\npackage import struct A.Thing\n"
        found = list(imports.faults(self.known(text)))
        self.assertEqual([line.split(": ")[0].rsplit(":", 1)[1] for line in found], ["3", "4"])
        self.assertIn("imports A, which Package.swift doesn't list for B", found[0])

    def test_listed_ones_and_those_of_others_pass(self) -> None:
        text = 'import Foundation\npublic import C\nlet text = "import A"\n'
        self.assertEqual(list(imports.faults(self.known(text))), [])

    def run_program(self, **more: str) -> subprocess.CompletedProcess[str]:
        return run([PROGRAM, self.folder], more)

    def test_the_command_fails_on_a_forbidden_one(self) -> None:
        source = self.folder / "Sources/B/B.swift"
        source.parent.mkdir(parents=True)
        (self.folder / "package.json").write_text(json.dumps(PACKAGE))
        swift = stand_in(
            self.folder / "swift", f"#!/bin/sh\ncat '{self.folder / 'package.json'}'\n"
        )
        source.write_text("import FoundationEssentials\n")
        self.assertEqual(self.run_program(SWIFT=str(swift)).returncode, 0)
        source.write_text("import A\n")
        result = self.run_program(SWIFT=str(swift))
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{source}:1: imports A, which Package.swift doesn't list", result.stderr)
        source.write_text("public import Foundation\n")
        result = self.run_program(SWIFT=str(swift))
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{source}:1: imports Foundation: FoundationEssentials", result.stderr)

    def test_no_package(self) -> None:
        self.assertEqual(self.run_program().returncode, 2)


if __name__ == "__main__":
    unittest.main()
