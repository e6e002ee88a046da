"""Speaks with the program that cuts pictures into candidate patches.

To it: binary PGM pictures, one after the other. From it, for each picture, little-endian: `CUTS`,
u32 number of candidates, then each candidate as CANDIDATE; or, of a program that cuts lines,
`LINE`, u32 number of lines, then each as LINE_HEAD and its rows. A program that draws lines at
given places is sent these after each picture: u32 number of places, then each as PLACE.
"""

import queue
import subprocess
import threading
from collections.abc import Iterable, Iterator
from typing import Any, Self, TypeVar

import numpy as np

from dataset.geometry import LINE, PATCH

CANDIDATE = np.dtype(
    [
        ("box", "<f4", 4),
        ("line", "<i4"),
        ("polarity", "u1"),
        ("segments", "u1"),
        ("zero", "<u2"),
        ("patch", "u1", (PATCH.rows, PATCH.columns, PATCH.channels)),
    ]
)
LINE_HEAD = np.dtype(
    [
        ("polarity", "u1"),
        ("zero", "u1", 3),
        ("width", "<u4"),
        ("origin", "<f4", 2),
        ("step", "<f4", 2),
    ]
)
# Where to draw a line: y = baseline + slope * x, in pixels from the picture's left top corner.
PLACE = np.dtype(
    [
        ("polarity", "u1"),
        ("zero", "u1", 3),
        ("slope", "<f4"),
        ("baseline", "<f4"),
        ("height", "<f4"),
        ("start", "<f4"),
        ("end", "<f4"),
        ("stretch", "<f4"),
    ]
)
T = TypeVar("T")
DrawnLine = tuple[np.void, np.ndarray]  # head as LINE_HEAD, coverage uint8 [rows, width]
_MOST = 200_000  # candidates of one picture; more is a broken stream


class CutterError(RuntimeError):
    """The program ended early or sent something else than candidates."""


class Cutter:
    """Keeps one cutting program running and pictures in flight, so that both sides work."""

    def __init__(self, command: list[str], patience: float = 120) -> None:
        try:
            # Its own session, so that Ctrl-C reaches only us; it ends when its input does.
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise CutterError(f"cannot start {command[0]}: {error.strerror}") from error
        assert self.process.stdin is not None and self.process.stdout is not None
        self._to, self._from = self.process.stdin, self.process.stdout
        self.command, self.patience = command, patience  # seconds
        self._answers: queue.Queue[Any] = queue.Queue()
        self._fault: Exception | None = None
        # A reader of its own: two sides that only write would wait for each other for ever.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def send(self, picture: np.ndarray) -> None:
        """Hands over one gray picture, uint8 [h, w]."""
        height, width = picture.shape
        self._write(b"P5\n%d %d\n255\n" % (width, height) + picture.tobytes())

    def _write(self, data: bytes) -> None:
        try:
            self._to.write(data)
            self._to.flush()
        except OSError as error:
            # What it sent before may tell more than that it is gone.
            self._reader.join(timeout=10)
            raise self._fault or CutterError(self._ended()) from error

    def receive(self) -> Any:
        """The candidates of the oldest picture not yet answered, as CANDIDATE records.

        Raises CutterError if the program ended, sent something else, or keeps silent.
        """
        try:
            answer = self._answers.get(timeout=self.patience)
        except queue.Empty:
            raise CutterError(
                f"'{' '.join(self.command)}' has not answered a picture for {self.patience} s"
            ) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def finish(self) -> None:
        """Ends the program's input; answers may still come."""
        try:
            self._to.close()
        except OSError:
            pass

    def close(self) -> None:
        """Ends the program."""
        self.finish()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=10)
        self._from.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ended(self) -> str:
        status = self.process.poll()
        return f"'{' '.join(self.command)}' ended early" + (
            f" with status {status}" if status is not None else ""
        )

    def _exactly(self, count: int) -> bytes:
        data = self._from.read(count)
        if len(data) < count:
            raise CutterError(self._ended())
        return data

    def _count(self, magic: bytes) -> int:
        head = self._exactly(8)
        if head[:4] != magic:
            raise CutterError(f"'{' '.join(self.command)}' sent {head[:4]!r}, not {magic.decode()}")
        count = int.from_bytes(head[4:], "little")
        if count > _MOST:
            raise CutterError(f"{count} records for one picture")
        return count

    def _answer(self) -> Any:
        count = self._count(b"CUTS")
        found = np.frombuffer(self._exactly(count * CANDIDATE.itemsize), CANDIDATE)
        if not np.isfinite(found["box"]).all():
            raise CutterError("a candidate's box is not a number")
        return found

    def _read(self) -> None:
        try:
            while True:
                self._answers.put(self._answer())
        except (CutterError, ValueError) as error:
            self._fault = error
            self._answers.put(error)


class LineCutter(Cutter):
    """As Cutter; the answers are lists of (head as LINE_HEAD, coverage uint8 [rows, width])."""

    def _answer(self) -> list[DrawnLine]:
        lines = []
        for _ in range(self._count(b"LINE")):
            head = np.frombuffer(self._exactly(LINE_HEAD.itemsize), LINE_HEAD)[0]
            if head["width"] > 1 << 16 or not np.isfinite(head["origin"]).all():
                raise CutterError("a line's head makes no sense")
            size = LINE.rows * int(head["width"])
            rows = np.frombuffer(self._exactly(size), np.uint8).reshape(LINE.rows, -1)
            lines.append((head, rows))
        return lines


class PlacedCutter(LineCutter):
    """As LineCutter, for lines whose places are known."""

    def send_placed(self, picture: np.ndarray, places: list[np.ndarray]) -> None:
        """Hands over a picture and the places, PLACE records, of the lines wanted of it."""
        height, width = picture.shape
        records = np.asarray(places, PLACE)
        self._write(
            b"P5\n%d %d\n255\n" % (width, height)
            + picture.tobytes()
            + len(records).to_bytes(4, "little")
            + records.tobytes()
        )


def cut(
    cutter: Cutter, pictures: Iterable[tuple[T, np.ndarray]], ahead: int = 4
) -> Iterator[tuple[T, np.ndarray]]:
    """Yields (item, candidates) for an iterator of (item, picture), `ahead` pictures in flight.

    The cutter's input ends with the last picture, so it can answer no others afterwards.
    """
    waiting = []
    for item, picture in pictures:
        cutter.send(picture)
        waiting.append(item)
        if len(waiting) > ahead:
            yield waiting.pop(0), cutter.receive()
    cutter.finish()
    for item in waiting:
        yield item, cutter.receive()
