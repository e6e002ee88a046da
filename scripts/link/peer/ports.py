"""Pseudo-terminals between the peer and the program, and the program itself."""

import contextlib
import os
import select
import signal
import subprocess
import tempfile
import termios
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from measure.programs import ENVIRONMENT, SCRIBE

# Machines may be busy: what comes at all comes within this.
PATIENCE = 600.0


class Port:
    """One end of a serial line: bytes as they come, and a queue for those that go."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        self._waiting += data
        self._flush()

    @property
    def is_idle(self) -> bool:
        return not self._waiting

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._waiting:
                del self._waiting[: os.write(self.descriptor, self._waiting[:4096])]

    def read(self, seconds: float) -> bytes:
        """What has come, after at most so many seconds; nothing if the other end is closed."""
        writing = [self.descriptor] if self._waiting else []
        select.select([self.descriptor], writing, [], seconds)
        self._flush()
        try:
            return os.read(self.descriptor, 65536)
        except (BlockingIOError, OSError):
            return b""


@contextlib.contextmanager
def terminal() -> Iterator[tuple[Port, str]]:
    """A board's end of a pseudo-terminal, and the path of the other."""
    board, host = os.openpty()
    try:
        tty.setraw(host)
        yield Port(board), os.ttyname(host)
    finally:
        os.close(board)
        os.close(host)


@contextlib.contextmanager
def simulated(*options: str | Path) -> Iterator[Port]:
    """The host's end of a line to `scribe simulate`."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "board"
        command = ["simulate", "--link", str(link), "--baud", "0", "--patience", "120", *options]
        with started(*command):
            until(link.is_symlink, "the simulated board starts")
            descriptor = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                # What has come already stays.
                tty.setraw(descriptor, termios.TCSANOW)
                yield Port(descriptor)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def started(
    *arguments: str | Path, output: IO[bytes] | None = None, errors: IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The program, which ends as with Ctrl-C."""
    process = subprocess.Popen(
        [SCRIBE, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output or subprocess.DEVNULL,
        stderr=errors or subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(
    condition: Callable[[], object], what: str, step: Callable[[], object] = lambda: None
) -> None:
    """Repeats a step until something holds; TimeoutError after minutes."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {PATIENCE:.0f} seconds: {what}")
        step()
        time.sleep(0.005)
