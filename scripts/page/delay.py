"""What the page costs and how late it is: scripts/page/delay [--seconds 10] [--viewers 20]

Simulated boards send JPEGs of 640x480 pixels, ten a second. Tells the time from the last byte of an
image to its picture at a viewer, and drawn in a browser; what viewers cost the program that reads;
and eight cameras at once.
"""

import argparse
import contextlib
import datetime
import json
import select
import shutil
import socket
import statistics
import threading
import time
from collections.abc import Iterator

from measure import tables
from measure.programs import memory, processor_seconds
from page.browser import browser, until
from page.running import Page, simulated

PICTURES = ("--text", "METER 00471.3", "--size", "640x480", "--baud", "0", "--format", "jpeg")


class Viewer:
    """Reads events, and notes how late each picture is."""

    def __init__(self, served: Page) -> None:
        self.delays: list[float] = []
        self.cameras: dict[int, int] = {}
        self._socket = socket.create_connection(("127.0.0.1", served.port))
        self._socket.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        told = ""
        with contextlib.suppress(OSError, ValueError), self._socket.makefile("rb") as lines:
            for line in lines:
                if line == b"event: picture\n":
                    told = "picture"
                elif told == "picture":
                    told = line[6:].decode()
                elif told:
                    # The picture itself: it is whole now.
                    self._note(json.loads(told))
                    told = ""

    def _note(self, told: dict[str, object]) -> None:
        now = time.time_ns()
        moment, _, fraction = str(told["time"]).rstrip("Z").partition(".")
        start = datetime.datetime.fromisoformat(f"{moment}+00:00").timestamp()
        came = round(start) * 1_000_000_000 + int(fraction.ljust(9, "0"))
        self.delays.append((now - came) / 1e6)
        camera = int(str(told["camera"]))
        self.cameras[camera] = self.cameras.get(camera, 0) + 1

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


@contextlib.contextmanager
def watched(served: Page) -> Iterator[Viewer]:
    viewer = Viewer(served)
    try:
        yield viewer
    finally:
        viewer.close()


@contextlib.contextmanager
def crowd(served: Page, count: int) -> Iterator[None]:
    """Viewers that take all and look at nothing, so that they cost little on the same machine."""
    viewers = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(count)]
    ending = threading.Event()

    def drain() -> None:
        buffer = bytearray(1 << 18)
        while not ending.is_set() and viewers:
            for viewer in select.select(viewers, [], [], 0.2)[0]:
                viewer.recv_into(buffer)

    for viewer in viewers:
        viewer.sendall(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    thread = threading.Thread(target=drain)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        for viewer in viewers:
            viewer.close()


def cost(served: Page, seconds: float) -> tuple[float, float, float]:
    """Images read, the program's milliseconds of processor an image, and those of its reader."""
    before, start = served.get("/api/cameras/1/link"), processor_seconds(served.process.pid)
    lines = len((served.folder / "readings").read_text().splitlines())
    time.sleep(seconds)
    after, end = served.get("/api/cameras/1/link"), processor_seconds(served.process.pid)
    read = after["imagesRead"] - before["imagesRead"]
    told = (served.folder / "readings").read_text().splitlines()[lines:-1]
    reading = statistics.median(json.loads(line)["milliseconds"] for line in told)
    return read / seconds, 1000 * (end - start) / max(1, read), reading


def drawn(served: Page, seconds: float) -> list[float]:
    """Milliseconds from the last byte until pictures were drawn in a browser."""
    with browser() as window:
        window.open(served.url)
        until(
            lambda: window.run("return document.querySelector('.picture canvas').dataset.delay"),
            "a picture",
        )
        time.sleep(2)
        found: dict[str, float] = {}
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            picture, delay = window.run(
                "const d = document.querySelector('.picture canvas').dataset;"
                "return [d.picture, d.delay]"
            )
            found[picture] = float(delay)
    return list(found.values())


def spread(delays: list[float]) -> str:
    quantiles = statistics.quantiles(delays, n=10)
    return f"{statistics.median(delays):.1f} ms, 9 of 10 within {quantiles[8]:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5, help="with viewers and without")
    options = parser.parse_args()
    with simulated(*PICTURES, "--rate", "10") as served:
        until(served.has_read, "a reading")
        with watched(served) as viewer:
            time.sleep(1)
            viewer.delays.clear()
            time.sleep(options.seconds)
            print(f"last byte to the picture at a viewer: {spread(viewer.delays)}")
        if shutil.which("chromedriver"):
            print(f"last byte to the picture in Chromium: {spread(drawn(served, options.seconds))}")
        print()
        print(
            tables.head("viewers", "images read a second", "ms of processor an image", "of reading")
        )
        # One after the other, again and again: other work on the machine comes and goes.
        rounds: dict[int, list[tuple[float, float, float]]] = {0: [], options.viewers: []}
        for _ in range(options.rounds):
            for count, found in rounds.items():
                with crowd(served, count):
                    time.sleep(1)
                    found.append(cost(served, options.seconds))
        for count, found in rounds.items():
            read, processor, reading = (statistics.median(column) for column in zip(*found))
            print(tables.row(count, f"{read:.1f}", f"{processor:.2f}", f"{reading:.2f}"))
    with simulated(*PICTURES, "--rate", "10", cameras=8) as served:
        until(served.has_read, "a reading")
        with watched(served) as viewer:
            time.sleep(1)
            viewer.delays.clear()
            viewer.cameras.clear()
            read, _, _ = cost(served, options.seconds)
        rates = [viewer.cameras.get(camera, 0) / options.seconds for camera in range(1, 9)]
        print(
            f"\n8 cameras: {min(rates):.1f} to {max(rates):.1f} pictures a second of each at a "
            f"viewer, {spread(viewer.delays)}; {memory(served.process.pid)['resident']:.0f} MB"
        )


if __name__ == "__main__":
    main()
