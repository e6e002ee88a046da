"""What stands in PROTOCOL.md for programs: tables, vectors and worked examples."""

from functools import cache
from pathlib import Path

PATH = Path(__file__).resolve().parents[3] / "firmware-proto/PROTOCOL.md"


@cache
def blocks(name: str) -> list[str]:
    """The texts of the fenced blocks with this name, in their order."""
    found: list[str] = []
    lines: list[str] | None = None
    for line in PATH.read_text(encoding="utf-8").splitlines():
        if lines is None:
            lines = [] if line == f"```{name}" else None
        elif line == "```":
            found.append("\n".join(lines))
            lines = None
        else:
            lines.append(line)
    return found


def table(name: str) -> bytes:
    """The only block with this name, as the bytes that it tells in hexadecimal."""
    (text,) = blocks(name)
    return bytes.fromhex(text)
