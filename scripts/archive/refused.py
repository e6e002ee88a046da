"""Why a job doesn't begin or go on."""

from enum import IntEnum


class Exit(IntEnum):
    """How a command ends, with the numbers of `scribe`'s own exit codes."""

    DONE = 0
    USAGE = 64
    DAMAGED = 65
    """Some files couldn't be read; all the others are in the result."""
    NO_INPUT = 66
    UNAVAILABLE = 69
    NO_OUTPUT = 73
    INTERRUPTED = 130


class Refused(Exception):
    def __init__(self, code: Exit, reason: str) -> None:
        super().__init__(reason)
        self.code = code
