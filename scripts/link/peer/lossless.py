"""Codec 2, lossless gray: PROTOCOL.md, "Codec 2"."""

from link.peer.bilevel import CodeError

J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, *range(8, 16)]
RUN_END = 9


class _Model:
    """What a slice has shown so far."""

    def __init__(self) -> None:
        self.run = 0
        self._sum = [1 << i for i in range(9)] + [16]
        self._count = [4] * 10
        self._lean = [0] * 63
        self._seen = [1] * 63
        self._correction = [0] * 63

    def shift(self, context: int) -> int:
        k = 0
        while self._count[context] << k < self._sum[context]:
            k += 1
        return k

    def correction(self, shape: int) -> int:
        return self._correction[shape]

    def learn(self, context: int, error: int) -> None:
        self._sum[context] += abs(error)
        self._count[context] += 1
        if self._count[context] == 32:
            self._sum[context] //= 2
            self._count[context] //= 2

    def lean(self, shape: int, error: int) -> None:
        lean, seen = self._lean[shape] + error, self._seen[shape] + 1
        if lean <= -seen:
            self._correction[shape] = max(self._correction[shape] - 1, -128)
            lean += seen
            if lean <= -seen:
                lean = 1 - seen
        elif lean > 0:
            self._correction[shape] = min(self._correction[shape] + 1, 127)
            lean = min(lean - seen, 0)
        if seen == 32:
            lean, seen = lean >> 1, seen >> 1
        self._lean[shape], self._seen[shape] = lean, seen


class _Around:
    """The neighbours of a pixel, and what they say about it."""

    def __init__(self, row: bytearray | bytes, above: bytes, x: int) -> None:
        b = above[x]
        self.a = row[x - 1] if x else b
        self.b = b
        self.c = above[x - 1] if x else b
        self.d = above[x + 1] if x + 1 < len(above) else b
        self.activity = abs(self.d - b) + abs(b - self.c) + abs(self.c - self.a)

    def prediction(self) -> int:
        a, b, c = self.a, self.b, self.c
        if c >= max(a, b):
            return min(a, b)
        if c <= min(a, b):
            return max(a, b)
        return a + b - c

    def shape(self) -> int:
        """-62 ... 62; negative where it is to be turned about."""

        def level(difference: int) -> int:
            size = abs(difference)
            level = 0 if size < 2 else 1 if size < 7 else 2
            return level if difference > 0 else -level

        return 25 * level(self.d - self.b) + 5 * level(self.b - self.c) + level(self.c - self.a)


class _Step:
    """A pixel that is told by its error."""

    def __init__(self, model: _Model, around: _Around, missed: int) -> None:
        self._model = model
        self.context = min((around.activity + 2 * missed).bit_length() - 1, 8)
        shape = around.shape()
        self.shape = abs(shape)
        self._turned = shape < 0
        correction = model.correction(self.shape)
        corrected = around.prediction() + (-correction if self._turned else correction)
        self._prediction = min(max(corrected, 0), 255)

    def error(self, pixel: int) -> int:
        error = self._prediction - pixel if self._turned else pixel - self._prediction
        return (error + 128) % 256 - 128

    def pixel(self, error: int) -> int:
        return (self._prediction + (-error if self._turned else error)) % 256

    def learn(self, error: int) -> None:
        self._model.learn(self.context, error)
        self._model.lean(self.shape, error)


class _Writer:
    def __init__(self) -> None:
        self._bits = 0
        self._count = 0

    def put(self, value: int, bits: int) -> None:
        self._bits = self._bits << bits | value
        self._count += bits

    def error(self, error: int, k: int) -> None:
        m = 2 * error if error >= 0 else -2 * error - 1
        if m >> k < 20:
            self.put(1, (m >> k) + 1)
            self.put(m & ((1 << k) - 1), k)
        else:
            self.put(1, 21)
            self.put(m, 8)

    def end(self) -> bytes:
        self.put(0, -self._count % 8)
        return self._bits.to_bytes(self._count // 8, "big")


class _Reader:
    def __init__(self, code: bytes) -> None:
        self._code = code
        self._place = 0

    def take(self, bits: int) -> int:
        value = 0
        for _ in range(bits):
            if self._place >= 8 * len(self._code):
                raise CodeError("the code is too short")
            byte = self._code[self._place // 8]
            value = value << 1 | (byte >> (7 - self._place % 8) & 1)
            self._place += 1
        return value

    def error(self, k: int) -> int:
        zeros = 0
        while self.take(1) == 0:
            zeros += 1
            if zeros > 20:
                raise CodeError("more than 20 zeros before an error")
        m = self.take(8) if zeros == 20 else zeros << k | self.take(k)
        error = -(m + 1) // 2 if m % 2 else m // 2
        if not -128 <= error <= 127:
            raise CodeError(f"an error of {error}")
        return error

    def end(self) -> None:
        if (self._place + 7) // 8 != len(self._code):
            raise CodeError("the code is too long")


def encoded(rows: list[bytes]) -> bytes:
    model, out = _Model(), _Writer()
    above = bytes([128]) * len(rows[0])
    for row in rows:
        missed = x = 0
        while x < len(row):
            around = _Around(row, above, x)
            if around.activity:
                step = _Step(model, around, missed)
                error = step.error(row[x])
                out.error(error, model.shift(step.context))
                step.learn(error)
                missed = abs(error)
                x += 1
                continue
            x = _write_run(model, out, row, x, around.a)
            if x < len(row):
                error = (row[x] - around.a + 128) % 256 - 128
                out.error(error, model.shift(RUN_END))
                model.learn(RUN_END, error)
                missed = abs(error)
                x += 1
        above = row
    return out.end()


def _write_run(model: _Model, out: _Writer, row: bytes, x: int, a: int) -> int:
    """Writes a run; where it ends, the row's end included."""
    end = x
    while end < len(row) and row[end] == a:
        end += 1
    left = end - x
    while left >= 1 << J[model.run]:
        out.put(1, 1)
        left -= 1 << J[model.run]
        model.run = min(model.run + 1, 31)
    if end == len(row):
        if left:
            out.put(1, 1)
        return end
    out.put(0, 1)
    out.put(left, J[model.run])
    model.run = max(model.run - 1, 0)
    return end


def decoded(code: bytes, count: int, width: int) -> list[bytes]:
    model, reader = _Model(), _Reader(code)
    above = bytes([128]) * width
    rows: list[bytes] = []
    for _ in range(count):
        row = bytearray()
        missed = 0
        while len(row) < width:
            around = _Around(row, above, len(row))
            if around.activity:
                step = _Step(model, around, missed)
                error = reader.error(model.shift(step.context))
                row.append(step.pixel(error))
                step.learn(error)
                missed = abs(error)
                continue
            _read_run(model, reader, row, width, around.a)
            if len(row) < width:
                error = reader.error(model.shift(RUN_END))
                row.append((around.a + error) % 256)
                model.learn(RUN_END, error)
                missed = abs(error)
        above = bytes(row)
        rows.append(above)
    reader.end()
    return rows


def _read_run(model: _Model, reader: _Reader, row: bytearray, width: int, a: int) -> None:
    while len(row) < width and reader.take(1):
        length = 1 << J[model.run]
        rest = width - len(row)
        row += bytes([a]) * min(length, rest)
        if length <= rest:
            model.run = min(model.run + 1, 31)
        if len(row) == width:
            return
    # A run of the whole row has no end of its own.
    if len(row) == width:
        return
    left = reader.take(J[model.run])
    if left >= width - len(row):
        raise CodeError("a run leaves its row")
    row += bytes([a]) * left
    model.run = max(model.run - 1, 0)
