"""Tables of the activations that are no clamp, computed in integers as TensorFlow Lite Micro does.

A table is made once, when a model is exported, and stored in its weights.bin: no program or board
that runs the model computes an exponential. The fixed-point routines follow gemmlowp's, on which
TensorFlow Lite's integer operators rest; Qm.n has m integer and n fractional bits of 32.
"""

import numpy

from training.arithmetic import multiplier_and_shift
from training.recipe import Layer

ONE = 2**31 - 1
# real = scale x (value - zero point); TensorFlow Lite demands these.
OUTPUTS = {"sigmoid": (1 / 256, -128), "tanh": (1 / 128, 0), "softmax": (1 / 256, -128)}
# e^-(2^k) in Q0.31 for k = -2, -1 ... 4.
POWERS = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)


def product(a: int, b: int) -> int:
    """The doubling high half of a product, rounded."""
    return min((a * b + 2**30) >> 31, ONE)


def shifted(value: int, bits: int) -> int:
    """value / 2^bits, rounded with halves away from 0."""
    mask = (1 << bits) - 1
    return (value >> bits) + ((value & mask) > (mask >> 1) + (value < 0))


def saturated(value: int) -> int:
    return max(-(2**31), min(value, ONE))


def scaled(value: int, multiplier: int, shift: int) -> int:
    """value x multiplier x 2^shift, rounding twice."""
    return shifted(product(value << max(shift, 0), multiplier), max(-shift, 0))


def exponential(value: int, integer_bits: int) -> int:
    """e^value in Q0.31 for a value of at most 0."""
    if value == 0:
        return ONE
    fraction = 31 - integer_bits
    quarter = 1 << (fraction - 2)
    rest = (value & (quarter - 1)) - quarter
    # A Taylor series about -1/8.
    x = (rest << integer_bits) + 2**28
    x2 = product(x, x)
    x3, x4 = product(x2, x), product(x2, x2)
    series = shifted(product(shifted(x4, 2) + x3, 715827883) + x2, 1)
    result = saturated(1895147668 + product(1895147668, x + series))
    steps = rest - value
    for exponent, power in zip(range(-2, integer_bits), POWERS):
        if steps >> (fraction + exponent) & 1:
            result = product(result, power)
    return 0 if integer_bits > 5 and value < -(1 << (fraction + 5)) else result


def newton(value: int) -> int:
    """2 / (1 + value) in Q2.29 for a value 0...1 in Q0.31, by three steps of Newton's method."""
    half = (value + ONE + 1) // 2
    x = 1515870810 + product(half, -1010580540)
    for _ in range(3):
        x += saturated(product(x, 2**29 - product(half, x)) << 2)
    return x


def reciprocal(value: int) -> int:
    """1 / (1 + value) in Q0.31 for a value 0...1 in Q0.31."""
    return saturated(newton(value) << 1)


def radius(integer_bits: int, shift: int) -> int:
    """Greatest input that the fixed-point format holds."""
    return ((1 << integer_bits) - 1) * 2 ** (31 - integer_bits) // 2**shift


def sigmoid_and_tanh(name: str, scale: float, zero_point: int) -> list[int]:
    multiplier, shift = multiplier_and_shift(scale, 2**27, 1)
    limit = radius(4, shift)
    table = []
    for value in range(-128 - zero_point, 128 - zero_point):
        if abs(value) >= limit:
            table.append(127 if value > 0 else -128)
            continue
        fixed = scaled(value, multiplier, shift)
        if name == "sigmoid":
            result = reciprocal(exponential(-abs(fixed), 4)) if fixed else 2**30
            result = shifted(result if fixed >= 0 else ONE - result, 23) - 128
        else:
            # The same bits with one more before the point are twice the value.
            result = saturated(newton(exponential(-abs(fixed), 5)) - 2**29 << 2) if fixed else 0
            result = shifted(result if fixed >= 0 else -result, 24)
        table.append(max(-128, min(result, 127)))
    return table


def leaky_relu(slope: float, scale: float, zero_point: int, output: tuple[float, int]) -> list[int]:
    positive = multiplier_and_shift(scale, 1, output[0])
    negative = multiplier_and_shift(scale, slope, output[0])
    table = []
    for value in range(-128 - zero_point, 128 - zero_point):
        result = scaled(value, *(positive if value >= 0 else negative)) + output[1]
        table.append(max(-128, min(result, 127)))
    return table


def table(layer: Layer, scale: float, zero_point: int, output: tuple[float, int]) -> numpy.ndarray:
    """int8 output for each int8 input from -128 on."""
    if layer["function"] == "leaky_relu":
        values = leaky_relu(layer["slope"], scale, zero_point, output)
    else:
        values = sigmoid_and_tanh(layer["function"], scale, zero_point)
    return numpy.array(values, numpy.int8)


def exponentials(scale: float) -> numpy.ndarray:
    """e^-(scale x i) in Q0.31 for i = 0...255, for softmax."""
    multiplier, shift = multiplier_and_shift(scale, 2**26, 1)
    limit = radius(5, shift)
    return numpy.array(
        [exponential(product(-i << shift, multiplier), 5) if i <= limit else 0 for i in range(256)],
        numpy.int32,
    )


def sigmoids() -> numpy.ndarray:
    """sigmoid(i / 24) x 2^16 for i = 0...255, between which an lstm goes in straight lines.

    Each is above the curve by half of what the line's middle is below it, a sixteenth of the second
    difference, so that the line is as far above at its ends as it is below in its middle. The last
    is the greatest there is. So are the values of TensorFlow Lite's table.
    """
    x = numpy.arange(256) / 24
    s = 1 / (1 + numpy.exp(-x))
    second = s * (1 - s) * (1 - 2 * s) / 24**2
    values = numpy.floor(65536 * (s - second / 16) + 0.5).astype(numpy.uint16)
    values[-1] = 65535
    return values


def softmax(values: list[int], exponentials: numpy.ndarray) -> list[int]:
    """int8 probabilities of a list of int8 values."""
    powers = [int(exponentials[max(values) - value]) for value in values]
    total = sum(shifted(power, 12) for power in powers)
    headroom = 32 - total.bit_length()
    factor = reciprocal((total << headroom) - 2**31)
    return [min(shifted(product(factor, power), 35 - headroom) - 128, 127) for power in powers]
