"""What a foreign network wants of a picture, as numbers of its 256 bytes."""

from typing import NamedTuple

import numpy

RANGES = {"0..1": (0.0, 1.0), "signed": (-1.0, 1.0), "0..255": (0.0, 255.0)}


class Unsupported(Exception):
    """What can't be imported, by layer and operator where it is one's fault."""


def at(number: int, operator: str, reason: str) -> Unsupported:
    return Unsupported(f"layer {number} ({operator}): {reason}")


class Pixels(NamedTuple):
    """The real number that each byte stands for: from `low` for 0 to `high` for 255."""

    low: float
    high: float

    @classmethod
    def named(
        cls, name: str, negative: bool, mean: float = 0.0, deviation: float = 1.0
    ) -> "Pixels":
        """By the name of a range; `negative` turns light and dark."""
        if not deviation > 0:
            raise Unsupported("the deviation is more than 0")
        low, high = ((end - mean) / deviation for end in RANGES[name])
        return cls(high, low) if negative else cls(low, high)

    def real(self, patches: numpy.ndarray) -> numpy.ndarray:
        steps = patches.astype(numpy.float64) / 255
        return (self.low + (self.high - self.low) * steps).astype(numpy.float32)

    def quantized(self, scale: float, zero_point: int) -> numpy.ndarray:
        """int8 of each byte, rounded as TensorFlow Lite Micro's QUANTIZE: halves away from 0."""
        steps = self.real(numpy.arange(256)) / numpy.float32(scale)
        rounded = numpy.trunc(steps + numpy.copysign(numpy.float32(0.5), steps))
        return numpy.clip(rounded.astype(numpy.int64) + zero_point, -128, 127).astype(numpy.int8)
