"""The files of an archive: found in folders of this machine and below URLs of object stores."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

import fsspec
from fsspec.implementations.local import LocalFileSystem

from archive.refused import Exit, Refused

# Those that `scribe recognize` and `scribe replay` take out of folders.
IMAGES = frozenset("jpg jpeg jpe jfif png bmp dib pbm pgm ppm pnm tif tiff webp gif".split())
RECORDINGS = frozenset(("pcapng", "pcap"))
COMPRESSED = frozenset(("gz", "zst"))


@dataclass(frozen=True)
class File:
    name: str
    """A path on this machine, or a URL: what is opened, and what stands in the result."""
    kind: str
    """`image` or `recording`."""
    size: int


@dataclass
class Skipped:
    """What isn't read, and why; told once, when all is listed."""

    other_kinds: int = 0
    odd_names: int = 0
    """Names that are no UTF-8, which the result can't hold."""


def kind(name: str) -> str | None:
    """What a file is, by its name."""
    stem, ending = posixpath.splitext(name.lower())
    if ending[1:] in COMPRESSED:
        _, ending = posixpath.splitext(stem)
        return "recording" if ending[1:] in RECORDINGS else None
    if ending[1:] in RECORDINGS:
        return "recording"
    return "image" if ending[1:] in IMAGES else None


def listed(source: str, skipped: Skipped) -> Iterator[File]:
    """The files of a folder and the folders in it, or the file itself."""
    try:
        system, path = fsspec.core.url_to_fs(source)
        local = isinstance(system, LocalFileSystem)
        found = False
        for name, size in _sizes(system, path, local):
            found = True
            try:
                name.encode()
            except UnicodeEncodeError:
                skipped.odd_names += 1
                continue
            of = kind(name)
            if of is None:
                skipped.other_kinds += 1
            else:
                yield File(name if local else system.unstrip_protocol(name), of, size)
    except Refused:
        raise
    except Exception as error:  # each store has its own kinds
        raise Refused(Exit.NO_INPUT, f"{source}: {_told(error)}") from error
    if not found:
        raise Refused(Exit.NO_INPUT, f"{source}: nothing is there")


def _sizes(system: fsspec.AbstractFileSystem, path: str, local: bool) -> Iterator[tuple[str, int]]:
    """Folder by folder, so that only one folder's names are held at once."""
    info = system.info(path)
    if info["type"] != "directory":
        yield info["name"], info["size"] or 0
        return
    for _, folders, files in system.walk(path, detail=True, on_error="raise"):
        for name in [name for name, at in folders.items() if at.get("islink")]:
            # A link may lead back to where it stands.
            del folders[name]
        for name in sorted(files):
            at = files[name]
            if not local or at["type"] == "file":
                yield at["name"], at["size"] or 0


def _told(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such folder or file"
    if isinstance(error, ImportError):
        return f"{error}: pip install what opens such URLs (s3fs for s3://, gcsfs for gs://)"
    return f"{type(error).__name__}: {error}"
