"""The library behind the package, and what it gives as dataclasses."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, byref, c_char_p, c_double, c_int32, c_size_t, c_void_p
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

_HERE = Path(__file__).resolve().parent
_ROOM = 1024
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114  # ITU-R BT.601


class SerialScribeError(ValueError):
    """Something can't be read; the text says why."""


@dataclass(frozen=True)
class Box:
    """Whole pixels, from the image's top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Character:
    text: str
    confidence: float
    """That it is right, 0 to 1."""
    box: Box


@dataclass(frozen=True)
class Line:
    text: str
    """Characters with single spaces between words."""
    confidence: float
    """That all of it is right, 0 to 1."""
    box: Box
    characters: tuple[Character, ...]
    """The characters without the spaces."""
    matches_pattern: bool | None
    """None where no pattern was given."""


@dataclass(frozen=True)
class Page:
    """The text of one image: lines in reading order, none where nothing was read."""

    text: str
    lines: tuple[Line, ...]
    width: int
    height: int


@runtime_checkable
class Array(Protocol):
    """Pixels as NumPy has them."""

    @property
    def __array_interface__(self) -> dict[str, Any]: ...


class _Box(ctypes.Structure):
    _fields_ = [(name, c_int32) for name in ("x", "y", "width", "height")]

    def box(self) -> Box:
        return Box(self.x, self.y, self.width, self.height)


class _Character(ctypes.Structure):
    _fields_ = [("text", c_char_p), ("confidence", c_double), ("box", _Box)]


class _Line(ctypes.Structure):
    _fields_ = [
        ("text", c_char_p),
        ("confidence", c_double),
        ("box", _Box),
        ("first", c_int32),
        ("count", c_int32),
        ("matches", c_int32),
    ]


def _load() -> ctypes.CDLL:
    named = os.environ.get("SERIALSCRIBE_LIBRARY")
    library = ctypes.CDLL(named or str(_HERE / "libserialscribe.so"))
    room = (c_char_p, c_size_t)
    for name, result, arguments in (
        ("version", c_char_p, ()),
        ("open", c_void_p, (c_char_p, c_char_p, c_int32, c_char_p, c_char_p, *room)),
        ("close", None, (c_void_p,)),
        ("read_file", c_void_p, (c_void_p, c_char_p, c_size_t, *room)),
        ("read_gray", c_void_p, (c_void_p, c_void_p, c_int32, c_int32, c_size_t, *room)),
        ("page_free", None, (c_void_p,)),
        ("page_text", c_char_p, (c_void_p,)),
        ("page_size", None, (c_void_p, POINTER(c_int32), POINTER(c_int32))),
        ("page_lines", POINTER(_Line), (c_void_p, POINTER(c_int32))),
        ("page_characters", POINTER(_Character), (c_void_p, POINTER(c_int32))),
    ):
        function = getattr(library, f"serialscribe_{name}")
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


def version() -> str:
    """The version of the library, as `scribe --version` tells it."""
    text: bytes = _library.serialscribe_version()
    return text.decode()


def _bytes(text: str | os.PathLike[str] | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


class Reader:
    """A reader of images. Threads may share it: images are then read at the same time.

    `alphabet`, `pattern`, `only_matching` and `mount` are those of `scribe recognize`; `models` is
    a folder of models in place of those in the package.
    """

    def __init__(
        self,
        *,
        alphabet: str | None = None,
        pattern: str | None = None,
        only_matching: bool = False,
        mount: str | None = None,
        models: str | os.PathLike[str] | None = None,
    ) -> None:
        shipped = _HERE / "models"
        if models is None and shipped.is_dir():
            models = shipped
        reason = ctypes.create_string_buffer(_ROOM)
        self._handle: int | None = _library.serialscribe_open(
            _bytes(alphabet),
            _bytes(pattern),
            int(only_matching),
            _bytes(mount),
            _bytes(models),
            reason,
            _ROOM,
        )
        if not self._handle:
            raise SerialScribeError(reason.value.decode(errors="replace"))

    def __del__(self) -> None:
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            _library.serialscribe_close(handle)

    def read(self, image: str | os.PathLike[str] | bytes | Array) -> Page:
        """Reads a file, a file's bytes, or an array of pixels (height x width, or x 3 of RGB).

        Raises SerialScribeError where the image is damaged or of an unknown kind, OSError where the
        file can't be opened.
        """
        reason = ctypes.create_string_buffer(_ROOM)
        if isinstance(image, (str, os.PathLike)):
            image = Path(image).read_bytes()
        if isinstance(image, (bytes, bytearray, memoryview)):
            content = bytes(image)
            page = _library.serialscribe_read_file(
                self._handle, content, len(content), reason, _ROOM
            )
        else:
            rows = _gray(image)
            pixels = rows.__array_interface__
            height, width = pixels["shape"]
            stride = pixels["strides"][0] if pixels.get("strides") else width
            page = _library.serialscribe_read_gray(
                self._handle, pixels["data"][0], width, height, stride, reason, _ROOM
            )
        if not page:
            raise SerialScribeError(reason.value.decode(errors="replace"))
        try:
            return _page(page)
        finally:
            _library.serialscribe_page_free(page)


def _gray(array: Array) -> Array:
    """Rows of gray bytes that lie one after the other; the array itself if it is so."""
    pixels = array.__array_interface__
    shape, kind, strides = pixels["shape"], pixels["typestr"], pixels.get("strides")
    if kind[1:] != "u1":
        raise SerialScribeError(f"pixels are bytes (uint8), these are {kind}")
    if len(shape) == 2 and (strides is None or (strides[1] == 1 and strides[0] >= shape[1])):
        return array
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3, 4)):
        raise SerialScribeError(f"pixels are height x width, or x 3 of RGB; these are {shape}")
    import numpy

    values: Any = numpy.asarray(array)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[:, :, 0]
    elif values.ndim == 3:
        values = (values[:, :, :3] @ numpy.array([_RED, _GREEN, _BLUE]) + 0.5).astype(numpy.uint8)
    gray: Array = numpy.ascontiguousarray(values)
    return gray


def _page(page: int) -> Page:
    count, width, height = c_int32(), c_int32(), c_int32()
    _library.serialscribe_page_size(page, byref(width), byref(height))
    signs = _library.serialscribe_page_characters(page, byref(count))
    characters = tuple(
        Character(signs[i].text.decode(), signs[i].confidence, signs[i].box.box())
        for i in range(count.value)
    )
    lines = _library.serialscribe_page_lines(page, byref(count))
    return Page(
        _library.serialscribe_page_text(page).decode(),
        tuple(_line(lines[i], characters) for i in range(count.value)),
        width.value,
        height.value,
    )


def _line(line: _Line, characters: tuple[Character, ...]) -> Line:
    return Line(
        line.text.decode(),
        line.confidence,
        line.box.box(),
        characters[line.first : line.first + line.count],
        None if line.matches < 0 else line.matches == 1,
    )
