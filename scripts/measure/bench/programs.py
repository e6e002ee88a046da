"""Starts scribe and tells what it takes; for `growth` and `startup`."""

import contextlib
import os
import pathlib
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
ENVIRONMENT = {**os.environ, "SERIALSCRIBE_MODELS": str(ROOT / "models")}


def finished(command):
    """Runs to the end: processor seconds, most memory in MB, and what it printed."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(
            f"{command[0]} ended with {process.returncode}: " + errors.decode(errors="replace")
        )
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.decode()


def first_byte(command):
    """Seconds from starting a program to the first that it prints."""
    start = time.perf_counter()
    with subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    ) as process:
        process.stdout.read(1)
        taken = time.perf_counter() - start
        process.stdout.read()
    return taken


def processor_seconds(pid):
    """What a running program has taken so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid):
    """MB: all that is resident, what no file backs, and the most so far."""
    status = dict(
        line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return {
        key: int(status[name].split()[0]) / 1024
        for key, name in (("resident", "VmRSS"), ("anonymous", "RssAnon"), ("most", "VmHWM"))
    }


@contextlib.contextmanager
def boards(scribe, count, *options):
    """Simulated boards, each with a port of its own: their links."""
    with tempfile.TemporaryDirectory() as folder:
        links = [pathlib.Path(folder) / f"board{i}" for i in range(count)]
        processes = [
            subprocess.Popen(
                [str(scribe), "simulate", "--seed", str(i + 1), "--link", str(link), *options],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
            )
            for i, link in enumerate(links)
        ]
        try:
            for link in links:
                for _ in range(500):
                    if link.exists():
                        break
                    time.sleep(0.02)
                else:
                    raise SystemExit("the simulated board does not start")
            yield links
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()


@contextlib.contextmanager
def live(scribe, links, output):
    """`scribe live` on these ports; ends as with Ctrl-C."""
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
