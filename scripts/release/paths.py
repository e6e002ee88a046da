"""Takes the folder that a program was built in out of it: python3 -m release.paths PROGRAM FOLDER

Libraries in C name their sources in assertions. Each such text begins at its own name now, and is
filled up behind its end, so that nothing moves.
"""

import re
import sys
from pathlib import Path


def without(program: bytes, folder: bytes) -> bytes:
    """The program, with paths below a folder told from there."""
    pattern = re.escape(folder.rstrip(b"/")) + rb"/(?:\.build/checkouts/)?([^\0]*)\0"
    return re.sub(pattern, lambda m: m[1].ljust(len(m[0]), b"\0"), program)


def main(words: list[str]) -> int:
    """Changes the program in its place."""
    if len(words) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    program = Path(words[0])
    program.write_bytes(without(program.read_bytes(), words[1].encode()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
