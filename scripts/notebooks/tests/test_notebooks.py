"""The notebooks are run on little data: every cell, and what their texts claim.

The last one needs the program; SCRIBE names another than the one built here.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from notebooks.amounts import ROOT

HERE = ROOT / "scripts" / "notebooks"
SCRIBE = os.environ.get("SCRIBE", str(ROOT / ".build" / "release" / "scribe"))
MINUTES = 30  # for a notebook, on a machine that is busy with other things

# What the texts say of numbers, and how many pictures there are at least.
CLAIMS: dict[str, tuple[int, list[str]]] = {
    "01-line": (
        3,
        [
            "loss(*ends['whole']) < 1.1 * best",
            "max(loss(*end) for end in ends.values()) < 1.5 * best",
            "loss(*paths['stochastic'][1][len(x)]) < loss(*paths['whole'][1][1])",
            "0.8 < per_character < 0.9",
        ],
    ),
    "02-backpropagation": (
        2,
        [
            "min(by_hand) < 1e-8 < 1e-3 < min(forgetful)",
            "by_hand[0] > 100 * min(by_hand) and by_hand[-1] > 100 * min(by_hand)",
            "max(automatic.values()) < 1e-12",
            "worst < 1e-7",
            "accuracies[-1] > 80",
        ],
    ),
    "03-activations": (
        3,
        [
            "arrived['sigmoid'] < 1e-9 and arrived['relu'] > 0.1",
            "max(right['no hidden layer'], right['64 + 64, no activation']) < 65",
            "right['2 relu'] < right['4 relu']",
            "min(right['64 + 64 relu'], right['64 + 64 tanh']) > 97",
        ],
    ),
    "04-softmax": (
        5,
        [
            "binary > 0.85 and by_hand > 0.75 and by_recipe > 0.75",
            "abs(by_recipe - by_int8) < 0.02",
            "integer.manifest['parameters'] == 7850",
        ],
    ),
    "05-optimizers": (
        4,
        [
            "heights['SGD'][-1] > 3 * max(h[-1] for n, h in heights.items() if n != 'SGD')",
            "max(ends.values()) < min(ends.values()) + 6",
            "min(by_heart.values()) > 90 and by_heart['plain'] > 99",
            "max(unseen, key=unseen.get) in ('augmentation', 'all three')",
        ],
    ),
    "06-convolutions": (
        4,
        [
            "np.abs(by_hand - theirs_by_torch).max() < 1e-12",
            "right['logistic'] < right['mlp'] < right['classic']",
            "held['classic'][-4] > held['mlp'][-4] + 5",
            "abs(in_float - in_int8) < 1",
            "output == theirs",
            "4 * counts['classic'][0] > 3 * bytes_of_weights",
            "abs(by_bits['classic'][-1] - right['classic']) < 0.6",
            "by_bits['classic'][0] < by_bits['classic'][-1] - 20",
        ],
    ),
    "07-recurrent": (
        5,
        [
            "apart < 1e-7",
            "best < simple['by pairs'] < simple['by frequency'] < simple['any letter']",
            "heard[-1] < unheard[-1]",
            "line_errors < 40",
            "shipped_errors < 5",
        ],
    ),
    "08-few-labels": (
        5,
        [
            "lost['random'][0] < lost['denoising'][0] < 60",
            "lost['random'][2] > 1.3 * max(lost[kind][2] for kind in SETTINGS)",
            "min(lost, key=lambda kind: lost[kind][0]) == 'principal'",
            "errors[-1][1] < errors[0][1] / 1.5",
            "all((table.mean(0)[1:] > table.mean(0)[:-1]).all() for table in right.values())",
            "np.ptp([table.mean(0)[-1] for table in right.values()]) < 12",
        ],
    ),
    "09-unet": (
        4,
        [
            "max(quality, key=quality.get) == 'with skips'",
            "overlaps['with skips'] > 40",
            "found_right > 0.6 * len(truth)",
        ],
    ),
    "10-own-photos": (
        3,
        [
            "after_wrong < before_wrong - 10",
            "header.stat().st_size > (mine / 'weights.bin').stat().st_size",
        ],
    ),
}


def notebook(name: str) -> Any:
    return nbformat.read(HERE / f"{name}.ipynb", 4)


def code(book: Any) -> list[Any]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


class Stored(unittest.TestCase):
    def test_all_are_here(self) -> None:
        self.assertEqual(sorted(path.stem for path in HERE.glob("*.ipynb")), sorted(CLAIMS))

    def test_nothing_of_a_run_is_kept(self) -> None:
        for name in CLAIMS:
            book = notebook(name)
            nbformat.validate(book)
            for cell in code(book):
                self.assertEqual((cell.outputs, cell.execution_count), ([], None), name)

    def test_all_begin_alike(self) -> None:
        first = {code(notebook(name))[0].source for name in CLAIMS}
        self.assertEqual(len(first), 1)

    def test_texts_are_in_both_languages_and_end_with_exercises(self) -> None:
        for name in CLAIMS:
            texts = [cell.source for cell in notebook(name).cells if cell.cell_type == "markdown"]
            for text in texts:
                self.assertRegex(text, r"[a-z]{3}", name)
                self.assertRegex(text, r"[\u4e00-\u9fff]{3}", name)
                # A heading in one language has its like in the other.
                headings = re.findall(r"^#+ .*$", text, re.M)
                chinese = [line for line in headings if re.search(r"[\u4e00-\u9fff]", line)]
                self.assertEqual(2 * len(chinese), len(headings), (name, headings))
            self.assertIn("## Exercises", texts[-1])
            self.assertIn("## 练习", texts[-1])
            self.assertEqual(texts[-1].count("\n2. "), 2)

    def test_the_table_names_each(self) -> None:
        table = (HERE / "README.md").read_text()
        for name in CLAIMS:
            self.assertIn(f"({name}.ipynb)", table)


class Beginning(unittest.TestCase):
    """The first cell where the project isn't: it is fetched, and set up for this Python."""

    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.cell = code(notebook("01-line"))[0].source
        self.elsewhere = self.folder / "elsewhere"
        self.elsewhere.mkdir()

    def run_cell(self, cell: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", cell + "\nprint(sys.path[0])"],
            cwd=self.elsewhere,
            capture_output=True,
            text=True,
            timeout=600,
        )

    def test_inside_the_project_nothing_is_fetched(self) -> None:
        self.elsewhere = HERE
        self.assertEqual(self.run_cell(self.cell).stdout, f"{ROOT / 'scripts'}\n")

    def test_without_an_address_it_is_asked_for(self) -> None:
        told = self.run_cell(self.cell)
        self.assertEqual(told.returncode, 1)
        self.assertIn("set REPOSITORY", told.stderr)

    def test_it_is_fetched_once(self) -> None:
        made = self.folder / "made"
        setup = made / "scripts/notebooks/setup"
        setup.parent.mkdir(parents=True)
        setup.write_text('#!/bin/sh\necho "$@" >>"$(dirname "$0")/calls"\n')
        setup.chmod(0o755)
        git = ["git", "-C", str(made), "-c", "user.name=a", "-c", "user.email=a@b"]
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
            subprocess.run([*git, *words], check=True)
        cell = self.cell.replace('REPOSITORY = ""', f'REPOSITORY = "{made.as_uri()}"')
        for _ in range(2):
            told = self.run_cell(cell)
            self.assertEqual(told.returncode, 0, told.stderr)
        scripts = self.elsewhere.resolve() / "serialscribe/scripts"
        self.assertEqual(told.stdout, f"{scripts}\n")
        calls = (scripts / "notebooks/calls").read_text()
        self.assertEqual(calls, f"here {sys.executable}\n")


