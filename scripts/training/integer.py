"""The integer network as boards and the program compute it, read back from its files.

The arithmetic is TensorFlow Lite Micro's: int32 sums, double rounding.
"""

import collections
import json
import pathlib
import zlib
from collections.abc import Iterator

import numpy
import torch
from torch.nn import functional as F

from training.arithmetic import halved, multiplier_and_shift, product, requantize
from training.lstm import IntegerLSTM
from training.recipe import Layer, has_weights, is_recurrent, kept, padding


def softmax(x: torch.Tensor, exponentials: torch.Tensor) -> torch.Tensor:
    """int8 probabilities over the channels of [N, channels, ...], as models/FORMAT.md has it."""
    powers = exponentials[x.amax(1, keepdim=True) - x]
    total = halved(powers, torch.tensor(12)).sum(1, keepdim=True)
    # A double's exponent: the number of bits of a whole number below 2^53.
    headroom = 32 - torch.frexp(total.double()).exponent.long()
    # The sum fills 32 bits: 1..<2 in units of 2^31. Half of it in Q0.31, its reciprocal in Q2.29.
    half = (total << headroom) // 2
    estimate = 1515870810 + product(half, torch.full_like(half, -1010580540))
    for _ in range(3):
        step = product(estimate, 2**29 - product(half, estimate)) << 2
        estimate = estimate + step.clamp(-(2**31), 2**31 - 1)
    factor = (estimate << 1).clamp(max=2**31 - 1)
    return (halved(product(factor, powers), 35 - headroom) - 128).clamp(max=127)


class IntegerNet:
    def __init__(self, directory: str | pathlib.Path) -> None:
        directory = pathlib.Path(directory)
        self.manifest = json.loads((directory / "model.json").read_text())
        blob = (directory / "weights.bin").read_bytes()
        self.layers = self.manifest["layers"]
        self.parts = []
        for layer in self.layers:
            if layer["kind"] in ("table", "softmax"):
                kind = "i1" if layer["kind"] == "table" else "<i4"
                values = numpy.frombuffer(blob, kind, 256, layer["table_offset"])
                self.parts.append(torch.from_numpy(values.astype(numpy.int64)))
                continue
            if is_recurrent(layer):
                self.parts.append(IntegerLSTM(layer, blob))
                continue
            if not has_weights(layer):
                self.parts.append(None)
                continue
            channels = layer["output"][2]
            bias = numpy.frombuffer(blob, "<i4", channels, layer["bias_offset"])
            if layer["kind"] == "dense":
                fan_in = int(numpy.prod(layer["input"]))
                shape = (channels, fan_in)
            elif layer["kind"] == "conv2d":
                shape = (channels, *layer["kernel"], layer["input"][2])
            else:
                shape = (*layer["kernel"], channels)
            weight = numpy.frombuffer(
                blob, "i1", int(numpy.prod(shape)), layer["weights_offset"]
            ).reshape(shape)
            if layer["kind"] == "conv2d":
                weight = weight.transpose(0, 3, 1, 2)
            elif layer["kind"] == "depthwise_conv2d":
                weight = weight.transpose(2, 0, 1)[:, None]
            pairs = [
                multiplier_and_shift(layer["input_scale"], scale, layer["output_scale"])
                for scale in layer["weight_scales"]
            ]
            # Floating point holds the sums exactly: 24 bits in single, 53 in double precision.
            reach = max(127 - layer["input_zero_point"], layer["input_zero_point"] + 128)
            most = int((numpy.abs(weight.astype(numpy.int64)).reshape(channels, -1).sum(1)).max())
            kind = torch.float32 if most * reach < 2**24 else torch.float64
            self.parts.append(
                (
                    torch.from_numpy(weight.copy()).to(kind),
                    torch.from_numpy(bias.astype(numpy.int64)),
                    torch.tensor([m for m, _ in pairs]),
                    torch.tensor([s for _, s in pairs]),
                )
            )

    @torch.no_grad()
    def layer_outputs(self, patches: torch.Tensor) -> Iterator[torch.Tensor]:
        """int8 outputs [N, height, width, channels] of every layer from byte patches
        [N, channels, height, width], of any width that the layers take."""
        x = patches.long() - 128
        wanted = kept(self.layers)
        outputs: dict[int, torch.Tensor] = {}
        for number, (layer, part) in enumerate(zip(self.layers, self.parts)):
            kind = layer["kind"]
            if kind == "upsample2d":
                x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
            elif kind == "concatenate":
                x = torch.cat([x, outputs[layer["with"]]], 1)
            elif kind == "table":
                x = part[x + 128]
            elif kind == "softmax":
                x = softmax(x, part)
            elif kind == "lstm":
                x = part.outputs(x)
            elif part is None:
                x = self.pool(layer, x)
            else:
                weight, bias, multipliers, shifts = part
                centred = (x - layer["input_zero_point"]).to(weight.dtype)
                if kind == "dense":
                    if centred.dim() == 4:
                        centred = centred.permute(0, 2, 3, 1)
                    sums = F.linear(centred.flatten(1), weight)[:, :, None, None]
                else:
                    sums = F.conv2d(
                        F.pad(centred, padding(layer, x.shape[2:])),
                        weight,
                        None,
                        layer["stride"],
                        dilation=layer.get("dilation", 1),
                        groups=layer["input"][2] if kind == "depthwise_conv2d" else 1,
                    )
                sums = torch.round(sums).long().permute(0, 2, 3, 1) + bias
                y = requantize(sums, multipliers, shifts) + layer["output_zero_point"]
                low = (
                    max(-128, layer["output_zero_point"]) if layer["activation"] == "relu" else -128
                )
                x = y.clamp(low, 127).permute(0, 3, 1, 2)
            if number in wanted:
                outputs[number] = x
            yield x.permute(0, 2, 3, 1).to(torch.int8)

    def pool(self, layer: Layer, x: torch.Tensor) -> torch.Tensor:
        left, right, top, bottom = padding(layer, x.shape[2:])
        kernel, stride = layer["kernel"], layer["stride"]
        x = x.double()
        if layer["kind"] == "max_pool2d":
            padded = F.pad(x, (left, right, top, bottom), value=-1000)
            return F.max_pool2d(padded, kernel, stride).long()
        taps = kernel[0] * kernel[1]
        ones = F.pad(torch.ones_like(x), (left, right, top, bottom))
        sums = torch.round(
            F.avg_pool2d(F.pad(x, (left, right, top, bottom)), kernel, stride) * taps
        ).long()
        count = torch.round(F.avg_pool2d(ones, kernel, stride) * taps).long()
        # Halves away from 0.
        return torch.sign(sums) * torch.div(
            sums.abs() + torch.div(count, 2, rounding_mode="floor"), count, rounding_mode="floor"
        )

    def outputs(self, patches: torch.Tensor) -> torch.Tensor:
        """The last layer's int8 outputs [N, height, width, channels]."""
        (output,) = collections.deque(self.layer_outputs(patches), maxlen=1)
        return output

    def logits(self, patches: torch.Tensor, batch: int = 1024) -> torch.Tensor:
        """int8 logits [N, labels], or [N, columns x labels] of a network that reads lines."""
        result = []
        for first in range(0, len(patches), batch):
            result.append(self.outputs(patches[first : first + batch]).flatten(1))
        return torch.cat(result)


def checksum(output: numpy.ndarray) -> int:
    """CRC-32 of one patch's int8 output."""
    return zlib.crc32(numpy.ascontiguousarray(output).tobytes())
