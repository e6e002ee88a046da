"""What a node does: files become rows of the result.

The job sends this module along as it stands, so that a node needs Ray, the wheel and, for
recordings, `scribe`, but nothing of this folder.
"""

from __future__ import annotations

import calendar
import contextlib
import json
import os
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

Row = dict[str, Any]

MOST_BYTES_OF_AN_IMAGE = 256 << 20
MOST_BYTES_OF_READINGS = 1 << 30  # what is read in one recording, as JSON
TRIES = 3
_CHUNK = 1 << 20
_DATA_ERROR = 65  # exit code of `scribe`: not a recording


@dataclass(frozen=True)
class Way:
    """How images are read; as for `scribe recognize` and `replay`."""

    version: str
    models: str
    """What the models' files are, in short; empty for those of the wheel."""
    alphabet: str | None = None
    pattern: str | None = None
    only_matching: bool = False
    mount: str | None = None
    protocol: str | None = None


class Unfit(Exception):
    """A node that can't read: something isn't installed there, or in another version."""


class Unavailable(Exception):
    """A file that can't be had now; another time it may be."""


class Damaged(Exception):
    """A file that is there, and can't be read."""


class Tools:
    """What reads files; loaded once by a process."""

    def __init__(self, way: Way, models: Mapping[str, bytes], program: str) -> None:
        self._way = way
        self._program = program
        self._checked = False
        self._folder = tempfile.TemporaryDirectory() if models else None
        self._models = Path(self._folder.name) if self._folder else None
        for name, content in models.items():
            assert self._models
            path = self._models / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            import serialscribe
        except ImportError as error:
            raise Unfit(f"{error}: pip install the wheel of SerialScribe there") from error
        _same("the wheel", serialscribe.version(), way.version)
        self._damage: type[Exception] = serialscribe.SerialScribeError
        try:
            self._reader = serialscribe.Reader(
                alphabet=way.alphabet,
                pattern=way.pattern,
                only_matching=way.only_matching,
                mount=way.mount,
                models=self._models,
            )
        except self._damage as error:
            raise Unfit(str(error)) from error

    def image(self, name: str) -> list[Row]:
        content = _again(lambda: _content(name))
        try:
            page = self._reader.read(content)
        except self._damage as error:
            raise Damaged(str(error)) from error
        return [
            {
                "number": 0,
                "time": None,
                "width": page.width,
                "height": page.height,
                "missing_rows": 0,
                "text": page.text,
                "lines": [asdict(line) for line in page.lines],
            }
        ]

    def recording(self, name: str) -> list[Row]:
        """The images of a recording, which goes through `scribe replay` as a stream."""
        program = self._scribe()
        with _again(lambda: _opened(name)) as source, tempfile.TemporaryFile() as complaints:
            process = subprocess.Popen(
                [program, "replay", "--json", "--jobs", "1", *self._options(), "-"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=self._environment(),
            )
            assert process.stdin and process.stdout
            feeder = _Feeder(source, process)
            try:
                images = [_image(line) for line in _lines(process.stdout)]
            finally:
                process.stdout.close()
                status = feeder.end()
            if feeder.failed is not None:
                raise Unavailable(_told(feeder.failed))
            complaints.seek(0)
            if status == _DATA_ERROR:
                raise Damaged(_last_error(complaints.read()))
            if status != 0:
                raise RuntimeError(f"scribe ended with {status}: {_last_error(complaints.read())}")
        return images

    def _scribe(self) -> str:
        """The program, which is looked for only where there is a recording."""
        program = shutil.which(self._program)
        if program is None:
            raise Unfit(f"there is no {self._program}, which reads recordings: apt install it")
        if not self._checked:
            told = subprocess.run(
                [program, "--version"], capture_output=True, text=True, check=False
            ).stdout.split()
            _same(program, told[-1] if told else "", self._way.version)
            self._checked = True
        return program

    def _options(self) -> list[str]:
        way = self._way
        named = (
            ("--alphabet", way.alphabet),
            ("--pattern", way.pattern),
            ("--mount", way.mount),
            ("--protocol", way.protocol),
        )
        told = [word for option, value in named if value for word in (option, value)]
        return told + (["--only-matching"] if way.only_matching else [])

    def _environment(self) -> dict[str, str]:
        more = {"SERIALSCRIBE_MODELS": str(self._models)} if self._models else {}
        return {**os.environ, **more}


class _Feeder:
    """Gives a program a file as its standard input, while what it prints is read."""

    def __init__(self, source: IO[bytes], process: subprocess.Popen[bytes]) -> None:
        self.failed: Exception | None = None
        self._source, self._process = source, process
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def _feed(self) -> None:
        assert self._process.stdin
        # A program that has ended takes no more; its exit code tells why.
        with contextlib.suppress(BrokenPipeError), self._process.stdin as into:
            while True:
                try:
                    chunk = self._source.read(_CHUNK)
                except Exception as error:  # each store has its own kinds
                    self.failed = error
                    self._process.kill()
                    return
                if not chunk:
                    return
                into.write(chunk)

    def end(self) -> int:
        """The program's exit code. One whose output is no longer read ends by that."""
        status = self._process.wait()
        self._thread.join()
        return status


_tools: dict[tuple[Way, str], Tools] = {}


def read(
    way: Way, program: str, models: Sequence[Any], files: Sequence[tuple[str, str, int]]
) -> tuple[list[Row], str]:
    """The rows of files, and why there are none, where this node can't read.

    `models` is Ray's reference to the models' files, which a process fetches once.
    """
    import ray

    node = ray.util.get_node_ip_address()
    key = (way, program)
    try:
        if key not in _tools:
            _tools[key] = Tools(way, ray.get(models[0]) if models else {}, program)
        return [row(_tools[key], node, *file) for file in files], ""
    except Unfit as error:
        return [], f"node {node}: {error}"


def row(tools: Tools, node: str, name: str, kind: str, size: int) -> Row:
    """A file's row: its images, or an error."""
    start, processor = time.perf_counter(), _processor_seconds()
    images: list[Row] = []
    failed: tuple[str | None, str | None] = (None, None)
    try:
        images = tools.image(name) if kind == "image" else tools.recording(name)
    except Unfit:
        raise
    except Damaged as error:
        failed = "damaged", str(error)
    except Unavailable as error:
        failed = "unavailable", str(error)
    except Exception as error:  # one file must never end the job
        failed = "lost", _told(error)
    return {
        **{"file": name, "kind": kind, "size": size, "images": images, "node": node},
        **{"error_kind": failed[0], "error": failed[1]},
        "seconds": time.perf_counter() - start,
        "processor_seconds": _processor_seconds() - processor,
    }


def _processor_seconds() -> float:
    """What this process, and the programs that it ran, have taken so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(at.ru_utime + at.ru_stime for at in used)


def lost(name: str, kind: str, size: int, reason: str) -> Row:
    """The row of a file whose readers die."""
    return {
        **{"file": name, "kind": kind, "size": size, "images": [], "node": None},
        **{"error_kind": "lost", "error": reason, "seconds": None, "processor_seconds": None},
    }


def _again(action: Callable[[], Any]) -> Any:
    """What a store gives, which may have to be asked again."""
    for wait in range(TRIES):
        try:
            return action()
        except Damaged:
            raise
        except (FileNotFoundError, PermissionError, IsADirectoryError, ImportError) as error:
            raise Unavailable(_told(error)) from error
        except Exception as error:  # each store has its own kinds
            if wait == TRIES - 1:
                raise Unavailable(_told(error)) from error
            time.sleep(2**wait)
    return None


def _opened(name: str) -> IO[bytes]:
    if name.startswith("/"):
        # Names of this machine may hold what means something in a URL.
        return open(name, "rb")
    import fsspec

    system, path = fsspec.core.url_to_fs(name)
    file: IO[bytes] = system.open(path, "rb")
    return file


def _content(name: str) -> bytes:
    with _opened(name) as file:
        content = file.read(MOST_BYTES_OF_AN_IMAGE + 1)
    if len(content) > MOST_BYTES_OF_AN_IMAGE:
        raise Damaged(f"it has more than {MOST_BYTES_OF_AN_IMAGE >> 20} MB")
    return content


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    total = 0
    for line in stream:
        total += len(line)
        if total > MOST_BYTES_OF_READINGS:
            raise Damaged(f"its readings have more than {MOST_BYTES_OF_READINGS >> 20} MB: cut it")
        yield line


def _image(line: bytes) -> Row:
    """An image of a recording as `scribe replay --json` tells it."""
    told = json.loads(line)
    return {
        "number": told["image"],
        "time": _microseconds(told.get("time")),
        "width": told["width"],
        "height": told["height"],
        "missing_rows": sum(rows["count"] for rows in told.get("missingRows", ())),
        "text": told["text"],
        "lines": [{**line, "matches_pattern": line.get("pattern")} for line in told["lines"]],
    }


def _microseconds(told: str | None) -> int | None:
    """Microseconds since 1970, of 2026-11-29T22:49:24.018224072Z."""
    if told is None:
        return None
    moment, _, fraction = told.rstrip("Z").partition(".")
    seconds = calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%S"))
    return seconds * 1_000_000 + int(fraction.ljust(6, "0")[:6])


def _last_error(complaints: bytes) -> str:
    lines = complaints.decode(errors="replace").strip().splitlines() or [""]
    errors = [line for line in lines if line.startswith("Error: ")]
    return (errors or lines)[-1].removeprefix("Error: ")


def _same(what: str, version: str, wanted: str) -> None:
    if version != wanted:
        raise Unfit(f"{what} is {version or 'of no version'}, the job's is {wanted}")


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