class Opening(unittest.TestCase):
    def test_options_are_those_of_jupyterlab(self) -> None:
        told = subprocess.run(
            [HERE / "open", "--version"], capture_output=True, text=True, timeout=60 * MINUTES
        )
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn(f"jupyterlab=={told.stdout.strip()}", (HERE / "requirements.txt").read_text())


class Run(unittest.TestCase):
    """Each from its first cell to its last, and what it claims."""

    def run_notebook(self, name: str) -> None:
        pictures, claims = CLAIMS[name]
        book = notebook(name)
        cells = len(code(book))
        for claim in claims:
            book.cells.append(nbformat.v4.new_code_cell(f"assert {claim}, {claim!r}"))
        # Empty in the environment, it has them run as readers do.
        environment = {"SERIALSCRIBE_NOTEBOOK_QUICK": "1", **os.environ, "SCRIBE": SCRIBE}
        client = NotebookClient(
            book,
            timeout=60 * MINUTES,
            startup_timeout=60 * MINUTES,
            iopub_timeout=60 * MINUTES,
            kernel_name="python3",
            resources={"metadata": {"path": str(HERE)}},
        )
        client.execute(env={**environment, "OMP_NUM_THREADS": "1"})
        shown = [
            output
            for cell in code(book)[:cells]
            for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        self.assertGreaterEqual(len(shown), pictures)


def run_of(name: str) -> Any:
    def test(self: Run) -> None:
        self.run_notebook(name)

    return test


for _name in CLAIMS:
    _test = run_of(_name)
    if _name == "10-own-photos":
        _test = unittest.skipUnless(os.access(SCRIBE, os.X_OK), "scribe isn't built")(_test)
    setattr(Run, f"test_{_name.replace('-', '_')}", _test)


if __name__ == "__main__":
    unittest.main()
