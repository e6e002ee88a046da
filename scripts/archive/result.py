"""A result: a folder, here or in an object store, that a job fills and goes on with.

    job.json            how images are read; the same for all of them
    plan/0000.parquet   which file is in which part; a file is in one line of one plan
    parts/NAME.parquet  a row a file

Parts are named by their files and written whole or not at all, always by the job and never by the
nodes. So a part that is read twice, since a node or the job died, takes its own place, and every
file is in the result once.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import fsspec
import pyarrow
import pyarrow.parquet
from fsspec.implementations.local import LocalFileSystem

from archive import rows
from archive.files import File
from archive.refused import Exit, Refused

FORMAT = 1


class Result:
    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._system, self._path = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError, OSError) as error:
            raise Refused(Exit.NO_OUTPUT, f"{url}: {error}") from error

    def begin(self, way: Mapping[str, Any]) -> None:
        """Keeps how images are read, or checks that they were read so."""
        wanted = {"format": FORMAT, **way}
        there = self.way()
        if there is None:
            if self._names("plan") or self._names("parts"):
                raise Refused(Exit.NO_OUTPUT, f"{self.url} has no job.json: take another folder")
            self._put("job.json", json.dumps(wanted, indent=2).encode() + b"\n")
            return
        changed = sorted(k for k in {**there, **wanted} if there.get(k) != wanted.get(k))
        if changed:
            told = ", ".join(f"{k} {there.get(k)!r}, now {wanted.get(k)!r}" for k in changed)
            raise Refused(
                Exit.USAGE, f"{self.url} was begun otherwise ({told}): take another folder"
            )

    def way(self) -> dict[str, Any] | None:
        """How images are read; nothing where no job has begun."""
        content = self._get("job.json")
        try:
            way = None if content is None else json.loads(content)
        except ValueError as error:
            raise Refused(Exit.NO_OUTPUT, f"{self.url}/job.json: {error}") from error
        if way is not None and not isinstance(way, dict):
            raise Refused(Exit.NO_OUTPUT, f"{self.url}/job.json is no job's")
        return way

    def planned(self) -> Iterator[tuple[str, File]]:
        """Each file and its part, in the order in which they were planned."""
        for name in self._names("plan"):
            for batch in self._table("plan", name).to_batches(max_chunksize=10_000):
                for line in batch.to_pylist():
                    yield line["part"], File(line["file"], line["kind"], line["size"])

    def plan(self, parts: Iterable[Sequence[File]]) -> None:
        """Adds files, in parts; none of them may be in an earlier plan."""
        columns: dict[str, list[Any]] = {name: [] for name in rows.PLAN.names}
        for files in parts:
            columns["part"] += [part_name(files)] * len(files)
            columns["file"] += [file.name for file in files]
            columns["kind"] += [file.kind for file in files]
            columns["size"] += [file.size for file in files]
        if columns["part"]:
            number = len(self._names("plan"))
            plan = pyarrow.Table.from_pydict(columns, rows.PLAN)
            self._put_table(f"plan/{number:04}.parquet", plan)

    def written(self) -> set[str]:
        """The parts that are there."""
        return set(self._names("parts"))

    def write(self, part: str, of: Iterable[dict[str, Any]]) -> None:
        self._put_table(f"parts/{part}.parquet", rows.table(of))

    def read(self, part: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
        return list(self._table("parts", part, columns).to_pylist())

    def _names(self, folder: str) -> list[str]:
        try:
            self._system.invalidate_cache()
            found = self._system.ls(posixpath.join(self._path, folder), detail=False)
        except FileNotFoundError:
            return []
        names = (posixpath.splitext(posixpath.basename(name)) for name in found)
        return sorted(stem for stem, ending in names if ending == ".parquet" and stem[0] != ".")

    def _table(self, folder: str, name: str, columns: list[str] | None = None) -> pyarrow.Table:
        content = self._get(f"{folder}/{name}.parquet")
        try:
            # Without Arrow's own threads: one that still gives back bytes of Python's when the
            # program ends aborts it. `read_table` starts them, whatever it is told.
            file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content or b""))
            return file.read(columns=columns, use_threads=False)
        except (pyarrow.ArrowException, OSError) as error:
            where = f"{self.url}/{folder}/{name}.parquet"
            raise Refused(Exit.NO_OUTPUT, f"{where} is damaged: {error}") from error

    def _put_table(self, name: str, table: pyarrow.Table) -> None:
        buffer = io.BytesIO()
        pyarrow.parquet.write_table(table, buffer, compression="zstd")
        self._put(name, buffer.getvalue())

    def _get(self, name: str) -> bytes | None:
        try:
            content: bytes = self._system.cat_file(posixpath.join(self._path, name))
        except FileNotFoundError:
            return None
        except Exception as error:  # each store has its own kinds
            raise Refused(Exit.NO_OUTPUT, f"{self.url}/{name}: {error}") from error
        return content

    def _put(self, name: str, content: bytes) -> None:
        """Writes a file whole or not at all."""
        path = posixpath.join(self._path, name)
        try:
            if not isinstance(self._system, LocalFileSystem):
                # Object stores show an object once all of it is there.
                self._system.pipe_file(path, content)
                return
            folder, base = os.path.split(path)
            os.makedirs(folder, exist_ok=True)
            new = os.path.join(folder, f".{base}.{os.getpid()}.new")
            with open(new, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, path)
        except Exception as error:  # each store has its own kinds
            raise Refused(Exit.NO_OUTPUT, f"{self.url}/{name}: {error}") from error


def part_name(files: Iterable[File]) -> str:
    """A name by what is in it."""
    digest = hashlib.blake2b(digest_size=12)
    for file in files:
        digest.update(file.name.encode() + b"\0")
    return digest.hexdigest()


def batches(files: Iterable[File], most: int, most_bytes: int) -> Iterator[list[File]]:
    """Files in their order, so many at once, and no more than so many bytes, or one file."""
    batch: list[File] = []
    size = 0
    for file in files:
        if batch and (len(batch) == most or size + file.size > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch
