"""Two hosts that share the cameras, and the broker that tells who reads them."""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path

from measure.programs import ENVIRONMENT, ROOT, SCRIBE, boards, free_port

PROGRAM = Path(os.environ.get("SCRIBE", SCRIBE))
IMAGE = ROOT / "Tests/Fixtures/board-images/clean_000.png"
WAIT = 300.0


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {WAIT:.0f} s in vain until {what}")
        time.sleep(0.05)


class Listener:
    """Whoever listens to all cameras: the last that each topic told. MQTT 3.1.1 at QoS 0."""

    def __init__(self, port: int) -> None:
        self.told: dict[str, str] = {}
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._stream = self._socket.makefile("rb")
        identity = b"listener"
        connect = struct.pack(">H4sBBHH", 4, b"MQTT", 4, 2, 0, len(identity)) + identity
        topic = b"serialscribe/#"
        subscribe = struct.pack(">HH", 1, len(topic)) + topic + b"\0"
        for kind, body in ((0x10, connect), (0x82, subscribe)):
            self._socket.sendall(bytes((kind, len(body))) + body)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError, IndexError, ValueError):
            while True:
                kind = self._stream.read(1)[0]
                body = self._stream.read(self._length())
                if kind >> 4 == 3:
                    size = struct.unpack(">H", body[:2])[0]
                    self.told[body[2 : 2 + size].decode()] = body[2 + size :].decode()

    def _length(self) -> int:
        length = shift = 0
        while True:
            byte = self._stream.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return length

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._stream.close()
        self._socket.close()


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "scribe isn't built")
class Hosts(unittest.TestCase):
    def setUp(self) -> None:
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.port = free_port()
        settings = folder / "broker"
        settings.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        broker = subprocess.Popen(
            [str(shutil.which("mosquitto")), "-c", str(settings)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(broker.wait)
        self.addCleanup(broker.kill)

        def answers() -> bool:
            with socket.socket() as asked:
                return asked.connect_ex(("127.0.0.1", self.port)) == 0

        until(answers, "the broker answers")
        self.listener = Listener(self.port)
        self.addCleanup(self.listener.close)

    def host(self, board: Path, camera: str) -> subprocess.Popen[bytes]:
        broker = f"mqtt://127.0.0.1:{self.port}"
        command: list[str | Path] = [
            PROGRAM,
            "live",
            "--port",
            board,
            "--mqtt",
            broker,
            "--mqtt-name",
            camera,
        ]
        process = subprocess.Popen(
            [*command, "--mqtt-every", "0"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def is_told(self, camera: str, field: str, text: str) -> None:
        def told() -> bool:
            return self.listener.told.get(f"serialscribe/{camera}/{field}") == text

        until(told, f"{camera}/{field} is {text!r}: {self.listener.told}")

    def test_another_host_takes_a_camera_over(self) -> None:
        with boards(PROGRAM, 2, "--image", str(IMAGE)) as (water, gas):
            first = self.host(water, "water")
            self.host(gas, "gas")
            for camera in ("water", "gas"):
                self.is_told(camera, "status", "online")
                self.is_told(camera, "text", "brown\neight\nFLOOR")
            first.kill()
            self.is_told("water", "status", "offline")
            self.assertEqual(self.listener.told["serialscribe/gas/status"], "online")
            del self.listener.told["serialscribe/water/text"]
            # The port is busy until the board knows that the first is gone and gives it anew.
            hosts = [self.host(water, "water")]

            def reads() -> bool:
                if hosts[-1].poll() is not None:
                    hosts.append(self.host(water, "water"))
                return "serialscribe/water/text" in self.listener.told

            until(reads, "another host reads")
            self.is_told("water", "status", "online")
            self.is_told("water", "text", "brown\neight\nFLOOR")


if __name__ == "__main__":
    unittest.main()
