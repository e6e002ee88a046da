"""Reads image files: python -m serialscribe photo.jpg ..."""

import argparse
import sys

from . import Reader, SerialScribeError, version


def main() -> int:
    """Prints the text of each file; 65 where one can't be read, 66 where one can't be opened."""
    parser = argparse.ArgumentParser(prog="serialscribe", description=__doc__)
    parser.add_argument("images", nargs="+", metavar="IMAGE")
    parser.add_argument("--alphabet", help="characters that may be read, as digits")
    parser.add_argument("--pattern", help="what a line looks like, as [0-9]{5}")
    parser.add_argument("--version", action="version", version=f"SerialScribe {version()}")
    options = parser.parse_args()
    status = 0
    try:
        reader = Reader(alphabet=options.alphabet, pattern=options.pattern)
    except SerialScribeError as error:
        print(f"serialscribe: {error}", file=sys.stderr)
        return 64
    for image in options.images:
        try:
            text = reader.read(image).text
        except (OSError, SerialScribeError) as error:
            print(f"serialscribe: {image}: {error}", file=sys.stderr)
            status = status or (66 if isinstance(error, OSError) else 65)
            continue
        print(f"{image}\n{text}\n" if len(options.images) > 1 else text)
    return status


if __name__ == "__main__":
    sys.exit(main())
