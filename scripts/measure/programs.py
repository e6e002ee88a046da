"""Starts programs, and tells what they print and take."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SCRIBE = ROOT / ".build/release/scribe"
ENVIRONMENT = {**os.environ, "SERIALSCRIBE_MODELS": str(ROOT / "models")}

Command = Sequence[str | Path]


class Finished(NamedTuple):
    seconds: float  # of the processor
    megabytes: float  # at most
    output: str


def output(command: Command, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints. Raises RuntimeError with its last complaint where it fails."""
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    if result.returncode != 0:
        reason = result.stderr.decode(errors="replace").strip().splitlines()
        raise RuntimeError(f"{command[0]} ended with {result.returncode}: {(reason or [''])[-1]}")
    return result.stdout.decode(errors="replace")


def records(command: Command, environment: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """What a program prints as lines of JSON."""
    return [json.loads(line) for line in output(command, environment).splitlines()]


def finished(command: Command) -> Finished:
    """Runs a program to the end."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    )
    assert process.stdout and process.stderr
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"{command[0]} ended with {process.returncode}: " + errors.decode(errors="replace")
        )
    return Finished(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.decode())


def first_byte(command: Command) -> float:
    """Seconds from starting a program to the first that it prints."""
    start = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    ) as process:
        assert process.stdout
        process.stdout.read(1)
        taken = time.perf_counter() - start
        process.stdout.read()
    return taken


def processor_seconds(pid: int) -> float:
    """What a running program has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> dict[str, float]:
    """MB: all that is resident, what no file backs, and the most so far."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return {
        key: int(status[name].split()[0]) / 1024
        for key, name in (("resident", "VmRSS"), ("anonymous", "RssAnon"), ("most", "VmHWM"))
    }


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def boards(scribe: Path, count: int, *options: str) -> Iterator[list[Path]]:
    """Simulated boards, each with a port of its own: their links."""
    with tempfile.TemporaryDirectory() as folder:
        links = [Path(folder) / f"board{i}" for i in range(count)]
        processes = [
            subprocess.Popen(
                [
                    *(str(scribe), "simulate", "--seed", str(i + 1), "--link", str(link)),
                    *("--patience", "600", *options),
                ],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
            for i, link in enumerate(links)
        ]
        try:
            end = time.monotonic() + 600
            for link, process in zip(links, processes):
                while not link.exists():
                    if process.poll() is not None or time.monotonic() > end:
                        raise RuntimeError("the simulated board does not start")
                    time.sleep(0.02)
            yield links
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


@contextlib.contextmanager
def live(scribe: Path, links: list[Path], output: Path) -> Iterator[int]:
    """`scribe live` on these ports: its process's number. Ends as with Ctrl-C."""
    ports = [part for link in links for part in ("--port", str(link))]
    with open(output, "wb") as file, open(f"{output}.errors", "wb") as errors:
        process = subprocess.Popen(
            [str(scribe), "live", "--json", *ports], stdout=file, stderr=errors, env=ENVIRONMENT
        )
        try:
            yield process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
