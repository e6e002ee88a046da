"""What a host says: greeting, credit, commands, pings. PROTOCOL.md, "Bodies" and "Flow"."""

import struct
from collections.abc import Callable

from link.peer.framing import LARGEST_MTU, Kind, Packet
from link.peer.messages import Command, Credit, Hello, Request, Response
from link.peer.receiver import Receiver

SMALLEST_WINDOW, LARGEST_WINDOW = 2048, 16384
EVERY = 0.1
AGAIN = 0.5


class Host:
    """Takes a board's bytes and answers. `write` takes each packet's; `clock` tells seconds."""

    def __init__(self, write: Callable[[bytes], None], clock: Callable[[], float]) -> None:
        self._write = write
        self._clock = clock
        self._sequence = 0
        self._token = 0
        self._uncredited = 0
        self._told: float | None = None
        self._asked: dict[int, tuple[Request, float]] = {}
        self._answered = 0
        self.window = SMALLEST_WINDOW
        self.receiver = Receiver()
        self.responses: dict[int, Response] = {}

    def send(self, kind: Kind, body: bytes) -> None:
        packet = Packet(kind, self._sequence & 0xFF, body)
        self._sequence += 1
        self._write(packet.framed())

    def hello(self) -> None:
        self.send(Kind.HELLO, Hello(True, LARGEST_MTU, 0, "peer").encoded())

    def ping(self, token: bytes) -> None:
        self.send(Kind.PING, token)

    def ask(self, command: int, arguments: bytes = b"") -> int:
        """Asks until the board answers; the token of its answer."""
        self._token += 1
        self._send(Request(self._token, command, arguments))
        return self._token

    def ask_format(self, format: int, codec: int) -> int:
        return self.ask(Command.FORMAT, struct.pack("<BB", format, codec))

    def _send(self, request: Request) -> None:
        self._asked[request.token] = request, self._clock()
        self.send(Kind.COMMAND, request.encoded())

    def hear(self, data: bytes) -> None:
        before = len(self.receiver.pings)
        self.receiver.feed(data)
        for token in self.receiver.pings[before:]:
            self.send(Kind.PONG, token)
        for response in self.receiver.responses[self._answered :]:
            self._asked.pop(response.token, None)
            self.responses[response.token] = response
        self._answered = len(self.receiver.responses)
        self._uncredited += len(data)
        self.tick()

    def tick(self) -> None:
        """What is due: called at least ten times a second."""
        now = self._clock()
        for request, since in list(self._asked.values()):
            if now - since > AGAIN:
                self._send(request)
        last = self.receiver.last_sequence
        if last is None or not self._uncredited:
            return
        late = self._told is None or now - self._told >= EVERY
        if late or self._uncredited >= self.window // 4:
            self.send(Kind.CREDIT, Credit(last, self.window).encoded())
            self._uncredited = 0
            self._told = now
