"""The program installed: found models, manuals, completions, and the Debian package."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from measure.programs import ROOT
from release import manual, paths

SCRIPTS = ROOT / "scripts/release"
PROGRAM = Path(os.environ.get("SCRIBE", ROOT / ".build/release/scribe"))
IMAGE = ROOT / "Tests/Fixtures/board-images/clean_000.png"
TEXT = "brown\neight\nFLOOR\n"


def output(*words: str | Path, **more: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "DESTDIR"}
    result = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**environment, **more},
    )
    if result.returncode != 0:
        raise AssertionError(f"{words}: {result.stdout}{result.stderr}")
    return result.stdout


class Manual(unittest.TestCase):
    def test_troff_takes_text_for_text(self) -> None:
        self.assertEqual(manual.escaped("a-b 'c' \\n"), "a\\-b \\(aqc\\(aq \\en")
        self.assertEqual(manual.lines(".ports"), ["\\&.ports"])
        text = "Reads.\n\nExamples:\n  scribe ports\n      all\nEnd."
        self.assertEqual(
            manual.lines(text),
            ["Reads.", ".PP", "Examples:", ".EX", "  scribe ports", "      all", ".EE", "End."],
        )

    def test_pages_of_all_commands(self) -> None:
        option = {
            "kind": "option",
            "names": [{"kind": "long", "name": "port"}, {"kind": "short", "name": "p"}],
            "valueName": "path",
            "abstract": "A port.",
            "defaultValue": "none",
            "isRepeating": False,
        }
        hidden = {**option, "shouldDisplay": False, "abstract": "secret"}
        live = {"commandName": "live", "abstract": "Read.", "arguments": [option, hidden]}
        top = {"commandName": "scribe", "subcommands": [live, {"commandName": "help"}]}
        pages = manual.pages(top, [], "1.2.3")
        self.assertEqual(set(pages), {"scribe.1", "scribe-live.1"})
        self.assertIn('"SerialScribe 1.2.3"', pages["scribe.1"])
        self.assertIn("\\fBscribe\\-live\\fR(1)", pages["scribe.1"])
        self.assertIn("\\fB\\-p, \\-\\-port <path>\\fR", pages["scribe-live.1"])
        self.assertIn("(default: none)", pages["scribe-live.1"])
        self.assertNotIn("secret", pages["scribe-live.1"])


class Paths(unittest.TestCase):
    def test_texts_begin_at_their_names_and_nothing_moves(self) -> None:
        before = b"ab\0/home/me/src/.build/checkouts/Args/api.c\0/home/me/src/a.c\0/home/you/b\0"
        after = paths.without(before, b"/home/me/src/")
        self.assertEqual(len(after), len(before))
        texts = [text for text in after.split(b"\0") if text]
        self.assertEqual(texts, [b"ab", b"Args/api.c", b"a.c", b"/home/you/b"])
        for name in (b"Args/api.c", b"a.c"):
            start = before.index(b"/home/me/src", 0 if name[:1] == b"A" else 10)
            self.assertTrue(after[start:].startswith(name + b"\0"))


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
class Installed(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_one_number(self) -> None:
        header = (ROOT / "firmware-proto/include/serialscribe.h").read_text()
        match = re.search(r'#define SCRIBE_VERSION "(\d+\.\d+\.\d+)"', header)
        assert match is not None
        self.assertEqual(output(PROGRAM, "--version"), f"SerialScribe {match[1]}\n")
        self.assertIn(f"## {match[1]}", (ROOT / "CHANGELOG.md").read_text())

    def test_it_reads_from_any_folder(self) -> None:
        root = self.folder / "root"
        output(SCRIPTS / "install", PROGRAM, DESTDIR=str(root), PREFIX="/opt/reading")
        scribe = root / "opt/reading/bin/scribe"
        # No models lie beside or above, and none are named.
        self.assertEqual(output(scribe, "recognize", IMAGE, SERIALSCRIBE_MODELS="/nowhere"), TEXT)
        share = root / "opt/reading/share"
        # Without the model of novelty lines are read without; one that is named has to be there.
        words = scribe, "recognize", "--json", IMAGE
        self.assertIn('"novelty":', output(*words))
        shutil.rmtree(share / "serialscribe/models/novelty")
        self.assertNotIn('"novelty":', output(*words))
        with self.assertRaisesRegex(AssertionError, 'no model "novelty" found'):
            output(*words, "--novelty-model", "novelty")
        self.assertTrue((share / "man/man1/scribe-export-firmware.1.gz").is_file())
        bash = (share / "bash-completion/completions/scribe").read_text()
        self.assertIn("_scribe_live", bash)
        unit = (root / "opt/reading/lib/systemd/system/scribe@.service").read_text()
        self.assertIn("ExecStart=/opt/reading/bin/scribe live", unit)
        for page in (share / "man/man1").iterdir():
            told = subprocess.run(
                f"zcat {page} | groff -man -ww -Tutf8 >/dev/null",
                shell=True,
                capture_output=True,
                text=True,
                check=False,
            )
            if shutil.which("groff"):
                self.assertEqual(told.stderr, "", page)

    def test_values_are_completed(self) -> None:
        script = output(PROGRAM, "--generate-completion-script", "bash")
        asked = output(
            PROGRAM, "---completion", "export-firmware", "--", "--model", "3", "0", SAP_SHELL="bash"
        )
        self.assertIn("line-quick\n", asked)
        self.assertIn("pcapng", script)

    @unittest.skipIf(shutil.which("dpkg-shlibdeps") is None, "there is no dpkg-dev")
    def test_the_package(self) -> None:
        packages = []
        for name in ("a", "b"):
            told = output(SCRIPTS / "deb", PROGRAM, self.folder / name).strip()
            packages.append(Path(told))
        self.assertEqual(packages[0].read_bytes(), packages[1].read_bytes())
        root = self.folder / "unpacked"
        output("dpkg-deb", "--extract", packages[0], root)
        self.assertEqual(output(root / "usr/bin/scribe", "recognize", IMAGE), TEXT)
        depends = output("dpkg-deb", "--field", packages[0], "Depends")
        for library in ("libserialport0", "libpng16-16", "libc6"):
            self.assertIn(library, depends)
        for path in root.rglob("*"):
            if path.is_file():
                self.assertNotIn(os.fsencode(ROOT), path.read_bytes(), path)
        if shutil.which("lintian"):
            lint = subprocess.run(
                ["lintian", "--allow-root", "--fail-on", "error", packages[0]],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(lint.returncode, 0, lint.stdout)

    def test_what_is_not_there_is_told(self) -> None:
        for words in ([SCRIPTS / "install", "/nowhere"], [SCRIPTS / "deb", "/nowhere", "/tmp"]):
            result = subprocess.run(
                [str(word) for word in words], capture_output=True, text=True, check=False
            )
            self.assertNotEqual(result.returncode, 0)
            self.assertIn("make build", result.stderr)


if __name__ == "__main__":
    unittest.main()
