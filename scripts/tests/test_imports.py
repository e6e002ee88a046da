"""Tests of scripts/imports: what Package.swift doesn't list is named by file and line."""

import subprocess
import sys
import tempfile
import unittest
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[1] / "imports"
loader = SourceFileLoader("imports", str(PROGRAM))
imports = module_from_spec(ModuleSpec("imports", loader))
loader.exec_module(imports)


class Imports(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def known(self, text: str) -> dict:
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

    def test_no_package(self) -> None:
        result = subprocess.run(
            [sys.executable, PROGRAM, self.folder], capture_output=True, text=True, check=False
        )
        self.assertEqual(result.returncode, 2)


if __name__ == "__main__":
    unittest.main()
