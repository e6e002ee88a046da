"""Where text stands: reading order of boxes, boxes of true lines."""

from collections.abc import Sequence
from typing import Any

Piece = tuple[str, float, float, float, float]  # text, x0, y0, x1, y1
Box = tuple[int, int, int, int]  # x0, y0, x1, y1


def in_reading_order(pieces: Sequence[Piece]) -> str:
    """Joins pieces of text: rows top to bottom, left to right in them.

    Pieces are in one row where they share more than half of the lower one's height.
    """
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: (piece[2] + piece[4]) / 2):
        for row in rows:
            top, bottom = row[0][2], row[0][4]
            shared = min(bottom, piece[4]) - max(top, piece[2])
            if 2 * shared > min(bottom - top, piece[4] - piece[2]):
                row.append(piece)
                break
        else:
            rows.append([piece])
    rows.sort(key=lambda row: sum(piece[2] + piece[4] for piece in row) / len(row))
    return "\n".join(
        " ".join(piece[0] for piece in sorted(row, key=lambda piece: piece[1])) for row in rows
    )


def true_lines(details: dict[str, Any], width: int, height: int) -> list[Box]:
    """Boxes of an image's lines by its own JSON, with a rim as of detectors."""
    lines: dict[int, list[list[float]]] = {}
    for character in details.get("chars", []):
        lines.setdefault(character["line"], []).append(character["box"])
    boxes = []
    for _, parts in sorted(lines.items()):
        x0, y0 = min(p[0] for p in parts), min(p[1] for p in parts)
        x1, y1 = max(p[2] for p in parts), max(p[3] for p in parts)
        rim = 0.15 * (y1 - y0)
        boxes.append(
            (
                max(0, int(x0 - rim)),
                max(0, int(y0 - rim)),
                min(width, int(x1 + rim) + 1),
                min(height, int(y1 + rim) + 1),
            )
        )
    return boxes
