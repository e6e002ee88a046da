"""What a job tells while it runs: a line that changes on a terminal, lines now and then in logs."""

from __future__ import annotations

import sys
import time

from archive.files import Skipped
from archive.spreading import Progress


class Teller:
    def __init__(self, every: float) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 1.0 if self._terminal else every
        self._start = self._told = time.monotonic()
        self._nodes = 0
        self._again = 0
        self._total = self._left = 0

    def listed(self, new: int, skipped: Skipped) -> None:
        self._line(f"new files: {new}")
        if skipped.other_kinds:
            self._line(f"files of other kinds, left out: {skipped.other_kinds}")
        if skipped.odd_names:
            self._line(f"files whose names are no UTF-8, left out: {skipped.odd_names}")

    def begin(self, total: int, left: int) -> None:
        self._total, self._left = total, left
        self._start = self._told = time.monotonic()
        if left < total:
            self._line(f"{total - left} of {total} files are read already")

    def tell(self, progress: Progress) -> None:
        if progress.nodes != self._nodes:
            if self._nodes:
                self._line(f"nodes: {progress.nodes}, before {self._nodes}")
            self._nodes = progress.nodes
        if progress.again > self._again:
            again = progress.again - self._again
            self._line(f"tasks that died and are begun again: {again}")
            self._again = progress.again
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            self._line(self._state(progress, now), passing=True)

    def end(self, progress: Progress, where: str) -> None:
        taken = time.monotonic() - self._start
        self._line(
            f"{progress.files} files with {progress.images} images in {taken:.1f} s, "
            f"{progress.errors} that couldn't be read: {where}"
        )

    def _state(self, progress: Progress, now: float) -> str:
        rate = progress.files / max(0.001, now - self._start)
        done = self._total - self._left + progress.files
        ahead = (
            f", {_duration((self._left - progress.files) / rate)} to go" if progress.files else ""
        )
        errors = f", {progress.errors} couldn't be read" if progress.errors else ""
        return (
            f"{done} of {self._total} files ({100 * done / max(1, self._total):.1f} %){errors}, "
            f"{rate:.1f} files a second on {progress.cores} cores of {progress.nodes} nodes{ahead}"
        )

    def _line(self, text: str, passing: bool = False) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text}" + ("" if passing else "\n"))
        else:
            sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
