"""What counts as slower between two runs."""

import io
import json
import tempfile
import unittest
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from tests.commands import SCRIPTS, load

compare = load(SCRIPTS / "measure/bench/compare")


def run(median: float, low: float, high: float, **more: str) -> dict[str, Any]:
    return {
        "machine": "a",
        "kernels": "avx2",
        **more,
        "results": [
            {"name": "image/QVGA", "median_us": median, "quartile1_us": low, "quartile3_us": high}
        ],
    }


class Compare(unittest.TestCase):
    def compared(
        self, old: dict[str, Any], new: dict[str, Any] | str, *options: str
    ) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("old", "new")]
            for file, content in zip(files, (old, new)):
                file.write_text(content if isinstance(content, str) else json.dumps(content))
            with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
                return compare.main([*map(str, files), *options]), out.getvalue()

    def test_what_lies_beyond_both_spreads_is_slower(self) -> None:
        code, text = self.compared(run(100, 95, 105), run(120, 110, 130))
        self.assertEqual(code, 1)
        self.assertIn("slower", text)

    def test_spreads_that_meet_say_nothing(self) -> None:
        self.assertEqual(self.compared(run(100, 95, 112), run(120, 110, 130))[0], 0)

    def test_small_changes_do_not_count(self) -> None:
        self.assertEqual(self.compared(run(100, 99.9, 100.1), run(102, 101.9, 102.1))[0], 0)
        self.assertEqual(
            self.compared(run(100, 99.9, 100.1), run(102, 101.9, 102.1), "--tolerance", "1")[0], 1
        )

    def test_faster_is_no_failure(self) -> None:
        code, text = self.compared(run(120, 110, 130), run(100, 95, 105))
        self.assertEqual(code, 0)
        self.assertIn("faster", text)

    def test_what_cannot_be_compared(self) -> None:
        one = run(1, 1, 1)
        self.assertEqual(self.compared(one, run(1, 1, 1, machine="b"))[0], 2)
        self.assertEqual(self.compared(one, run(1, 1, 1, machine="b"), "--any-machine")[0], 0)
        self.assertEqual(self.compared(one, "nonsense")[0], 2)
        self.assertEqual(self.compared(one, {**one, "results": []})[0], 2)


if __name__ == "__main__":
    unittest.main()
