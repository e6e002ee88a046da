"""Pictures for links, drawn without anything but Python."""

import random


def drawn(width: int, height: int, seed: int) -> bytes:
    """A gray picture: a slope, bars, flat parts and noise, one other each seed."""
    dice = random.Random(seed)
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(width):
            value = 255 * x // width
            if (x // 7 + seed) % 3 == 0:
                value = 40
            if y % 16 < 6:
                value = 230
            if y > 2 * height // 3:
                value = dice.randrange(256)
            row.append(value)
        rows.append(bytes(row))
    return b"".join(rows)


# The least that is a JPEG to the protocol: start, a comment with every byte, the frame's and the
# scan's header, compressed data, end.
JPEG = (
    b"\xff\xd8\xff\xfe\x01\x02"
    + bytes(range(256))
    + b"\xff\xc0\x00\x0b\x08\x00\x32\x00\x40\x01\x01\x11\x00"
    + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x5a\xa5\xff\xd9"
)
