"""A cluster of Ray's whose nodes are processes of this machine, each with an address of its own."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measure.programs import free_port

WAIT = 900.0
# Machines may be busy, and their memory others'.
PATIENT = {
    "RAY_gcs_server_port_wait_time_s": "300",
    "RAY_agent_register_timeout_ms": "300000",
    "RAY_worker_register_timeout_seconds": "600",
    "RAY_health_check_timeout_ms": "60000",
    "RAY_memory_monitor_refresh_ms": "0",
}
# Only who knows the token may join or ask the cluster.
ENVIRONMENT = {
    **os.environ,
    **PATIENT,
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
}
STARTS = 5
"""Ray gives a node half a minute to start, whatever the machine does."""


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {WAIT:.0f} s in vain until {what}")
        time.sleep(0.1)


def _tree(process: int) -> list[int]:
    """A process that leads a session, all that it started and all of that session: those, too,
    whose parent has ended."""
    parents: dict[int, list[int]] = {}
    new = [process]
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
            parents.setdefault(int(fields[1]), []).append(int(folder.name))
            if int(fields[3]) == process:
                new.append(int(folder.name))
    found: list[int] = []
    while new:
        one = new.pop()
        if one not in found:
            found.append(one)
            new.extend(parents.get(one, []))
    return found


class Node:
    def __init__(self, number: int, log: Path, *options: str) -> None:
        self.address = f"127.0.0.{number}"
        ports = ("--min-worker-port", "0", "--max-worker-port", "0", "--num-cpus", "1")
        starter = Path(sys.executable).with_name("ray")
        with open(log, "wb") as told:
            self._process = subprocess.Popen(
                [starter, "start", "--block", "--node-ip-address", self.address, *ports, *options],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                env=ENVIRONMENT,
                start_new_session=True,
            )
        self._log = log

    def has_started(self) -> bool:
        """Waits until it runs, or has ended."""
        until(lambda: self._ended() or self._runs(), "a node starts")
        return not self._ended()

    def told(self) -> str:
        return self._log.read_text(errors="replace")

    def _ended(self) -> bool:
        return self._process.poll() is not None

    def _runs(self) -> bool:
        return "Ray runtime started" in self.told()

    def runs_program(self, path: Path) -> bool:
        """Whether something of this node runs this program."""
        for process in _tree(self._process.pid):
            with contextlib.suppress(OSError):
                if os.fsencode(path) in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0"):
                    return True
        return False

    def kill(self) -> None:
        """Ends all its processes at once, as when its machine loses power."""
        processes = _tree(self._process.pid)
        # Stopped first, so that none begins another or notices another's end.
        for sent in (signal.SIGSTOP, signal.SIGKILL):
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, sent)
        self._process.wait()


class Nodes:
    """One head and two more nodes of one core each."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.nodes: list[Node] = []
        self._folder = folder

    def begin(self, number: int) -> Node:
        """Adds a node; one after another, since they number their files by those that are there."""
        joined = ("--address", self.address)
        head = ("--head", "--port", str(self.port), "--include-dashboard", "false")
        temporary = ("--temp-dir", str(self._folder / "ray"))
        for attempt in range(STARTS):
            log = self._folder / f"{number}-{len(self.nodes)}-{attempt}"
            node = Node(number, log, *(joined if self.nodes else (*head, *temporary)))
            if node.has_started():
                self.nodes.append(node)
                return node
            node.kill()
        raise AssertionError(f"Ray's node ended: {node.told()}")


@contextlib.contextmanager
def nodes() -> Iterator[Nodes]:
    # Names of sockets below it must stay short.
    with tempfile.TemporaryDirectory(prefix="r", dir="/tmp", ignore_cleanup_errors=True) as folder:
        started = Nodes(Path(folder))
        try:
            for number in (1, 2, 3):
                started.begin(number)
            yield started
        finally:
            for node in reversed(started.nodes):
                node.kill()
