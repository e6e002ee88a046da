"""The reference of the library for Swift packages, as docc makes it."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path

from measure.programs import ROOT
from tests.commands import run

COMMAND = ROOT / "scripts/library/document"
CATALOG = ROOT / "Sources/SerialScribe/SerialScribe.docc"
SWIFT = shutil.which(os.environ.get("SWIFT", "swift"))


@unittest.skipUnless(SWIFT and (Path(SWIFT).parent / "docc").exists(), "there is no docc")
@unittest.skipUnless((ROOT / ".build/release").exists(), "the library isn't built")
class Reference(unittest.TestCase):
    def test_it_is_made_without_a_warning(self) -> None:
        with tempfile.TemporaryDirectory() as path:
            result = run([COMMAND, path])
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            made = Path(path) / "data/documentation/serialscribe"
            for name in ("reader", "picture", "page", "link", "recordingfile"):
                self.assertTrue((made / f"{name}.json").exists(), name)

    def test_a_warning_is_an_error(self) -> None:
        with tempfile.TemporaryDirectory() as path:
            catalog = Path(path) / CATALOG.name
            shutil.copytree(CATALOG, catalog)
            page = catalog / "SerialScribe.md"
            page.write_text(page.read_text().replace("``Picture``", "``Nonesuch``"))
            result = run([COMMAND], {"CATALOG": str(catalog)})
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("Nonesuch", result.stdout + result.stderr)


if __name__ == "__main__":
    unittest.main()
