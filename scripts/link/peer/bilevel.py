"""Codec 3, bilevel from a range coder: PROTOCOL.md, "Codec 3"."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Protocol

from link.peer import document

# A row of pixels, 1 for ink.
Row = Sequence[int]

TOP = 1 << 24
WORD = (1 << 32) - 1


class CodeError(Exception):
    """A code needs more bytes than there are, or leaves some."""


@cache
def _beginning(inter: bool) -> list[tuple[int, int]]:
    """State and rate that each context starts with."""
    levels = [
        min(max(round(65536 / (1 + math.exp(9 - 18 * d / 31))), 64), 65472) for d in range(32)
    ]
    return [(levels[b & 31], b >> 5) for b in document.table("against" if inter else "within")]


class Coder(Protocol):
    def decide(self, context: int, value: int) -> int:
        """The decision: the value itself when it is written, what was read else."""
        ...


class _States:
    def __init__(self, inter: bool) -> None:
        start = _beginning(inter)
        self.state = [p for p, _ in start]
        self.rate = [r for _, r in start]
        self.range = WORD

    def bound(self, context: int) -> int:
        return (self.range >> 16) * self.state[context]

    def adapt(self, context: int, value: int) -> None:
        p, r = self.state[context], self.rate[context]
        self.state[context] = p - (p >> r) if value else p + ((65536 - p) >> r)


class Writer:
    def __init__(self, inter: bool) -> None:
        self._states = _States(inter)
        self._low = 0  # of all that was written: carries are the integer's own
        self._bytes = 0

    def decide(self, context: int, value: int) -> int:
        states = self._states
        bound = states.bound(context)
        if value:
            self._low += bound
            states.range -= bound
        else:
            states.range = bound
        states.adapt(context, value)
        while states.range < TOP:
            states.range <<= 8
            self._low <<= 8
            self._bytes += 1
        return value

    def end(self) -> bytes:
        last = -(-self._low // TOP)
        code = last.to_bytes(self._bytes + 1, "big")
        return code if code[-1] else code[:-1]


class Reader:
    def __init__(self, code: bytes, inter: bool) -> None:
        self._states = _States(inter)
        self._code = code
        self._next = 4
        self._value = int.from_bytes(code[:4].ljust(4, b"\0"), "big")

    def decide(self, context: int, value: int) -> int:
        states = self._states
        bound = states.bound(context)
        value = int(self._value >= bound)
        if value:
            self._value -= bound
            states.range -= bound
        else:
            states.range = bound
        states.adapt(context, value)
        while states.range < TOP:
            states.range <<= 8
            byte = self._code[self._next] if self._next < len(self._code) else 0
            self._next += 1
            self._value = (self._value << 8 | byte) & WORD
        return value

    def end(self) -> None:
        """Raises CodeError unless the code was read to its end, and at most four zeros behind."""
        if not len(self._code) <= self._next <= len(self._code) + 4:
            raise CodeError(f"{len(self._code)} bytes of code, {self._next} read")


def _code(
    coder: Coder, rows: Sequence[Row], width: int, reference: Sequence[Row] | None
) -> list[Row]:
    """Runs the rows through a coder: what is written and what is read take the same way."""
    paper = [0] * width
    done: list[Row] = []
    alike = 1
    for y, row in enumerate(rows):
        above = done[-1] if done else paper
        expected = reference[y] if reference is not None else above
        # Rows to be read are empty: every decision then is the reader's.
        differs = coder.decide(1024 + alike, int(list(row) != list(expected)))
        alike = 1 - differs
        if not differs:
            done.append(list(expected))
            continue
        if reference is not None:
            near, far = reference[y], above
        else:
            near, far = above, done[-2] if len(done) > 1 else paper
        done.append(_code_row(coder, row, near, far, width))
    return done


def _code_row(coder: Coder, row: Row, near: Row, far: Row, width: int) -> Row:
    def at(row: Row, x: int) -> int:
        return row[x] if 0 <= x < width else 0

    result: list[int] = []
    for x in range(width):
        context = 0
        for other, begin, end in ((far, -1, 1), (near, -2, 1)):
            for place in range(x + begin, x + end + 1):
                context = context << 1 | at(other, place)
        for place in range(x - 3, x):
            context = context << 1 | (result[place] if place >= 0 else 0)
        result.append(coder.decide(context, row[x] if row else 0))
    return result


def encoded(rows: Sequence[Row], width: int, reference: Sequence[Row] | None = None) -> bytes:
    writer = Writer(reference is not None)
    _code(writer, rows, width, reference)
    return writer.end()


def decoded(
    code: bytes, count: int, width: int, reference: Sequence[Row] | None = None
) -> list[Row]:
    reader = Reader(code, reference is not None)
    rows = _code(reader, [[]] * count, width, reference)
    reader.end()
    return rows


def unpacked(row: bytes, width: int) -> list[int]:
    return [row[x // 8] >> (7 - x % 8) & 1 for x in range(width)]
