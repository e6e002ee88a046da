"""Files spread over a cluster, and read again where a process or a node dies."""

from __future__ import annotations

import collections
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from archive import reading
from archive.files import File
from archive.reading import Row, Way
from archive.refused import Exit, Refused

# Usage isn't told to Ray's makers.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray  # noqa: E402
from ray import exceptions  # noqa: E402

DEATHS = 3
"""Processes that one file alone may kill."""
_AHEAD = 2
"""Tasks in flight for each core: one that is read, one that waits beside it."""
_STARTS = 3
"""Tries to start a cluster of this machine: Ray gives each half a minute, which may be too short
where other programs have the cores."""


@dataclass
class Part:
    """Files that make one part of the result, once all their rows are there."""

    name: str
    files: list[File]
    rows: dict[str, Row] = field(default_factory=dict)
    """Those that are there, by their file's name."""

    def is_whole(self) -> bool:
        return len(self.rows) == len(self.files)

    def in_order(self) -> list[Row]:
        return [self.rows[file.name] for file in self.files]

    def missing(self) -> list[File]:
        return [file for file in self.files if file.name not in self.rows]


@dataclass
class _Unit:
    """What one task reads."""

    part: Part
    files: list[File]
    deaths: int = 0

    def split(self) -> list[_Unit]:
        """One task a file, so that the file that kills is found."""
        if len(self.files) == 1:
            return [self]
        return [_Unit(self.part, [file], 1) for file in self.files]


@dataclass
class Progress:
    """What has come of it so far."""

    nodes: int = 0
    cores: int = 0
    files: int = 0
    images: int = 0
    errors: int = 0
    again: int = 0
    """Tasks that died with a process or a node, and were begun again."""


class Cluster:
    """One of Ray's that runs already, or the cores of this machine alone."""

    def __init__(self, address: str | None, cores: int | None, program: str) -> None:
        _begin(address, cores)
        self.progress = Progress()
        self._program = program
        self._asked = 0.0
        ray.cloudpickle.register_pickle_by_value(reading)
        self._read = ray.remote(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")(
            reading.read
        )
        self._look()

    def read(
        self,
        parts: Iterable[Part],
        way: Way,
        models: dict[str, bytes],
        write: Callable[[Part], None],
        tell: Callable[[Progress], None],
    ) -> None:
        """Reads parts and writes each once it is whole."""
        shared = [ray.put(models)] if models else []
        new = (_Unit(part, part.missing()) for part in parts)
        waiting: collections.deque[_Unit] = collections.deque()
        flying: dict[Any, _Unit] = {}
        while True:
            for unit in _next(waiting, new, _AHEAD * max(1, self.progress.cores) - len(flying)):
                files = [(file.name, file.kind, file.size) for file in unit.files]
                flying[self._read.remote(way, self._program, shared, files)] = unit
            if not flying:
                return
            for task in ray.wait(list(flying), timeout=1.0)[0]:
                unit = flying.pop(task)
                rows = self._rows(task, unit, waiting)
                unit.part.rows.update((row["file"], row) for row in rows)
                self._count(rows)
                if rows and unit.part.is_whole():
                    write(unit.part)
                    unit.part.rows.clear()
            self._look()
            tell(self.progress)

    def _rows(self, task: Any, unit: _Unit, waiting: collections.deque[_Unit]) -> list[Row]:
        """What a task gave; one that died is put first among those that wait."""
        try:
            rows, unfit = ray.get(task)
        except exceptions.RayTaskError:
            raise  # a fault of this program
        except exceptions.NodeDiedError:
            # The node's end says nothing of the files.
            self.progress.again += 1
            waiting.appendleft(unit)
            return []
        except exceptions.RayError as error:
            unit.deaths += 1
            if unit.deaths >= DEATHS:
                reason = f"the process that read it died, {DEATHS} times: {type(error).__name__}"
                return [reading.lost(f.name, f.kind, f.size, reason) for f in unit.files]
            self.progress.again += 1
            waiting.extendleft(unit.split() if unit.deaths > 1 else [unit])
            return []
        if unfit:
            raise Refused(Exit.UNAVAILABLE, unfit)
        found: list[Row] = rows
        return found

    def _count(self, rows: list[Row]) -> None:
        self.progress.files += len(rows)
        self.progress.images += sum(len(row["images"]) for row in rows)
        self.progress.errors += sum(row["error_kind"] is not None for row in rows)

    def _look(self) -> None:
        """How many there are; nodes come and go."""
        now = time.monotonic()
        if now - self._asked >= 1:
            self._asked = now
            self.progress.nodes = sum(node["Alive"] for node in ray.nodes())
            self.progress.cores = int(ray.cluster_resources().get("CPU", 0))


def _begin(address: str | None, cores: int | None) -> None:
    alone: dict[str, Any] = {"include_dashboard": False, "num_cpus": cores}
    for left in reversed(range(1 if address else _STARTS)):
        try:
            ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level="ERROR",
                **({} if address else alone),
            )
            return
        except Exception as error:  # Ray raises this itself where a node doesn't start
            ray.shutdown()
            if left == 0:
                where = address or "this machine"
                raise Refused(Exit.UNAVAILABLE, f"no cluster at {where}: {error}") from error


def _next(waiting: collections.deque[_Unit], new: Iterator[_Unit], count: int) -> Iterator[_Unit]:
    """So many units, at most: those that died before those that are new."""
    for _ in range(count):
        unit = waiting.popleft() if waiting else next(new, None)
        if unit is None:
            return
        yield unit
