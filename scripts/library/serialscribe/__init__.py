"""Finds and reads the text in images.

    from serialscribe import Reader

    page = Reader(pattern="[0-9]{5}").read("meter.jpg")
    for line in page.lines:
        print(line.text, line.confidence, line.box)

An image is a path, a file's bytes, or an array of gray or colour pixels (NumPy's, or anything with
its array interface): gray rows are read where they lie, without a copy of the array.
"""

from ._reader import Box, Character, Line, Page, Reader, SerialScribeError, version

__all__ = ["Box", "Character", "Line", "Page", "Reader", "SerialScribeError", "version"]
__version__ = version()
