"""scripts/python and what test-python asks of folders of tests."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from tests.commands import SCRIPTS, run
from tests.lacking import lacking

# Prints where it was found, and what runs it.
MODULE = "import sys\nprint(__file__, sys.executable, *sys.argv[1:])\n"
# Starts another by the launcher.
STARTER = (
    "import subprocess, sys\nsubprocess.run([sys.argv[1], 'package.module', 'inner'], check=True)\n"
)


class Launcher(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory())).resolve()
        self.scripts = self.folder / "scripts"
        (self.scripts / "package").mkdir(parents=True)
        self.launcher = shutil.copy(SCRIPTS / "python", self.scripts)
        self.module = self.scripts / "package/module.py"
        self.module.write_text(MODULE)
        (self.scripts / "package/starter.py").write_text(STARTER)

    def run_launcher(self, *arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        return run([self.launcher, *arguments], {"PYTHONPATH": "", **more}, self.folder)

    def test_debians_python_without_an_environment(self) -> None:
        shown = self.run_launcher("package.module", "a b", "--c").stdout
        self.assertEqual(shown, f"{self.module} /usr/bin/python3 a b --c\n")

    def test_the_environment_where_there_is_one(self) -> None:
        python = self.folder / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        self.assertIn(".venv/bin/python", self.run_launcher("package.module").stdout)

    def test_modules_of_the_current_folder_are_others(self) -> None:
        (self.folder / "package").mkdir()
        (self.folder / "package/module.py").write_text("raise SystemExit(1)\n")
        self.assertEqual(self.run_launcher("package.module").returncode, 0)

    def test_another_python_is_for_the_first_module_alone(self) -> None:
        other = self.folder / "other"
        other.symlink_to(sys.executable)
        shown = self.run_launcher("package.module", SERIALSCRIBE_PYTHON=str(other)).stdout
        self.assertIn(str(other), shown)
        shown = self.run_launcher(
            "package.starter", self.launcher, SERIALSCRIBE_PYTHON=str(other)
        ).stdout
        self.assertEqual(shown, f"{self.module} /usr/bin/python3 inner\n")

    def test_no_module(self) -> None:
        result = self.run_launcher()
        self.assertEqual(result.returncode, 64)
        self.assertIn("usage: scripts/python MODULE", result.stderr)


class Needs(unittest.TestCase):
    def test_the_first_that_is_missing_is_named(self) -> None:
        self.assertIsNone(lacking(["json", "unittest.mock"]))
        self.assertEqual(lacking(["json", "no_such", "nor_this"]), "there is no no_such")
        self.assertIsNone(lacking(["program sh"]))
        self.assertEqual(lacking(["program sh", "program no-such"]), "there is no program no-such")
        with self.assertRaisesRegex(ValueError, "no module, program NAME or fonts"):
            lacking(["programme sh"])

    def test_every_folder_of_tests_tells_its_needs(self) -> None:
        folders = [path for path in SCRIPTS.rglob("tests") if path.is_dir()]
        self.assertGreater(len(folders), 5)
        for folder in folders:
            self.assertTrue((folder / "needs").is_file(), folder)


if __name__ == "__main__":
    unittest.main()
