"""scripts/setup and scripts/install with stand-ins for apt-get and dpkg-query."""

import os
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path

from tests.commands import SCRIPTS, run, stand_in


class Setup(unittest.TestCase):
    """`installed` is a folder with a file a package; apt-get makes all but those of REFUSED."""

    def setUp(self) -> None:
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.path / "installed").mkdir()
        self.stand_in(
            "dpkg-query",
            """
            for package; do :; done
            [ -e "$STATE/installed/$package" ] && printf 'install ok installed'
            """,
        )
        self.stand_in(
            "apt-get",
            """
            echo "$@" >>"$STATE/calls"
            if [ -e "$STATE/lock-$2" ]; then
              count=$(cat "$STATE/lock-$2")
              if [ "$count" -gt 0 ]; then
                echo $((count - 1)) >"$STATE/lock-$2"
                echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7" >&2
                exit 100
              fi
            fi
            [ "$2" = install ] || exit "${UPDATE:-0}"
            shift 2
            for package; do
              case " $REFUSED " in
                *" $package "*) echo "E: Unable to locate package $package" >&2; exit 100 ;;
              esac
            done
            for package; do
              case $package in -*) ;; *) touch "$STATE/installed/$package" ;; esac
            done
            """,
        )
        self.stand_in("sudo", 'exec "$@"')
        self.stand_in("swift", "exit 0")

    def stand_in(self, name: str, body: str) -> None:
        stand_in(self.path / name, "#!/bin/sh\n" + textwrap.dedent(body))

    def run_script(
        self, *words: str, refused: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.path}:{os.environ['PATH']}",
            "STATE": str(self.path),
            "REFUSED": refused,
            "APT_PAUSE": "0.01",
        }
        return run([SCRIPTS / words[0], *words[1:]], environment | variables)

    def installed(self) -> set[str]:
        return {path.name for path in (self.path / "installed").iterdir()}

    def calls(self) -> list[str]:
        path = self.path / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def test_all_is_installed_and_then_nothing_is_said(self) -> None:
        self.assertEqual(self.run_script("setup", "tests").returncode, 0)
        self.assertLessEqual({"libpng-dev", "tshark", "avr-libc", "cmake"}, self.installed())
        calls = len(self.calls())
        again = self.run_script("setup", "tests")
        self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "", ""))
        self.assertEqual(len(self.calls()), calls)

    def test_without_tests_no_compilers(self) -> None:
        self.assertEqual(self.run_script("setup").returncode, 0)
        self.assertIn("libpng-dev", self.installed())
        self.assertNotIn("tshark", self.installed())

    def test_locks_are_waited_for(self) -> None:
        for lock in ("update", "install"):
            (self.path / f"lock-{lock}").write_text("3")
        result = self.run_script("setup")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("libpng-dev", self.installed())
        # Once for each of both, with who has it.
        self.assertEqual(result.stderr.count("waiting for another program's apt"), 2)
        self.assertIn("held by process 7", result.stderr)
        self.assertEqual(len(self.calls()), 8)

    def test_what_only_tests_need_may_be_missing(self) -> None:
        result = self.run_script("setup", "tests", refused="tshark avr-libc")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(
            "setup: tshark can't be installed: tests of recordings and packets in Wireshark",
            result.stderr,
        )
        self.assertIn(
            "setup: avr-libc can't be installed: tests of the test card on an Uno", result.stderr
        )
        # The others are there all the same.
        self.assertLessEqual({"cmake", "gcc-avr", "qemu-system-arm"}, self.installed())
        self.assertNotIn("cmake can't", result.stderr)

    def test_what_building_needs_may_not(self) -> None:
        result = self.run_script("setup", "tests", refused="libpng-dev")
        self.assertEqual(result.returncode, 1)
        self.assertIn("SerialScribe can't be built without libpng-dev", result.stderr)
        self.assertIn("Unable to locate package libpng-dev", result.stderr)

    def test_without_a_network_what_is_here_does(self) -> None:
        result = self.run_script("install", "one", "two", UPDATE="1")
        self.assertEqual((result.returncode, result.stdout), (0, ""))
        self.assertEqual(self.installed(), {"one", "two"})

    def test_names_of_what_is_missing_are_printed(self) -> None:
        result = self.run_script("install", "one", "two", "three", refused="two")
        self.assertEqual((result.returncode, result.stdout), (1, "two\n"))
        self.assertEqual(self.installed(), {"one", "three"})


