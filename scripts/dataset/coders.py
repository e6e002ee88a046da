"""The C coders, built for this machine, and decoders written from PROTOCOL.md alone."""

import ctypes
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware-proto"
BILEVEL, LOSSLESS = 3, 2


@functools.lru_cache(maxsize=1)
def library() -> ctypes.CDLL:
    folder = tempfile.mkdtemp(prefix="scribe-codecs-")
    out = f"{folder}/coders.so"
    flags = "-std=c99 -O2 -Wall -Wextra -Werror -fPIC -shared".split()
    largest = ["-DSCRIBE_INK_MAX_WIDTH=1280", "-DSCRIBE_INK_MAX_HEIGHT=960"]
    sources = [Path(__file__).with_name("coders.c"), *sorted((FIRMWARE / "src").glob("*.c"))]
    include = f"-I{FIRMWARE / 'include'}"
    subprocess.run(["cc", *flags, *largest, include, "-o", out, *sources], check=True)
    lib = ctypes.CDLL(out)
    shutil.rmtree(folder)
    lib.bench_code.restype = ctypes.c_size_t
    return lib


def pointer(array: np.ndarray) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def ink(gray: np.ndarray, light: bool = False, softness: int = 0) -> np.ndarray | None:
    """A board's bitmap: uint8 [height, width] of 0 and 1, or None for a size that boards don't
    take. Small images come out at twice their size."""
    height, width = gray.shape
    doubled = width <= 200
    rows, columns = (2 * height, 2 * width) if doubled else (height, width)
    gray = np.ascontiguousarray(gray)
    bits = np.zeros((rows, (columns + 7) // 8), np.uint8)
    library().bench_ink.restype = ctypes.c_bool
    if not library().bench_ink(
        pointer(gray),
        width,
        height,
        ctypes.c_bool(doubled),
        ctypes.c_bool(light),
        softness,
        pointer(bits),
    ):
        return None
    return np.unpackbits(bits, axis=1)[:, :columns]


def encode(
    codec: int,
    rows: np.ndarray,
    width: int,
    slice_rows: int = 16,
    previous: np.ndarray | None = None,
) -> list[bytes]:
    """The slices of an image as they stand in packets; `rows` is uint8 [height, bytes a row]."""
    rows = np.ascontiguousarray(rows, np.uint8)
    height = rows.shape[0]
    out = np.zeros(rows.size * 4 + 4096, np.uint8)
    sizes = np.zeros(height, np.uint32)
    kept = None if previous is None else np.ascontiguousarray(previous, np.uint8)
    total = library().bench_code(
        codec,
        pointer(rows),
        width,
        height,
        slice_rows,
        None if kept is None else pointer(kept),
        pointer(out),
        ctypes.c_size_t(out.size),
        pointer(sizes),
    )
    ends = np.cumsum(sizes[: -(-height // slice_rows)])
    assert ends[-1] == total
    return [out[end - size : end].tobytes() for end, size in zip(ends, sizes)]


# ---- Decoders by the letter of PROTOCOL.md. ----


@functools.lru_cache(maxsize=1)
def _tables() -> list[bytes]:
    text = (FIRMWARE / "PROTOCOL.md").read_text()
    return [
        bytes.fromhex(text.split(f"```{name}\n")[1].split("```")[0].replace("\n", ""))
        for name in ("within", "against")
    ]


LEVELS = [min(max(round(65536 / (1 + np.exp(9 - 18 * d / 31))), 64), 65472) for d in range(32)]


def decode_bilevel(stream: bytes, width: int, reference: np.ndarray | None = None) -> np.ndarray:
    """A slice's rows as uint8 [rows, width] of 0 and 1; `reference` likewise."""
    rows, data = stream[0], stream[1 if reference is None else 2 :]
    table = _tables()[reference is not None]
    states = [LEVELS[entry % 32] for entry in table]
    position = 4
    code = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
    span = 2**32 - 1

    def decide(index: int) -> int:
        nonlocal code, span, position
        p, rate = states[index], table[index] // 32
        bound = (span >> 16) * p
        bit = int(code >= bound)
        if bit:
            code -= bound
            span -= bound
            states[index] = p - (p >> rate)
        else:
            span = bound
            states[index] = p + ((65536 - p) >> rate)
        while span < 1 << 24:
            span <<= 8
            code = code << 8 | (data[position] if position < len(data) else 0)
            position += 1
        return bit

    blank = [0] * (width + 5)
    above, above2, alike, result = blank, blank, 1, []
    for y in range(rows):
        kept = None if reference is None else [0, 0, 0, *reference[y], 0, 0]
        expected = above if kept is None else kept
        alike = 1 - decide(1024 + alike)
        if alike:
            row = list(expected)
        else:
            row = list(blank)
            near, far = (above, above2) if kept is None else (kept, above)
            for x in range(3, width + 3):
                context = 0
                for pixel in (*far[x - 1 : x + 2], *near[x - 2 : x + 2], *row[x - 3 : x]):
                    context = context << 1 | int(pixel)
                row[x] = decide(context)
        above, above2 = row, above
        result.append(row[3:-2])
    assert len(data) <= position <= len(data) + 4
    return np.array(result, np.uint8)


class Bits:
    def __init__(self, data: bytes) -> None:
        self.bits: list[int] = np.unpackbits(np.frombuffer(data, np.uint8)).tolist()
        self.at = 0

    def number(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self.bits[self.at]
            self.at += 1
        return value


def _learned(total: int, seen: int, correction: int) -> tuple[int, int, int]:
    """What a shape's errors make of its correction."""
    if total <= -seen:
        correction = max(correction - 1, -128)
        total = max(total + seen, 1 - seen)
    elif total > 0:
        correction = min(correction + 1, 127)
        total = min(total - seen, 0)
    return (total >> 1, 16, correction) if seen == 32 else (total, seen, correction)


def decode_lossless(stream: bytes, width: int) -> np.ndarray:
    rows, bits = stream[0], Bits(stream[1:])
    exponents = [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4 + [4, 4, 5, 5, 6, 6, 7, 7, *range(8, 16)]
    sums, counts, index = [1 << i for i in range(9)] + [16], [4] * 10, 0
    leanings, seen, corrections = [0] * 63, [1] * 63, [0] * 63

    def level(g: int) -> int:
        return (g >= 2) + (g >= 7) - (g <= -2) - (g <= -7)

    above, result = [128] * width, []
    for _ in range(rows):
        row: list[int] = []
        missed = 0
        while len(row) < width:
            x = len(row)
            b = above[x]
            a = row[-1] if row else b
            c = above[x - 1] if x else b
            d = above[x + 1] if x + 1 < width else b
            activity = abs(d - b) + abs(b - c) + abs(c - a)
            shape: int | None = None
            sign = 1
            if activity == 0:
                while len(row) < width and bits.number(1):
                    step = min(1 << exponents[index], width - len(row))
                    if step == 1 << exponents[index]:
                        index = min(index + 1, 31)
                    row += [a] * step
                if len(row) == width:
                    break
                row += [a] * bits.number(exponents[index])
                index = max(index - 1, 0)
                expected, context = a, 9
            else:
                expected = (
                    min(a, b) if c >= max(a, b) else max(a, b) if c <= min(a, b) else a + b - c
                )
                context = min(8, (activity + 2 * missed).bit_length() - 1)
                shape = 25 * level(d - b) + 5 * level(b - c) + level(c - a)
                if shape < 0:
                    shape, sign = -shape, -1
                expected = min(max(expected + sign * corrections[shape], 0), 255)
            k = 0
            while counts[context] << k < sums[context]:
                k += 1
            zeros = 0
            while not bits.number(1):
                zeros += 1
            m = bits.number(8) if zeros == 20 else zeros << k | bits.number(k)
            error = m // 2 if m % 2 == 0 else -(m + 1) // 2
            missed = abs(error)
            sums[context] += missed
            counts[context] += 1
            if counts[context] == 32:
                sums[context] >>= 1
                counts[context] = 16
            row.append((expected + sign * error) % 256)
            if shape is not None:
                leanings[shape], seen[shape], corrections[shape] = _learned(
                    leanings[shape] + error, seen[shape] + 1, corrections[shape]
                )
        above = row
        result.append(row)
    rest = bits.bits[bits.at :]
    assert len(rest) < 8 and not any(rest)
    return np.array(result, np.uint8)
