"""Layouts of images: pixel formats, codecs, sizes. PROTOCOL.md, "Bodies"."""

import enum
import struct
from dataclasses import dataclass

LARGEST_IMAGE = 16 << 20


class Format(enum.IntEnum):
    NONE = 0
    GRAY8 = 1
    RGB565LE = 2
    RGB565BE = 3
    YUYV = 4
    BILEVEL = 5
    GRAY4 = 6


class Codec(enum.IntEnum):
    ROWS = 0
    JPEG = 1
    LOSSLESS = 2
    BILEVEL = 3


@dataclass(frozen=True)
class Region:
    """Where in the camera's picture an image lies."""

    x: int
    y: int
    width: int  # of the whole picture
    height: int

    def encoded(self) -> bytes:
        return struct.pack("<4H", self.x, self.y, self.width, self.height)


@dataclass(frozen=True)
class Layout:
    width: int
    height: int
    format: int = Format.GRAY8
    codec: int = Codec.ROWS

    SIZE = 6

    def encoded(self) -> bytes:
        return struct.pack("<HHBB", self.width, self.height, self.format, self.codec)

    @staticmethod
    def decoded(data: bytes) -> "Layout":
        return Layout(*struct.unpack("<HHBB", data[:6]))

    @property
    def row_bytes(self) -> int:
        """0 where the codec decides."""
        pairs, eights = (self.width + 1) // 2, (self.width + 7) // 8
        return {
            Format.GRAY8: self.width,
            Format.RGB565LE: 2 * self.width,
            Format.RGB565BE: 2 * self.width,
            Format.YUYV: 4 * pairs,
            Format.BILEVEL: eights,
            Format.GRAY4: pairs,
        }.get(Format(self.format) if self.format <= 6 else Format.NONE, 0)

    @property
    def size(self) -> int:
        """Bytes of all rows, before codecs 2 and 3; 0 where the codec decides."""
        return self.row_bytes * self.height

    @property
    def is_coded(self) -> bool:
        """Whether its slices are of rows that are coded together."""
        return self.codec in (Codec.LOSSLESS, Codec.BILEVEL)

    @property
    def is_sound(self) -> bool:
        if self.codec == Codec.JPEG:
            return self.format == Format.NONE
        formats = {Codec.LOSSLESS: [Format.GRAY8], Codec.BILEVEL: [Format.BILEVEL]}
        allowed = formats.get(Codec(self.codec), list(Format)[1:]) if self.codec <= 3 else []
        return self.format in allowed and 0 < self.size <= LARGEST_IMAGE


def pixels(gray: bytes, layout: Layout) -> bytes:
    """A gray picture in a layout's format, as rows."""
    convert = {
        Format.GRAY8: lambda row: row,
        Format.RGB565LE: lambda row: b"".join(struct.pack("<H", _rgb(v)) for v in row),
        Format.RGB565BE: lambda row: b"".join(struct.pack(">H", _rgb(v)) for v in row),
        Format.YUYV: lambda row: b"".join(bytes([v, 128]) for v in row + row[-1:] * (len(row) % 2)),
        Format.BILEVEL: lambda row: packed([int(v < 128) for v in row], 1),
        Format.GRAY4: lambda row: packed([(v + 8) // 17 for v in row], 4),
    }[Format(layout.format)]
    width = layout.width
    return b"".join(convert(gray[y * width : (y + 1) * width]) for y in range(layout.height))


def _rgb(v: int) -> int:
    return v >> 3 << 11 | v >> 2 << 5 | v >> 3


def packed(values: list[int], bits: int) -> bytes:
    """The left one in the highest bits; spare bits are 0."""
    each = 8 // bits
    values = values + [0] * (-len(values) % each)
    result = bytearray()
    for i in range(0, len(values), each):
        byte = 0
        for value in values[i : i + each]:
            byte = byte << bits | value
        result.append(byte)
    return bytes(result)


def gray(rows: bytes, layout: Layout) -> bytes:
    """Rows of a layout as gray, one byte a pixel."""
    size, width = layout.row_bytes, layout.width
    result = bytearray()
    for y in range(layout.height):
        row = rows[y * size : (y + 1) * size]
        for x in range(width):
            match layout.format:
                case Format.GRAY8:
                    result.append(row[x])
                case Format.RGB565LE | Format.RGB565BE:
                    high = layout.format == Format.RGB565BE
                    value = int.from_bytes(row[2 * x : 2 * x + 2], "big" if high else "little")
                    result.append((value >> 5 & 63) * 255 // 63)
                case Format.YUYV:
                    result.append(row[2 * x])
                case Format.BILEVEL:
                    result.append(0 if row[x // 8] >> (7 - x % 8) & 1 else 255)
                case _:
                    result.append((row[x // 2] >> (0 if x % 2 else 4) & 15) * 17)
    return bytes(result)
