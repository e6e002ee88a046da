"""scripts/lint-python in a copy of the package: what isn't typed is a fault."""

import functools
import json
import shutil
import tempfile
import unittest
from pathlib import Path

from measure.programs import ROOT
from tests.commands import SCRIPTS, run

HOME = ROOT / ".data/lint"
REQUIREMENTS = SCRIPTS / "lint-requirements.txt"
FILES = ("lint-python", "pyproject.toml", "virtual-environment", REQUIREMENTS.name)
TYPED = "def double(value: int) -> int:\n    return 2 * value\n"
UNTYPED = "def double(value):\n    return 2 * value\n"


@functools.cache
def is_there() -> bool:
    """Whether Ruff and mypy can be had."""
    return run([SCRIPTS / "virtual-environment", HOME, REQUIREMENTS]).returncode == 0


class Lint(unittest.TestCase):
    def setUp(self) -> None:
        if not is_there():
            self.skipTest("Ruff and mypy can't be installed")
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.scripts = folder / "scripts"
        self.scripts.mkdir()
        for name in FILES:
            shutil.copy(SCRIPTS / name, self.scripts)
        # Of its own but for the programs: what is cached there would be of this copy.
        lint = folder / ".data/lint"
        lint.mkdir(parents=True)
        (lint / "bin").symlink_to(HOME / "bin")
        shutil.copy(HOME / REQUIREMENTS.name, lint)

    def lint(self, name: str, text: str) -> tuple[int, str]:
        path = self.scripts / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        result = run([self.scripts / "lint-python"])
        return result.returncode, result.stdout + result.stderr

    def test_what_is_typed_passes(self) -> None:
        self.assertEqual(self.lint("measure/module.py", TYPED), (0, ""))

    def test_a_module_that_is_not(self) -> None:
        for name in ("measure/module.py", "tests/test_module.py"):
            status, text = self.lint(name, UNTYPED)
            self.assertEqual(status, 1)
            self.assertIn(f"{name}:1:12: ANN001", text)
            self.assertIn(f"{name}:1: error: Function is missing a type", text)

    def test_a_notebook_that_is_not(self) -> None:
        cell: dict[str, object] = {
            "cell_type": "code",
            "id": "cell",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": UNTYPED,
        }
        book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        status, text = self.lint("notebooks/book.ipynb", json.dumps(book))
        self.assertEqual(status, 1)
        self.assertIn("notebooks/book.ipynb:cell 1:1:12: ANN001", text)

    def test_a_command_that_is_not(self) -> None:
        status, text = self.lint("command", "#!/usr/bin/python3\n" + UNTYPED)
        self.assertEqual(status, 1)
        self.assertIn("command:2:12: ANN001", text)
        self.assertIn("command:2: error: Function is missing a type", text)


if __name__ == "__main__":
    unittest.main()