class VirtualEnvironment(unittest.TestCase):
    """`scripts/virtual-environment` with a stand-in for pip, which fails where BROKEN is set."""

    def setUp(self) -> None:
        self.path = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.requirements = self.path / "requirements.txt"
        self.requirements.write_text("one\n")
        (self.path / "venv/bin").mkdir(parents=True)
        stand_in(
            self.path / "venv/bin/pip",
            f"""\
            #!/bin/sh
            echo "$@" >>{self.path}/calls
            [ -z "${{BROKEN:-}}" ] || {{ echo "no network" >&2; exit 1; }}
            """,
        )

    def run_script(self, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return run(
            [SCRIPTS / "virtual-environment", self.path / "venv", self.requirements, *options],
            variables,
        )

    def test_once_and_again_when_it_has_changed(self) -> None:
        calls = self.path / "calls"
        for text, count in (("one\n", 1), ("one\n", 1), ("two\n", 2)):
            self.requirements.write_text(text)
            self.assertEqual(self.run_script("--no-deps").returncode, 0)
            self.assertEqual(len(calls.read_text().splitlines()), count)
        self.assertIn(f"--no-deps -r {self.requirements}", calls.read_text())

    def test_what_can_not_be_had_is_tried_again(self) -> None:
        result = self.run_script(BROKEN="1")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no network", result.stderr)
        self.assertEqual(self.run_script().returncode, 0)


class Summary(unittest.TestCase):
    """`scripts/test` with stand-ins for swift: what it counts, names and ends with."""

    LOG = """\
        ◇ Test run started.
        ➜ Test one() skipped: "tshark is not installed"
        ✔ Test two() passed after 0.1 seconds.
        ✔ Test three(a:) with 2 test cases passed after 0.1 seconds.
        """

    def run_script(
        self, *parts: str, log: str = "", status: int = 0
    ) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as folder:
            text = f"#!/bin/sh\ncat <<'END'\n{textwrap.dedent(log)}END\nexit {status}\n"
            path = stand_in(Path(folder) / "swift", text)
            (Path(folder) / "scripts").mkdir()
            (Path(folder) / "scripts/test").write_text((SCRIPTS / "test").read_text())
            return run(["bash", f"{folder}/scripts/test", *parts], {"SWIFT": str(path)})

    def test_what_passed_and_what_was_skipped(self) -> None:
        result = self.run_script("ports", "units", log=self.LOG)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(result.stdout.splitlines()[-1], "4 passed, 0 failed, 2 skipped")
        self.assertIn("skipped  one(): tshark is not installed", result.stdout)
        self.assertRegex(result.stdout, r"ports +2 +0 +1 +\d")

    def test_failures_are_named(self) -> None:
        bad = textwrap.dedent(self.LOG) + "✘ Test four() failed after 0.1 seconds with 1 issue.\n"
        result = self.run_script("ports", log=bad, status=1)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout.splitlines()[-1], "2 passed, 1 failed, 1 skipped")
        self.assertIn("failed   ✘ Test four()", result.stdout)

    def test_a_crash_is_a_failure(self) -> None:
        result = self.run_script("ports", "units", log=self.LOG, status=139)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout.splitlines()[-1], "4 passed, 2 failed, 2 skipped")

    def test_a_part_that_is_none(self) -> None:
        self.assertEqual(self.run_script("everything").returncode, 1)


if __name__ == "__main__":
    unittest.main()
