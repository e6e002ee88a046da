"""How much a board sends: PROTOCOL.md, "Flow"."""

from collections import deque
from collections.abc import Callable

from link.peer.messages import Credit

PATIENCE = 0.3
OBSOLETE = 2.0
PACKETS = 64


class Flow:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._flying: deque[tuple[int, int]] = deque()  # sequence number and bytes
        self._window: int | None = None
        self._heard = 0.0
        self._arrived = 0.0
        self.most = 0  # bytes ever in flight

    def sent(self, sequence: int, size: int) -> None:
        if not self._flying:
            self._arrived = self._clock()
        self._flying.append((sequence, size))
        self.most = max(self.most, self.in_flight)

    @property
    def in_flight(self) -> int:
        return sum(size for _, size in self._flying)

    def credit(self, credit: Credit) -> None:
        self._window = credit.window
        self._heard = self._clock()
        known = [sequence for sequence, _ in self._flying]
        if credit.last in known:
            self._arrived = self._clock()
            for _ in range(known.index(credit.last) + 1):
                self._flying.popleft()

    def has_room(self, size: int) -> bool:
        """Whether a packet of so many bytes may go out now."""
        now = self._clock()
        if self._window is None or now - self._heard > OBSOLETE:
            self._flying.clear()
            return True
        if self._flying and now - self._arrived > PATIENCE:
            self._flying.clear()
        if not self._flying:
            return True
        return len(self._flying) < PACKETS and self.in_flight + size <= self._window
