"""What a board read by itself: PROTOCOL.md, TEXT."""

import struct
import unicodedata
from dataclasses import dataclass, field, replace

from link.peer.messages import BodyError

HEAD = "<BBHIQHHHH"
BEYOND_ASCII = 0x7F
LARGEST_SIDE = 16383


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Character:
    text: str  # one that can be seen
    confidence: int
    box: Box
    after_space: bool = False


@dataclass(frozen=True)
class Line:
    number: int
    confidence: int
    box: Box
    characters: list[Character]
    is_light: bool = False
    goes_on: bool = False
    matches: bool | None = None  # the board's pattern, if it has one

    @property
    def text(self) -> str:
        return "".join(" " * c.after_space + c.text for c in self.characters)


@dataclass(frozen=True)
class Part:
    """The head of a part, and its lines."""

    image: int
    time: int
    width: int
    height: int
    milliseconds: int
    line_count: int
    part: int = 0
    is_last: bool = True
    lines: list[Line] = field(default_factory=list)

    def encoded(self) -> bytes:
        version = 1 if all(line.text.isascii() for line in self.lines) else 2
        numbers = (self.part, self.image, self.time, self.width, self.height)
        head = struct.pack(
            HEAD, version, self.is_last, *numbers, self.milliseconds, self.line_count
        )
        return head + b"".join(_line(line) for line in self.lines)


def _number(value: int) -> bytes:
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    return bytes(result + bytes([value]))


def _signed(value: int) -> bytes:
    return _number(2 * value if value >= 0 else -2 * value - 1)


def _line(line: Line) -> bytes:
    box = line.box
    flags = line.is_light | line.goes_on << 1
    if line.matches is not None:
        flags |= 4 | line.matches << 3
    result = struct.pack("<4B", line.number, len(line.characters), flags, line.confidence)
    result += struct.pack("<4H", box.x, box.y, box.width, box.height)
    x = box.x
    for character in line.characters:
        at = character.box
        code, beyond = ord(character.text), b""
        if code > 0x7E:
            code, beyond = BEYOND_ASCII, character.text.encode()
        result += bytes([code | character.after_space << 7]) + beyond
        result += bytes([character.confidence])
        result += _signed(at.x - x) + _signed(at.y - box.y) + _number(at.width) + _number(at.height)
        x = at.x + at.width
    return result


class _Fields:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def take(self, fields: str) -> tuple[int, ...]:
        size = struct.calcsize(fields)
        if self.place + size > len(self.data):
            raise BodyError("a text ends within a field")
        self.place += size
        return struct.unpack_from(fields, self.data, self.place - size)

    def number(self) -> int:
        value = 0
        for shift in (0, 7, 14):
            (byte,) = self.take("<B")
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise BodyError("a number of more than three bytes")

    def signed(self) -> int:
        value = self.number()
        return -(value + 1) // 2 if value & 1 else value // 2


def decoded(data: bytes) -> Part:
    """A part; BodyError where it breaks a rule or has another version."""
    fields = _Fields(data)
    version, flags, part, image, time, width, height, spent, count = fields.take(HEAD)
    if version not in (1, 2):
        raise BodyError(f"version {version} of TEXT")
    if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE and count <= 128):
        raise BodyError(f"a text of {count} lines in {width}x{height}")
    result = Part(image, time, width, height, spent, count, part, bool(flags & 1))
    while fields.place < len(data):
        line = _decoded_line(fields, version)
        boxes = [line.box, *(character.box for character in line.characters)]
        if not all(_lies_in(box, width, height) for box in boxes) or line.number >= count:
            raise BodyError(f"line {line.number} leaves the image")
        result.lines.append(line)
    return result


def _lies_in(box: Box, width: int, height: int) -> bool:
    across = 0 <= box.x and 0 < box.width and box.x + box.width <= width
    return across and 0 <= box.y and 0 < box.height and box.y + box.height <= height


def _decoded_line(fields: _Fields, version: int) -> Line:
    number, count, flags, confidence = fields.take("<4B")
    if count == 0:
        raise BodyError("a line without characters")
    box = Box(*fields.take("<4H"))
    matches = bool(flags & 8) if flags & 4 else None
    line = Line(number, confidence, box, [], bool(flags & 1), bool(flags & 2), matches)
    x = box.x
    for _ in range(count):
        (code,) = fields.take("<B")
        text = _beyond_ascii(fields) if version == 2 and code & 127 == BEYOND_ASCII else None
        if text is None:
            text = chr(code & 127)
            if not 0x21 <= ord(text) <= 0x7E:
                raise BodyError(f"a character {code & 127:#x}")
        (sure,) = fields.take("<B")
        at = Box(x + fields.signed(), box.y + fields.signed(), fields.number(), fields.number())
        line.characters.append(Character(text, sure, at, code > 127))
        x = at.x + at.width
    return line


def _beyond_ascii(fields: _Fields) -> str:
    (first,) = fields.take("<B")
    size = 2 if first >> 5 == 0b110 else 3 if first >> 4 == 0b1110 else 4
    try:
        text = (bytes([first]) + bytes(fields.take(f"<{size - 1}B"))).decode()
    except UnicodeDecodeError as error:
        raise BodyError("a character that isn't UTF-8") from error
    if len(text) != 1 or text.isascii() or unicodedata.category(text)[0] in "CZ":
        raise BodyError(f"a character {text!r}")
    return text


def parts(text: Part, room: int) -> list[Part]:
    """A text in parts whose bodies take at most so many bytes; long lines go on in the next."""
    bodies: list[list[Line]] = [[]]
    left = room - struct.calcsize(HEAD)
    for line in text.lines:
        first, goes_on = 0, False
        while first < len(line.characters):
            piece = replace(line, characters=line.characters[first:], goes_on=goes_on)
            while piece.characters and len(_line(piece)) > left:
                piece = replace(piece, characters=piece.characters[:-1])
            if not piece.characters:
                bodies.append([])
                left = room - struct.calcsize(HEAD)
                continue
            bodies[-1].append(piece)
            left -= len(_line(piece))
            first += len(piece.characters)
            goes_on = True
    return [
        replace(text, part=i, is_last=i == len(bodies) - 1, lines=lines)
        for i, lines in enumerate(bodies)
    ]


def joined(parts: list[Part]) -> Part:
    """The whole text of all its parts, in order."""
    lines: list[Line] = []
    for part in parts:
        for line in part.lines:
            if line.goes_on:
                lines[-1] = replace(lines[-1], characters=lines[-1].characters + line.characters)
            else:
                lines.append(line)
    return replace(parts[0], is_last=True, lines=lines)
